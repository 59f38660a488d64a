"""What can go wrong in `privacy`. Refusals are values; these are failures.

    PrivacyError
    ├── KeyFileError          a key file is missing, of the wrong size, readable by others, or there already
    ├── UnwrapError           a wrapped key does not open: other owner, other key-encryption key, or damaged
    │   └── KeyEpochError     its key-encryption key is not here (destroyed, or not brought along)
    ├── SealBrokenError       sealed bytes do not open
    ├── FieldRuleError        a field rule of a policy cannot be understood
    ├── LossError             a number that is no privacy loss
    ├── BudgetStoreError      the budget cannot be read or written now
    │   └── OtherBooksError   the budget is another gateway's: refuses to start
    ├── CatalogueError        a catalogue of releases cannot be used
    ├── UnprovedError         nobody proved what a release costs
    └── TooManyLinesError     more than can be measured at once

No message carries a value, an identifier or a path.
"""

from __future__ import annotations


class PrivacyError(Exception):
    """Base of every failure of this package."""


class KeyFileError(PrivacyError):
    """A key file cannot be used. The operator should look at the keys directory; nothing was changed."""

    hint = "look at the keys directory; docs/durability.md says for each key what its loss means and how to go on"


class UnwrapError(PrivacyError):
    """A wrapped key does not open. The row was moved to another owner, or the store is damaged."""


class KeyEpochError(UnwrapError):
    """The key-encryption key of that epoch is not in the ring: destroyed by a rotation, or not brought along."""

    def __init__(self, epoch: int) -> None:
        """Name the epoch that is missing."""
        super().__init__(f"no key-encryption key of epoch {epoch}")
        self.epoch = epoch


class SealBrokenError(PrivacyError):
    """Sealed bytes do not open: another key, other associated data, or damage."""


class FieldRuleError(PrivacyError):
    """A field rule cannot be understood. Says what is wrong with it, never what it said."""


class LossError(PrivacyError):
    """A number that is no privacy loss: negative, not finite, or beyond what books can hold."""


class BudgetStoreError(PrivacyError):
    """The budget cannot be read or written now. Nothing was booked, and nothing may be computed."""


class OtherBooksError(BudgetStoreError):
    """The budget is another gateway's: its bookings stand in another log, and its people are others."""


class CatalogueError(PrivacyError):
    """A catalogue of releases cannot be used, or has no such release or window. Says which rule it breaks, never what it said."""


class UnprovedError(PrivacyError):
    """Nobody proved what a release costs, or it costs more than was booked. Nothing was measured."""


class TooManyLinesError(PrivacyError):
    """A window has more lines than can be measured at once: more people, or more keys of each. Nothing was measured."""
