"""What can go wrong in the log, by what the operator has to do.

    AuditError
    |- LogUnavailableError       come back later: nothing was lost, nothing was recorded
    |  `- FatalLogError          restart the process: what the disk holds is not known until it is read again
    |- LockedError               another process writes this log
    |- RollbackError             a part of the log is older than it was: restored from a copy
    |- CorruptionError           bytes are not what was written
    |- KeyMismatchError          the key or the name is not this log's
    |- EntryError                not a canonical entry
    |- NoteError                 not a signed note, not a checkpoint, or no signature that counts
    |- ProofError                the proof does not prove it
    |  `- UnwitnessedError       it does, but too few witnesses have seen the tree
    |- TrustPolicyError          not a trust policy
    `- IntakeError               the socket of the log answered with something else than a place in it

No message repeats input: messages are constant, facts are numbers and file names in typed fields.
"""

from __future__ import annotations


class AuditError(Exception):
    """Anything the log refuses or fails at."""

    hint: str = ""
    """What the operator can do about it."""


class LogUnavailableError(AuditError):
    """The log cannot take this entry now: no space, too much waiting, or closed. Nothing was recorded."""

    hint = "free disk space or wait; ordinary entries are refused until the log has room again"


class FatalLogError(LogUnavailableError):
    """The disk failed a write or a sync, so what it holds is unknown. The sequencer has stopped for ever."""

    hint = "check the disk, then restart: recovery reads what is really there"


class LockedError(AuditError):
    """Another sequencer has this log open; two would fork it."""

    hint = "stop it first: most likely it is the gateway that serves this directory"


class RollbackError(AuditError):
    """The log, its checkpoint and the head kept elsewhere do not follow from one another: restored from an older copy."""

    hint = (
        "put back the newest copy of the data directory and, of the same copy, only the file `head` of the keys directory;"
        " keep its `erased` and `withdrawn`, or what people took back comes back (`volens restore` does this;"
        " docs/durability.md); where no copy is newer, retire this log and start another under a new origin"
    )


class CorruptionError(AuditError):
    """Bytes on disk are not what was written, and a torn write does not explain it."""

    hint = "run `volens audit verify`, then restore the named file from a copy"

    def __init__(self, message: str, *, place: str = "", index: int | None = None) -> None:
        """Name the file (relative to the log) and, where known, the entry at which it was noticed."""
        super().__init__(f"{message} ({place})" if place else message)
        self.place = place
        self.index = index


class KeyMismatchError(AuditError):
    """The signing key or the origin differs from the one this log was begun with."""

    hint = "restore log.key, or start another log under a new origin"


class EntryError(AuditError):
    """These bytes are not an entry in canonical form."""


class NoteError(AuditError):
    """These bytes are no signed note or checkpoint, or carry no good signature of a known key."""


class ProofError(AuditError):
    """This proof does not tie the entry to the signed root."""


class UnwitnessedError(ProofError):
    """The entry is in the signed tree, but too few witnesses have cosigned it: the log may show others another tree."""

    hint = "fetch the proof again once the witnesses have cosigned, or trust the log alone (--accept-unwitnessed)"


class TrustPolicyError(AuditError):
    """These bytes are no trust policy: which logs are believed, and how many witnesses must have seen a checkpoint."""

    hint = "c2sp.org/tlog-policy has the form of the file"


class IntakeError(AuditError):
    """The log's socket refused the entries as malformed, or broke off: whether they are recorded is unknown."""
