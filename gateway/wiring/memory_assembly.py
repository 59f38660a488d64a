"""What a gateway has in memory before its log is read: the catalogue, the links and what judges. Nobody is known yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from consent import ConsentLedger, Links, Policy, StoreError, SubjectKeys, resolve
from gateway.catalogue.ports import CatalogueStore
from gateway.clock import Clock
from gateway.enforcement import Enforcement
from gateway.identities import LINKING, Identities
from gateway.lasting.disputing import Disputed
from gateway.learning.opening import open_learner
from gateway.memory.consumers import Consumers
from gateway.memory.owners import EntryOwners
from gateway.memory.people import People
from gateway.memory.recent_ids import RecentIds
from gateway.memory.sealing_keys import SealingKeys
from gateway.parts import TRAINING_PURPOSE, Memory
from gateway.promotion.kept_model import KeptModel
from gateway.receipts.notice_shelf import NoticeShelf
from gateway.settings.reading import Settings
from gateway.wiring.rule_assembly import make_rulebook
from privacy import AgingKey, Pseudonymiser
from scoring import Catalogue, Contributions, History


@dataclass(frozen=True, slots=True)
class Stored:
    """What is read of the records at once, and later person by person."""

    ledger: ConsentLedger
    """Who allowed what."""
    keys: SubjectKeys
    """The keys of what they sent."""
    links: Links
    """Which anonymous people are known ones."""
    items: CatalogueStore
    """Items at rest."""


def remember(
    settings: Settings, policy: Policy, clock: Clock, pseudonyms: Pseudonymiser, stored: Stored
) -> Memory:
    """The parts that live in memory, put together.

    Raises:
        StoreError: the records cannot be read.
    """
    people, catalogue, consumers = People(), Catalogue(), Consumers()
    catalogue.load(stored.items.load_all())
    notices = NoticeShelf.open(settings.directory, policy.notices.values())

    def resolve_again(slot: int) -> None:
        ref = people.ref_of[slot]
        if ref is not None:
            try:
                records = stored.ledger.records_of(ref)
            except StoreError:
                return
            consumers.forget(slot, people.take_up(slot, resolve(records, policy, clock.now(), notices)))

    sealing_keys = SealingKeys(partial(_load_keys, stored.keys, policy), people.subject_id.__getitem__)
    index_of, wanted = catalogue.index_of, consumers.wants
    enforcement = Enforcement(
        policy, people, sealing_keys, clock, index_of=index_of, resolve_again=resolve_again, wanted=wanted
    )
    consumers.check_with(enforcement.still_permitted)
    identities = Identities(
        pseudonyms, people, policy.bits.get(LINKING), partial(_linkable_now, enforcement, people, clock)
    )
    for link in stored.links.load_links():
        identities.bind(link.anonymous, link.known)
    history, contributions = History(), Contributions()
    rulebook = make_rulebook(settings, enforcement, consumers, clock, people, identities)
    disputed = Disputed(people, catalogue, (history, contributions), (rulebook,))
    rulebook.is_disputed = disputed.concerns
    return Memory(
        policy=policy,
        notices=notices,
        clock=clock,
        people=people,
        sealing_keys=sealing_keys,
        enforcement=enforcement,
        consumers=consumers,
        catalogue=catalogue,
        history=history,
        contributions=contributions,
        kept_model=KeptModel(contributions, _make_of_models(settings, enforcement.codes)),
        recent=_recent_ids(settings),
        owners=EntryOwners(),
        identities=identities,
        disputed=disputed,
        learner=open_learner(settings, policy, TRAINING_PURPOSE, disputed),
        rulebook=rulebook,
    )


def _linkable_now(enforcement: Enforcement, people: People, clock: Clock, slot: int) -> int:
    enforcement.permitted_bits(slot, clock.now())  # takes away what ran out
    return people.but_for_restriction(slot) if clock.trusted else 0


def _make_of_models(settings: Settings, codes: Mapping[str, int]) -> str:
    """What learns models, what the settings say of how, and what the events are called in them."""
    made = settings.model.model_dump(include={"scorer", "neighbours", "regularisation", "choose_recipe"})
    return repr([*sorted(made.items()), settings.history.half_life_items, sorted(codes.items())])


def _recent_ids(settings: Settings) -> RecentIds:
    return RecentIds(window_seconds=3600 * settings.dedupe.window_hours, max_ids=settings.dedupe.max_ids)


def _load_keys(keys: SubjectKeys, policy: Policy, subject_ids: list[int]) -> dict[int, dict[int, AgingKey]]:
    return keys.signal_keys(subject_ids, policy.bits)
