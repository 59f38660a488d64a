"""What can go wrong in scoring.

    ScoringError
    ├── CatalogueFullError      no index is left for a new item
    ├── CatalogueItemError      an item cannot be taken as it is
    ├── ModelParameterError     a training or decay parameter is out of range
    ├── RecordingError          recorded behaviour that cannot be evaluated
    ├── ScheduleParameterError  the bounds of the retraining schedule contradict one another
    ├── ScheduleStateError      a training was started twice, or ended without a start
    └── SnapshotShapeError      arrays that were not made by `export`

None of them carries an identifier or a value that came from outside.
"""

from __future__ import annotations


class ScoringError(Exception):
    """Scoring could not do what it was asked."""


class CatalogueFullError(ScoringError):
    """The catalogue holds as many items as indices can name. Nothing of the request was taken."""


class CatalogueItemError(ScoringError):
    """An item has an empty or overlong text, or a negative stock or price."""


class ModelParameterError(ScoringError):
    """A parameter of training or decay is outside its range; the message names the parameter."""


class RecordingError(ScoringError):
    """A recording cannot be evaluated; the message says what it lacks, and quotes nothing of it."""


class ScheduleParameterError(ScoringError):
    """The retraining schedule cannot keep its bound with these durations."""


class ScheduleStateError(ScoringError):
    """The trainer's thread and its schedule disagree: a defect, not a condition of running."""


class SnapshotShapeError(ScoringError):
    """The arrays of a snapshot do not fit together: it is damaged or of another version."""


class DriftParameterError(ScoringError):
    """The confidence of a drift detector lies between 0 and 1."""


class ExplorationParameterError(ScoringError):
    """A parameter of exploration is out of range."""


class LoggedDecisionsError(ScoringError):
    """Logged decisions cannot be evaluated: lengths differ, there are none, or a number is out of its range."""
