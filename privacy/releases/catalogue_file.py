"""`releases.toml`: read whole and judged whole. Nothing is guessed, and no message says what stood there.

[budget]            what each person's day may cost, in rho and delta; quotas of purposes and audiences inside it
[windows]           when windows close and how long their tables are kept
[[releases]]        one shape each (docs/releases.md)
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable
from importlib.resources import files
from typing import Annotated, Final, TypeAlias, TypeVar

import msgspec
from msgspec import Meta

from privacy.aging_keys import DAY_SECONDS
from privacy.errors import CatalogueError
from privacy.releases.plan import HOURS, plan_of
from privacy.releases.shapes import (
    CONSENTS,
    HOUR,
    ByFoundKeys,
    ByKeys,
    Consents,
    Experiment,
    Funnel,
    Histogram,
    Late,
    Length,
    Name,
    Quantiles,
    Release,
    Retention,
    fields_of,
    ordered_events_of,
)
from privacy.releases.windows import Window
from privacy.spending.loss import loss_of, most_of
from privacy.spending.scopes import Budget

MAX_FILE_BYTES: Final = 1 << 20
_MARGIN_SECONDS: Final = 3600
"""So long after its time a window may still be published, at least."""
TERMS: Final = "terms"
"""Under which name `[budget]` and `[windows]` are proposed and approved; no release has it."""
_PLACE = re.compile(r"at `\$([\w.\[\]]*)`")
_MEMBER = re.compile(
    r"Object missing required field `(\w+)`|Object contains unknown field `(rho|most_people)`"
)
"""What a message may name: members of ours, and those of before; any other name is the file's."""
_SAID_ONCE: Final = {"most_people": 10**8}
"""What terms had to say before, and nothing came of: those that were approved keep their name."""
Rho = Annotated[float, Meta(gt=0, le=1000)]
_Amount = TypeVar("_Amount")
_Parts: TypeAlias = tuple[tuple[str, _Amount], ...]
_Amounts: TypeAlias = tuple[_Amount, _Parts[_Amount], _Parts[_Amount], _Amount | None]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rho: Rho


class _Budget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rho_per_day: Rho = 0.02
    delta_per_day: Annotated[float, Meta(ge=0, le=1e-4)] = 1e-7
    counted_per_day: Annotated[int, Meta(ge=1, le=1000)] = 8
    rho_always: Annotated[float, Meta(gt=0, le=1000)] | None = None
    purposes: dict[Name, _Part] = {}
    audiences: dict[Name, _Part] = {}


class Windows(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When windows close, and how long what was in them is kept."""

    late_minutes: Annotated[int, Meta(ge=0, le=2880)] = 60
    """So long after its end a window still takes what belongs into it."""
    pause_minutes: Annotated[int, Meta(ge=0, le=1440)] = 15
    """So long after a window closed its numbers are published."""
    keep_days: Annotated[int, Meta(ge=1, le=35)] = 9
    """So long people's rows are kept, under names that are given anew every week."""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    budget: _Budget = _Budget()
    windows: Windows = Windows()
    releases: Annotated[tuple[Release, ...], Meta(max_length=200)] = ()


class Catalogue(msgspec.Struct, frozen=True):
    """What may be published."""

    budget: Budget
    windows: Windows
    releases: tuple[Release, ...]
    counted_per_day: int
    """In so many releases of a day, of each purpose, a person counts at most."""
    terms: bytes
    """All of [budget] and [windows] as canonical JSON, whichever way the file says it: by its SHA-256 they are approved."""

    def named(self, name: str) -> Release:
        """The release of that id.

        Raises:
            CatalogueError: there is none.
        """
        for each in self.releases:
            if each.id == name:
                return each
        raise CatalogueError("there is no release of this name")

    def purposes(self) -> dict[str, tuple[str, ...]]:
        """The purposes that releases look at, with the fields that they need of their signals."""
        found: dict[str, set[str]] = {}
        for each in self.releases:
            found.setdefault(each.purpose, set()).update(fields_of(each))
        return {purpose: tuple(sorted(fields)) for purpose, fields in found.items()}

    def ordered_events(self) -> dict[str, frozenset[str]]:
        """The events of each purpose whose order releases look at."""
        found: dict[str, set[str]] = {}
        for each in self.releases:
            found.setdefault(each.purpose, set()).update(ordered_events_of(each))
        return {purpose: frozenset(events) for purpose, events in found.items()}


def read_catalogue(data: bytes) -> Catalogue:
    """Parse and judge a catalogue.

    Raises:
        CatalogueError: it cannot be read, or a release may not be.
    """
    if len(data) > MAX_FILE_BYTES:
        raise CatalogueError("the file is too long")
    try:
        raw = tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError):
        raise CatalogueError("the file is no TOML") from None
    try:
        file = msgspec.convert(raw, _File)
    except msgspec.ValidationError as exc:
        raise CatalogueError(
            f"unknown, missing or outside its limits: {_place_in(str(exc)) or 'a table'}"
        ) from None
    ids = [each.id for each in file.releases]
    if len(set(ids)) != len(ids):
        raise CatalogueError("every release has an id of its own")
    for number, each in enumerate(file.releases):
        for problem in (*judge(each), *_judge_by_windows(each, file.windows)):
            raise CatalogueError(f"releases[{number}]: {problem}")
    budget, counted = Budget(*_amounts(file.budget, most_of)), file.budget.counted_per_day
    return Catalogue(budget, file.windows, file.releases, counted, _encode_terms(file))


