"""What an evaluation found, as plain numbers, and what others published for the same recording."""

from __future__ import annotations

from dataclasses import dataclass, field

from scoring.evaluation.ranks import Interval


@dataclass(frozen=True, slots=True)
class Measured:
    """How good one recommender is."""

    name: str
    """In a word; `hybrid` is the one that counts."""
    hr_at_10: float
    """Share of questions whose item stands among the first ten."""
    hr_at_10_interval: Interval
    """Where it lies, 95 %."""
    ndcg_at_10: float
    """Mean of 1 / log2(place + 2), places from 0, nothing from the eleventh on."""
    ndcg_at_10_interval: Interval
    """Where it lies, 95 %."""


@dataclass(frozen=True, slots=True)
class Published:
    """A number that others published for the same recording and protocol."""

    name: str
    """Of the recommender."""
    hr_at_10: float
    """HR@10 as printed there."""
    ndcg_at_10: float
    """NDCG@10 as printed there."""
    source: str
    """Where it was published."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What circumstances add: the hybrid with them less the hybrid without, question by question."""

    ndcg_at_10: float
    """The mean difference of NDCG@10."""
    interval: Interval
    """Where it lies, 95 %: above 0 it is a gain."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything that was found."""

    protocol: str
    """What was asked."""
    people: int
    """In the recording."""
    items: int
    """In the recording."""
    interactions: int
    """Rows of the recording."""
    questions: int
    """Asked in the test."""
    tuning_questions: int
    """Asked while tuning."""
    rows: tuple[Measured, ...]
    """The hybrid first, then its parts, then what is without order or circumstances."""
    tuned: dict[str, dict[str, float]]
    """Part -> its settings, and its `weight` in the hybrid."""
    context_gain: Difference | None = None
    """If the recording has circumstances."""
    published: tuple[Published, ...] = field(default=())
    """What others published on the same data."""

    @property
    def hybrid(self) -> Measured:
        """The one that counts."""
        return self.rows[0]


_S3REC = "Zhou et al., S3-Rec, CIKM 2020, full ranking (repository RUCAIBox/CIKM2020-S3Rec)"
_KNOWN = {
    (22_363, 12_101, 198_502): (
        Published("PopRec", 0.0152, 0.0068, _S3REC),
        Published("GRU4Rec", 0.0283, 0.0137, _S3REC),
        Published("SASRec", 0.0605, 0.0318, _S3REC),
        Published("S3-Rec", 0.0647, 0.0327, _S3REC),
    ),
    (35_598, 18_357, 296_337): (
        Published("PopRec", 0.0094, 0.0053, _S3REC),
        Published("SASRec", 0.0350, 0.0192, _S3REC),
        Published("S3-Rec", 0.0385, 0.0204, _S3REC),
    ),
    (19_412, 11_924, 167_597): (
        Published("PopRec", 0.0113, 0.0061, _S3REC),
        Published("SASRec", 0.0675, 0.0374, _S3REC),
        Published("S3-Rec", 0.0700, 0.0376, _S3REC),
    ),
    (30_431, 20_033, 316_354): (
        Published("PopRec", 0.0099, 0.0051, _S3REC),
        Published("SASRec", 0.0274, 0.0136, _S3REC),
        Published("S3-Rec", 0.0341, 0.0168, _S3REC),
    ),
    (1_090, 3_646, 52_551): (
        Published("PopRec", 0.0440, 0.0203, _S3REC),
        Published("SASRec", 0.0688, 0.0390, _S3REC),
        Published("S3-Rec", 0.0743, 0.0427, _S3REC),
    ),
}
"""(people, items, rows) of Beauty, Sports, Toys, Yelp, LastFM -> published numbers for the last item out of all items."""


def published_for(people: int, items: int, interactions: int, *, ordered: bool) -> tuple[Published, ...]:
    """What others published, recognised by the size of the recording."""
    return _KNOWN.get((people, items, interactions), ()) if ordered else ()
