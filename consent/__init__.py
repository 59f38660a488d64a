"""consent: who allowed what, and what follows from it now.

The story in one page:

- A policy file says what data are used for, on which ground, and which fields each purpose may see (`parse_policy`,
  `Policy`, `explain_change`).
- Who may write a consent, and what a write entails, is judged first (`admit`: an `Admitted` or a `WriteRefusal`).
  What is admitted goes to the ledger (`ConsentLedger`): events, append-only, with an epoch that rises per person and
  purpose. A person's records are the fold of their events (`fold`).
- What a person permits at a moment is one pure function of their records (`resolve`): closed by default, with a
  reason for every no. What an event or a browser says about consent can only narrow it (`claim_mask`).
- A denial counts at once and destroys the purpose's key; a grant counts when it is in the audit log, and gets a fresh
  key.

- People exercise their rights by requests (`RightsRequest`), which have a deadline and go on by steps (`take_step`).
  An erasure leaves a fingerprint of the key it destroyed, and marks of what the person refused (`KeptRefusals`).

It knows privacy's values, and nothing of scoring, HTTP or SQL. `MemoryRecords` is the adapter for tests.
"""

from consent.admission import (
    Admitted,
    ConsentRequest,
    WriteRefusal,
    admit,
    carry_denials,
    keys_on_arrival,
    stand,
)
from consent.decision import Resolution, resolve
from consent.errors import (
    ConsentError,
    OvertakenError,
    PolicyError,
    PolicyProblem,
    StoreCorruptError,
    StoreError,
    StoreUnavailableError,
)
from consent.ledger import KeyFate, Stamp, Step, agrees, event_of, fold, next_step, record_of
from consent.model import (
    DENIALS,
    ENDINGS,
    GRANTS,
    MINORITY,
    RESTRICTION,
    ActorKind,
    ConsentChange,
    ConsentEvent,
    ConsentRecord,
    Evidence,
    LegalBasis,
    Reason,
    Status,
)
from consent.policy import Condition, PlainText, Policy, Purpose, Rule
from consent.policy_changes import PolicyChange, Weight, explain_change
from consent.policy_file import default_policy_text, parse_policy
from consent.ports import (
    NOBODY_ROW,
    CallGroups,
    CallResult,
    ConsentLedger,
    Erasure,
    Erasures,
    Judge,
    Link,
    Links,
    PersonRow,
    Recorded,
    SubjectKeys,
)
from consent.rights import (
    CONFIRMATIONS,
    EXTENSIONS,
    REFUSALS,
    REPORTING,
    STOPPING,
    Filed,
    Identity,
    Right,
    RightsAct,
    RightsRequest,
    RightsStatus,
    RightsStep,
    StepRefusal,
    Why,
    is_extended,
    is_overdue,
    months_later,
    received,
    take_step,
)
from consent.rights_memory import MemoryRights
from consent.rights_ports import (
    DisputedItems,
    KeptRefusals,
    Notice,
    Notices,
    NoticeState,
    RightsRequests,
)
from consent.signals import ABSENT, Claims, asserts_gpc, claim_mask
from consent.store_memory import MemoryRecords

__all__ = [
    "ABSENT",
    "CONFIRMATIONS",
    "DENIALS",
    "ENDINGS",
    "EXTENSIONS",
    "GRANTS",
    "MINORITY",
    "NOBODY_ROW",
    "REFUSALS",
    "REPORTING",
    "RESTRICTION",
    "STOPPING",
    "ActorKind",
    "Admitted",
    "CallGroups",
    "CallResult",
    "Claims",
    "Condition",
    "ConsentChange",
    "ConsentError",
    "ConsentEvent",
    "ConsentLedger",
    "ConsentRecord",
    "ConsentRequest",
    "DisputedItems",
    "Erasure",
    "Erasures",
    "Evidence",
    "Filed",
    "Identity",
    "Judge",
    "KeptRefusals",
    "KeyFate",
    "LegalBasis",
    "Link",
    "Links",
    "MemoryRecords",
    "MemoryRights",
    "Notice",
    "NoticeState",
    "Notices",
    "OvertakenError",
    "PersonRow",
    "PlainText",
    "Policy",
    "PolicyChange",
    "PolicyError",
    "PolicyProblem",
    "Purpose",
    "Reason",
    "Recorded",
    "Resolution",
    "Right",
    "RightsAct",
    "RightsRequest",
    "RightsRequests",
    "RightsStatus",
    "RightsStep",
    "Rule",
    "Stamp",
    "Status",
    "Step",
    "StepRefusal",
    "StoreCorruptError",
    "StoreError",
    "StoreUnavailableError",
    "SubjectKeys",
    "Weight",
    "Why",
    "WriteRefusal",
    "admit",
    "agrees",
    "asserts_gpc",
    "carry_denials",
    "claim_mask",
    "default_policy_text",
    "event_of",
    "explain_change",
    "fold",
    "is_extended",
    "is_overdue",
    "keys_on_arrival",
    "months_later",
    "next_step",
    "parse_policy",
    "received",
    "record_of",
    "resolve",
    "stand",
    "take_step",
]
