"""What may be declared, and comes to something else than whoever declared it may think: told beside the catalogue, and no error.

Losses are those by hand (`Keyed.rho`), which the measurement proves again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from privacy.releases.catalogue_file import Catalogue
from privacy.releases.plan import plan_of
from privacy.releases.shapes import Length, Release
from privacy.releases.windows import window_at
from privacy.spending.scopes import GLOBAL

_HOURS_OF_A_DAY: Final = 24


def notes_of(catalogue: Catalogue) -> list[str]:
    """What is worth knowing of a catalogue, a sentence each; nothing of what stands in the file but ids and names."""
    return [*_too_dear(catalogue), *_too_dear_together(catalogue), *_too_many(catalogue)]


def _too_dear(catalogue: Catalogue) -> Iterator[str]:
    for release in catalogue.releases:
        if plan_of(release).rho > min(_quotas(catalogue, release).values()):
            yield f"{release.id} costs more than there is for a day: it is never published"


def _too_dear_together(catalogue: Catalogue) -> Iterator[str]:
    """Of the day, and of each part of it that has a quota of its own: what its windows cost, and what there is."""
    spent: dict[str, float] = {}
    most: dict[str, float] = {}
    for release in catalogue.releases:
        for scope, rho in _quotas(catalogue, release).items():
            if scope == GLOBAL or rho < catalogue.budget.daily.rho:
                spent[scope] = spent.get(scope, 0.0) + plan_of(release).rho * _windows(release)
                most[scope] = rho
    for scope in sorted(scope for scope, rho in spent.items() if rho > most[scope]):
        cost = f"rho {spent[scope]:.4g} of {most[scope]:.4g}"
        yield f"on {scope} a day costs {cost}: its last windows are not published"


def _too_many(catalogue: Catalogue) -> Iterator[str]:
    """Of each purpose: in how many releases of a day somebody may come to stand, and in how many they count."""
    touched: Counter[str] = Counter()
    for release in catalogue.releases:
        touched[release.purpose] += _windows(release)
    for purpose in sorted(name for name, count in touched.items() if count > catalogue.counted_per_day):
        yield (
            f"{touched[purpose]} windows of {purpose} touch a day, and people count in {catalogue.counted_per_day} of them: "
            "whoever does the most is not in the last ones (counted_per_day)"
        )


def _windows(release: Release) -> int:
    """In how many of its windows of a day a person counts, each of which costs."""
    return (release.hours_each or _HOURS_OF_A_DAY) if release.window is Length.HOUR else 1


def _quotas(catalogue: Catalogue, release: Release) -> dict[str, float]:
    """What there is for one day: scope without its day -> rho."""
    day = window_at(release.window, 0).days[:1]
    quotas = catalogue.budget.quotas(day, release.purpose, release.audience)
    return {quota.scope.rpartition("/")[0]: quota.most.rho for quota in quotas}
