"""From settings and memory to what composes slates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from consent import Policy
from gateway.composing.composing import Composing
from gateway.composing.content_upkeep import ContentUpkeep
from gateway.composing.sensitive_gate import SensitiveGate
from gateway.editorial.desk import EditorialDesk
from gateway.editorial.in_force import DecisionsInForce
from gateway.errors import Mistake, SettingsError
from gateway.evidence.entries import EntryWriter
from gateway.parts import TRAINING_PURPOSE, Memory, Opened
from gateway.settings.reading import SETTINGS_FILE, Settings
from scoring import Composer, Newcomers, Placement, Popular, Trending, untrained


@dataclass(frozen=True, slots=True)
class SlateMaking:
    """Everything of which slates are made, beside the shared model."""

    placements: Mapping[str, Placement]
    """Every placement by its id."""
    popular: Popular
    """What is popular."""
    in_force: DecisionsInForce
    """What editors decided of it."""
    composing: Composing
    """The way from a question to it."""
    upkeep: ContentUpkeep
    """Its index of texts."""


def check_placements(settings: Settings, policy: Policy) -> None:
    """Hold what says how slates are made to the policy.

    Raises:
        SettingsError: a placement is for something that is no purpose (a condition permits nothing by itself), or sensitive
            items ask for what the policy does not have.
    """
    found = [
        Mistake(f"{SETTINGS_FILE} placements[{at}].purpose", "no_purpose", "must be a purpose of the policy")
        for at, placement in enumerate(settings.placements)
        if policy.purpose(placement.purpose) is None
    ]
    sensitive = settings.composition.sensitive
    if sensitive.categories and not set(sensitive.requires) <= policy.bits.keys():
        where = f"{SETTINGS_FILE} composition.sensitive.requires"
        found.append(Mistake(where, "not_in_the_policy", "must be in the policy"))
    if found:
        raise SettingsError(found)


async def open_composing(settings: Settings, memory: Memory) -> SlateMaking:
    """Put it together; what is trending is taken from the contributions, and follows them from here on.

    Raises:
        SettingsError: as `check_placements`.
    """
    check_placements(settings, memory.policy)
    placements = {each.id: each.placement() for each in settings.placements}
    recipes = [each.recipe for each in placements.values()]
    popular = Popular(memory.catalogue, untrained(len(memory.catalogue)))
    trending = None
    if any(recipe.trending for recipe in recipes):
        trending = _open_trending(settings, memory)
    newcomers = Newcomers(settings.composition.newcomer_impressions)
    composer = Composer(memory.catalogue, popular, trending, newcomers)
    is_read = any(recipe.reads_text for recipe in recipes)
    upkeep = ContentUpkeep(composer, memory.catalogue, is_read=is_read)
    await upkeep.refresh()
    in_force = DecisionsInForce(composer, memory.catalogue)
    composing = Composing(
        composer, memory.disputed.disliked, in_force.turn, _gate(settings, memory), memory.history.ages
    )
    return SlateMaking(placements, popular, in_force, composing, upkeep)


def _gate(settings: Settings, memory: Memory) -> SensitiveGate | None:
    sensitive, bits = settings.composition.sensitive, memory.policy.bits
    if not sensitive.categories:
        return None
    required = tuple(bits[each] for each in sensitive.requires)
    return SensitiveGate(memory.catalogue, sensitive.categories, required)


def _open_trending(settings: Settings, memory: Memory) -> Trending:
    composition = settings.composition
    trending = Trending(composition.trending_half_life_seconds, composition.trending_min_people)
    trending.rebuild(memory.contributions.export(), memory.clock.now())
    bit = memory.policy.bits.get(TRAINING_PURPOSE)
    if bit is not None:
        memory.consumers.subscribe(bit, partial(memory.disputed.take_in, trending), trending.clear)
    memory.disputed.watch(trending)
    return trending


def open_editorial(opened: Opened, memory: Memory, writer: EntryWriter, making: SlateMaking) -> EditorialDesk:
    """Put what editors decided in force, and open their desk."""
    making.in_force.take_up(opened.stores.editorial.load_all(), memory.clock.now())
    return EditorialDesk(
        in_force=making.in_force,
        store=opened.stores.editorial,
        catalogue=memory.catalogue,
        placements=making.placements.get,
        writer=writer,
        sequencer=opened.sequencer,
        clock=memory.clock,
        worker=opened.worker,
    )
