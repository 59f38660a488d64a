"""Questions that a table of weights from item to item is judged by: hidden items of people who are known.

What is asked is what the model in use is asked: the last twenty items of each, with what was done last with each. Whatever else
is known of a person is hidden too: it cannot be the answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from scoring.compiled_judging import places_by
from scoring.decay import HISTORY_LENGTH
from scoring.evaluation.folding import Chosen, fold_in
from scoring.evaluation.ranks import gains
from scoring.evaluation.recording import Questions
from scoring.evaluation.tuning import Gains, places_judged


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """The questions; make it with `ask`."""

    items: NDArray[np.int64]
    """(m,): the items that stand in a history, rising: the rows of a table."""
    asked: Questions
    """The questions; the items of their histories are numbers of rows."""
    known: csr_matrix
    """(Q, n_items): what is not the answer."""

    def places(self, table: csr_matrix, chosen: Chosen) -> NDArray[np.float64]:
        """Before each hidden item, how many stand.

        Args:
            table: (m, n_items) weights; none below 0 counts.
            chosen: how a history is folded in (`scoring.evaluation.folding`).
        """
        histories = fold_in(self.asked, len(self.items), chosen)
        return places_by(table, histories, self.known, self.asked.targets)

    def judge(self, table: csr_matrix, chosen: Chosen) -> Gains:
        """How good a table is, question by question: as `scoring.evaluation.tuning.judge` says."""
        at = places_judged(len(self.asked), self.known.shape[1])
        return gains(self.places(table, chosen), at=at)


def ask(questions: Questions, n_items: int) -> Trial:
    """Ask these, by as much of each history as is kept of one."""
    history = questions.history
    people, columns = history.people, history.items
    shape = (len(questions), n_items)
    known = csr_matrix((np.ones(len(columns), dtype=np.bool_), (people, columns)), shape=shape)
    kept = history.take(np.flatnonzero(history.ages < HISTORY_LENGTH))
    items, rows = np.unique(kept.items, return_inverse=True)
    return Trial(items, replace(questions, history=replace(kept, items=rows.astype(np.int64))), known)
