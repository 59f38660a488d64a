"""Receipts made without a gateway: the product's own parts around a small log of random neighbours."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from audit import (
    Checkpoint,
    Entry,
    Kind,
    NoteSigner,
    Outcome,
    Proof,
    commit,
    encode_entry,
    hash_leaf,
    prove_inclusion,
    root_of,
    sign_checkpoint,
    subtree_of,
)
from consent import (
    ActorKind,
    ConsentEvent,
    ConsentRequest,
    LogPlace,
    Policy,
    Stamp,
    Status,
    admit,
    canonical_json,
    event_facts,
    event_of,
    next_step,
    parse_policy,
    receipt_document,
)
from gateway.receipts.receipts import RECEIPT_FORMAT
from gateway.receipts.signer import ReceiptSigner
from privacy import SubjectRef
from tests.unit.consent.material import NOW, policy_text, purpose_text

CONTROLLER = """[controller]
name = "Rosas Lädchen 🌷"
address = "Hauptstraße 1, 10115 Berlin"
contact = "privacy@shop.example"
jurisdiction = "EU"
storage_location = "DE"
withdraw_at = "https://shop.example/portal"
"""
TEXTS = '{ en = { title = "Tips", text = "We choose \\"what\\" you see.\\n<b>Plainly.</b>" } }'
POLICY = parse_policy(
    policy_text(
        CONTROLLER,
        purpose_text(
            "shop",
            "shp",
            texts=TEXTS,
            dpv='"https://w3id.org/dpv#ProvidePersonalisedRecommendations"',
            destinations='["crm"]',
        ),
        purpose_text("care", "car", legal_basis='"legitimate_interests"'),
        purpose_text("duty", "dut", legal_basis='"public_task"'),
    )
)
ORIGIN = "shop.example/log"
SIGNER = ReceiptSigner(b"r" * 32)
LOG = NoteSigner.from_seed(ORIGIN, b"l" * 32)
JWKS = SIGNER.key_set(LOG.vkey)
TAG, OPENING = b"t" * 16, b"o" * 32


@dataclass
class Workshop:
    """What a receipt is made of; every part may be replaced before `file` puts it together."""

    event: ConsentEvent
    notice: bytes
    size: int = 9
    index: int = 5
    facts: dict[str, Any] = field(default_factory=dict)
    document: dict[str, Any] = field(default_factory=dict)
    entry: bytes = b""

    def __post_init__(self) -> None:
        """Write the parts."""
        self.facts = event_facts(self.event)
        place = LogPlace(LOG.vkey, self.index, TAG)
        self.document = receipt_document(self.facts, json.loads(self.notice), place)
        self.entry = encode_entry(
            Entry(
                kind=Kind.CONSENT,
                outcome=Outcome(self.event.status.value),  # type: ignore[call-arg]
                at=NOW,
                purposes=("shp",),
                policy=POLICY.digest,
                commitment=commit(OPENING, canonical_json(self.facts)),
                tag=TAG,
                detail={"version": self.event.version, "evidence": self.event.evidence.value},
            )
        )

    def proof(self, origin: NoteSigner = LOG) -> bytes:
        """The proof that the entry is in a log of `size` entries."""
        others = [hashlib.sha256(bytes([n])).digest() for n in range(self.size)]
        leaves = [hash_leaf(self.entry) if n == self.index else leaf for n, leaf in enumerate(others)]
        checkpoint = Checkpoint(origin.name, self.size, root_of(leaves))
        hashes = prove_inclusion(self.index, self.size, subtree_of(leaves))
        return Proof(self.index, tuple(hashes), sign_checkpoint(checkpoint, origin)).text()

    def envelope(self) -> dict[str, Any]:
        """The file's members."""
        return {
            "format": RECEIPT_FORMAT,
            "log": {
                "entry": self.entry.decode(),
                "opening": OPENING.hex(),
                "proof": self.proof().decode(),
            },
            "notice": self.notice.decode(),
            "receipt": SIGNER.sign(canonical_json(self.document)),
        }

    def file(self) -> bytes:
        """The receipt."""
        return canonical_json(self.envelope())


def happened(
    status: Status = Status.GIVEN,
    purpose: str = "shop",
    actor: ActorKind = ActorKind.PERSON,
    policy: Policy = POLICY,
    **more: Any,
) -> ConsentEvent:
    """An event, as the ledger would record it."""
    request = ConsentRequest(purpose=purpose, status=status, method="portal, left", locale="en", **more)
    change = admit(request, actor, {}, policy, NOW).changes[0]  # type: ignore[union-attr]
    stamp = Stamp(1, bytes(range(16)), SubjectRef(b"s" * 16), 1, NOW + 1, "client:shop")
    return event_of(change, next_step(None, change, NOW), stamp)


def workshop(event: ConsentEvent | None = None, policy: Policy = POLICY, **more: Any) -> Workshop:
    """Everything for a receipt of this event."""
    event = event or happened()
    found = policy.notice(event.purpose, event.locale)
    assert found is not None
    return Workshop(event, found.content, **more)