def _place_in(message: str) -> str:
    """Where in the file something is wrong, and which member it is, as far as that is no word of the file."""
    place, member = _PLACE.search(message), _MEMBER.match(message)
    where = place.group(1) if place else ""
    return f"{where}.{member.group(1) or member.group(2)}".lstrip(".") if member else where.lstrip(".")


def _encode_terms(file: _File) -> bytes:
    """See `Catalogue.terms`. The budget stands in it rounded up, as it once held: terms that were approved keep their name."""
    windows = {**_SAID_ONCE, **msgspec.to_builtins(file.windows)}
    names = ("daily", "purposes", "audiences", "always")
    budget = dict(zip(names, _amounts(file.budget, _rounded_up), strict=True))
    return msgspec.json.encode((budget, windows, file.budget.counted_per_day), order="sorted")


def _rounded_up(rho: float, delta: float) -> dict[str, int]:
    loss = loss_of(rho, delta)
    return {"micro_rho": loss.micro_rho, "femto_delta": loss.femto_delta}


def default_releases_text() -> str:
    """The catalogue that `volens init` writes."""
    return files("privacy").joinpath("default_releases.toml").read_text("utf-8")


def judge(release: Release) -> Iterable[str]:
    """What is wrong with a release, beyond its form."""
    for wrong, words in _RULES:
        if wrong(release):
            yield words


def _judge_by_windows(release: Release, windows: Windows) -> Iterable[str]:
    """What is wrong with a release by the windows of this file: it could never be published."""
    published = Window(0, release.window).end + 60 * (windows.late_minutes + windows.pause_minutes)
    if published + _MARGIN_SECONDS > DAY_SECONDS * windows.keep_days:
        yield "keep_days is too short: rows go before a window of this length is published"


def _amounts(said: _Budget, rounded: Callable[[float, float], _Amount]) -> _Amounts[_Amount]:
    """What a budget has for a day, for purposes and audiences of it, and for every day at once; in whole numbers."""

    def parts(named: dict[str, _Part]) -> tuple[tuple[str, _Amount], ...]:
        return tuple((name, rounded(part.rho, said.delta_per_day)) for name, part in sorted(named.items()))

    daily = rounded(said.rho_per_day, said.delta_per_day)
    always = None if said.rho_always is None else rounded(said.rho_always, 0.0)
    return daily, parts(said.purposes), parts(said.audiences), always


def _repeats(values: tuple[object, ...]) -> bool:
    return len(set(values)) != len(values)


def _too_dear(release: Release) -> bool:
    return plan_of(release).rho > 1


_RULES: Final[tuple[tuple[Callable[[Release], bool], str], ...]] = (
    (lambda r: r.id == TERMS, "terms is the name of the budget's terms"),
    (lambda r: not (r.title.isprintable() and r.title.strip()), "a title is a line that people can read"),
    (lambda r: isinstance(r, Retention) and r.window is not Length.WEEK, "retention is told of weeks"),
    (lambda r: isinstance(r, Late) and r.window is not Length.WEEK, "who came late is told of weeks"),
    (lambda r: r.hours_each > 0 and r.window is not Length.HOUR, "hours are limited of releases by the hour"),
    (
        lambda r: isinstance(r, Histogram) and tuple(sorted({1, *r.edges})) != (1, *r.edges),
        "edges rise, from 2",
    ),
    (lambda r: isinstance(r, ByKeys) and _repeats(r.keys), "every key once"),
    (lambda r: isinstance(r, ByKeys) and any(key.startswith("~") for key in r.keys), "no key begins with ~"),
    (lambda r: isinstance(r, ByKeys) and r.most_keys > len(r.keys), "more keys a person than there are"),
    (
        lambda r: isinstance(r, ByKeys) and r.by == HOUR and not set(r.keys) <= set(HOURS),
        "hours are 00 to 23",
    ),
    (lambda r: isinstance(r, ByFoundKeys) and r.by == HOUR, "hours are known: name them as keys"),
    (
        lambda r: isinstance(r, ByFoundKeys) and r.threshold < 4 * r.noise,
        "a threshold below four times the noise",
    ),
    (lambda r: isinstance(r, Quantiles) and _repeats(r.shares), "every share once"),
    (lambda r: isinstance(r, Funnel) and _repeats(r.steps), "every step once"),
    (lambda r: isinstance(r, Funnel) and bool(r.events), "a funnel's events are its steps"),
    (lambda r: isinstance(r, Experiment) and _repeats(r.arms), "every arm once"),
    (lambda r: isinstance(r, Experiment) and any("|" in arm for arm in r.arms), "no arm has a | in its name"),
    (lambda r: isinstance(r, Experiment) and bool(r.events), "an experiment's events are known"),
    (lambda r: isinstance(r, Consents) and _repeats(r.purposes), "every purpose once"),
    (
        lambda r: isinstance(r, Consents) and any("|" in name for name in r.purposes),
        "no purpose has a | in its name",
    ),
    (lambda r: isinstance(r, Consents) and bool(r.events), "consents are no events"),
    (
        lambda r: not isinstance(r, Consents) and r.purpose == CONSENTS,
        "only consents are booked under consents",
    ),
    (_too_dear, "it would cost more than rho 1: more noise, or tighter bounds"),
)
"""(whether a release breaks the rule, the rule)."""
