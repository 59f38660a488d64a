"""How good the recommenders are on recorded behaviour: one item of each person hidden, everything ranked, nothing tuned on it."""

from scoring.evaluation.evaluating import Progress, evaluate
from scoring.evaluation.recording import Recording
from scoring.evaluation.report import Evaluation, Measured

__all__ = ["Evaluation", "Measured", "Progress", "Recording", "evaluate"]
