"""Receipts of consent events: written when they are asked for, out of the ledger, the notices and the log.

- What is signed follows from the event and its notice alone, so it is the same whenever it is asked for; only the log's
  checkpoint beside it grows.
- The commitment of the log entry is opened, so that whoever holds the receipt can tie its content to the entry.
- Of an erased person there is no event any more, and so no receipt: the same answer as for one that never was.
- A receipt that was given out stays good: it holds all that is needed to check it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import msgspec

from audit import CorruptionError, commit, decode_entry
from consent import ConsentEvent, ConsentLedger, LogPlace, canonical_json, event_facts, receipt_document
from gateway.errors import UnavailableError
from gateway.gathering import Run
from gateway.memory.people import People
from gateway.receipts.notice_shelf import NoticeShelf
from gateway.receipts.published_log import PublishedLog
from gateway.receipts.signer import ReceiptSigner
from privacy import SubjectRef, derive_evidence

RECEIPT_FORMAT = "volens-receipt/v1"
RECEIPT_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt, ready to be given to the person."""

    subject: SubjectRef
    """Whose it is; the receipt itself does not say."""
    receipt_id: str
    """32 hexadecimal digits."""
    purpose: str
    """Of which purpose or condition."""
    content: bytes
    """The file, canonical JSON."""

    @property
    def file_name(self) -> str:
        """What to call the file."""
        return f"volens-receipt-{self.receipt_id}.json"


class Receipts:
    """Writes receipts. Lives on the event loop; reads the log in a thread."""

    def __init__(
        self,
        *,
        ledger: ConsentLedger,
        run: Run,
        people: People,
        notices: NoticeShelf,
        signer: ReceiptSigner,
        log: PublishedLog,
    ) -> None:
        """Write receipts out of these; the ledger is called through `run`."""
        self._ledger = ledger
        self._run = run
        self._people = people
        self._notices = notices
        self._signer = signer
        self._log = log

    def key_set(self) -> bytes:
        """The keys by which receipts are checked."""
        return self._signer.key_set(self._log.verifier().vkey)

    async def receipt(self, receipt_id: str, *, of: SubjectRef | None = None) -> Receipt | None:
        """The receipt of that id.

        Args:
            receipt_id: as `PUT /v1/consents` gave it.
            of: whose it must be; None for anybody's. Somebody else's is not looked at any further than one that is not there.

        Returns:
            None if there is none: no such event, the person was erased, the event concerns no purpose, or its notice is not
            kept, so that nothing can be proven.

        Raises:
            UnavailableError: the event is not in a signed checkpoint yet.
            ConsentError: the ledger could not say.
            CorruptionError: log and ledger do not agree.
        """
        event_id = _parse(receipt_id)
        event: ConsentEvent | None = None
        if event_id is not None:
            event = await self._run(self._ledger.event, event_id)
        if event is None or event.notice is None or of not in (None, event.subject):
            return None
        notice = self._notices.content(event.notice)
        slot = self._people.slot_of.get(event.subject)
        if notice is None or slot is None:
            return None
        if event.log_index is None:
            raise UnavailableError
        evidence = self._people.evidence_key(slot), self._people.number[slot]
        await self._log.wait_for(event.log_index)
        content = await asyncio.to_thread(self._write, event, notice, event.log_index, evidence)
        return Receipt(event.subject, event.event_id.hex(), event.purpose, content)

    def _write(self, event: ConsentEvent, notice: bytes, index: int, evidence: tuple[bytes, int]) -> bytes:
        entry, proof = self._log.prove(index)
        facts = event_facts(event)
        read = decode_entry(entry)
        opening = _opening(read.tag, *evidence)
        if opening is None or commit(opening, canonical_json(facts)) != read.commitment or read.tag is None:
            raise CorruptionError("an entry of the log does not bind the ledger's event")
        place = LogPlace(self._log.verifier().vkey, index, read.tag)
        document = canonical_json(receipt_document(facts, msgspec.json.decode(notice), place))
        return canonical_json(
            {
                "format": RECEIPT_FORMAT,
                "log": {"entry": entry.decode("ascii"), "opening": opening.hex(), "proof": proof.decode()},
                "notice": notice.decode(),
                "receipt": self._signer.sign(document),
            }
        )


def _parse(receipt_id: str) -> bytes | None:
    try:
        event_id = bytes.fromhex(receipt_id)
    except ValueError:
        return None
    return event_id if len(event_id) == RECEIPT_ID_BYTES and event_id.hex() == receipt_id else None


def _opening(tag: bytes | None, evidence_key: bytes, entries: int) -> bytes | None:
    """The secret bytes of the commitment beside this tag: which of the person's entries it is, only their key tells."""
    for number in range(entries):
        candidate, opening = derive_evidence(evidence_key, number)
        if candidate == tag:
            return opening
    return None
