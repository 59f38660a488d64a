"""audit: proof of what happened, as a transparency log that anybody can check with tools that others wrote.

A log is a directory. The `Sequencer`, the one writer, gives each entry its place, makes a group of them durable with one sync
of a write-ahead log, and only then says so. Every second the `Publisher` behind it lays the entries out as tiles and signs a
checkpoint: origin, size and root of an RFC 6962 tree, in the formats of C2SP. From then on a few hashes prove that an entry is
in the log (`build_proof`, `verify_proof`), that a later log contains an earlier one, and that a range of it is whole (`surround`,
`root_around`).

An `Entry` names nobody: a kind, an `Outcome` of a closed list, codes, digests, a rounded time, a hiding commitment (`commit`)
and a tag that only the person's key ties to the person. What must be opened later lies sealed beside it in the write-ahead log.

A `TrustPolicy` says whose checkpoints are believed and how many witnesses must have cosigned them; `verify_decision` ties
what was decided to such a checkpoint. `judge_submission` is what a witness answers a log.

At every start the log is checked and what a crash left behind is repaired; what is older than it was, changed, or written by
somebody else is refused. `verify_directory` checks every byte of a log without its writer, and names the cause of each finding.
"""

from audit.checkpoint import Checkpoint, parse_checkpoint, read_checkpoint, sign_checkpoint
from audit.cosignature import CosignatureSigner, CosignatureVerifier, time_cosigned
from audit.decision_proof import DecisionProof, Proven, verify_decision
from audit.disk import Disk
from audit.edge import Edge
from audit.entry import COMMITMENT_DOMAIN, MAX_ENTRY_BYTES, Entry, commit, decode_entry, encode_entry
from audit.errors import (
    AuditError,
    CorruptionError,
    EntryError,
    FatalLogError,
    IntakeError,
    KeyMismatchError,
    LockedError,
    LogUnavailableError,
    NoteError,
    ProofError,
    RollbackError,
    TrustPolicyError,
    UnwitnessedError,
)
from audit.findings import Cause, Explained, Finding, Report
from audit.frames import Record
from audit.head import FileHead, Head, HeadCell
from audit.intake import IntakeClient, IntakeServer
from audit.layout import is_locked, reader_of
from audit.limits import LogLimits
from audit.merkle import (
    hash_leaf,
    hash_node,
    prove_consistency,
    prove_inclusion,
    root_of,
    subtree_of,
    verify_consistency,
    verify_inclusion,
)
from audit.note import (
    Note,
    NoteSigner,
    NoteVerifier,
    open_note,
    parse_signature_line,
    read_vkeys,
    split_note,
    write_signature_line,
)
from audit.outcome import ENDING_OUTCOMES, GIVING_OUTCOMES, Kind, Outcome
from audit.population import Piece, Surroundings, pieces_of, root_around, surround
from audit.proof import Proof, build_consistency, build_proof, entry_at, read_proof, verify_proof
from audit.pruning import (
    Announcement,
    Minimum,
    Pruned,
    announcement_of,
    oldest_kept,
    oldest_segment_kept,
    prepare_base,
    prune,
)
from audit.reading import past_base, past_entries, published_entries, read_announced, read_entry_bundle
from audit.rows import commit_each, prepare_hashing
from audit.sequencer import Sequencer
from audit.signer import CheckpointSigner, OverlappingSigner
from audit.tiles import TILE_WIDTH, Tile, parse_tile_path, root_from, subtree_from
from audit.trust_policy import KnownLog, KnownWitness, TrustPolicy, WitnessGroup, read_trust_policy
from audit.verification import verify_directory
from audit.wal_base import Base
from audit.witness import (
    MAX_REQUEST_BYTES,
    SIZE_TYPE,
    Accepted,
    Refused,
    Submission,
    judge_submission,
    origin_of,
    read_submission,
)
from audit.witnessed import Cosigned, Witnessed, read_witnessed

__all__ = [
    "COMMITMENT_DOMAIN",
    "ENDING_OUTCOMES",
    "GIVING_OUTCOMES",
    "MAX_ENTRY_BYTES",
    "MAX_REQUEST_BYTES",
    "SIZE_TYPE",
    "TILE_WIDTH",
    "Accepted",
    "Announcement",
    "AuditError",
    "Base",
    "Cause",
    "Checkpoint",
    "CheckpointSigner",
    "CorruptionError",
    "CosignatureSigner",
    "CosignatureVerifier",
    "Cosigned",
    "DecisionProof",
    "Disk",
    "Edge",
    "Entry",
    "EntryError",
    "Explained",
    "FatalLogError",
    "FileHead",
    "Finding",
    "Head",
    "HeadCell",
    "IntakeClient",
    "IntakeError",
    "IntakeServer",
    "KeyMismatchError",
    "Kind",
    "KnownLog",
    "KnownWitness",
    "LockedError",
    "LogLimits",
    "LogUnavailableError",
    "Minimum",
    "Note",
    "NoteError",
    "NoteSigner",
    "NoteVerifier",
    "Outcome",
    "OverlappingSigner",
    "Piece",
    "Proof",
    "ProofError",
    "Proven",
    "Pruned",
    "Record",
    "Refused",
    "Report",
    "RollbackError",
    "Sequencer",
    "Submission",
    "Surroundings",
    "Tile",
    "TrustPolicy",
    "TrustPolicyError",
    "UnwitnessedError",
    "WitnessGroup",
    "Witnessed",
    "announcement_of",
    "build_consistency",
    "build_proof",
    "commit",
    "commit_each",
    "decode_entry",
    "encode_entry",
    "entry_at",
    "hash_leaf",
    "hash_node",
    "is_locked",
    "judge_submission",
    "oldest_kept",
    "oldest_segment_kept",
    "open_note",
    "origin_of",
    "parse_checkpoint",
    "parse_signature_line",
    "parse_tile_path",
    "past_base",
    "past_entries",
    "pieces_of",
    "prepare_base",
    "prepare_hashing",
    "prove_consistency",
    "prove_inclusion",
    "prune",
    "published_entries",
    "read_announced",
    "read_checkpoint",
    "read_entry_bundle",
    "read_proof",
    "read_submission",
    "read_trust_policy",
    "read_vkeys",
    "read_witnessed",
    "reader_of",
    "root_around",
    "root_from",
    "root_of",
    "sign_checkpoint",
    "split_note",
    "subtree_from",
    "subtree_of",
    "surround",
    "time_cosigned",
    "verify_consistency",
    "verify_decision",
    "verify_directory",
    "verify_inclusion",
    "verify_proof",
    "write_signature_line",
]
