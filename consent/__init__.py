"""consent: who allowed what, and what follows from it now.

The story in one page:

- A policy file says what data are used for, on which ground, and which fields each purpose may see (`parse_policy`,
  `Policy`, `explain_change`).
- Who may write a consent, and what a write entails, is judged first (`admit`: an `Admitted` or a `WriteRefusal`).
  What is admitted goes to the ledger (`ConsentLedger`): events, append-only, with an epoch that rises per person and
  purpose. A person's records are the fold of their events (`fold`).
- What a person permits at a moment is one pure function of their records (`resolve`): closed by default, with a
  reason for every no. What an event or a browser says about consent can only narrow it (`claim_mask`,
  `honoured_signals`).
- What another policy would change for people, and would have changed, is counted before it is loaded (`Simulation`).
- What a person may be asked, and when again, follows from the same records (`prompts_for`, `judge_answers`).
- What a person was told is kept as a notice, named by its hash (`Notice`, `Policy.notice`): a grant whose notice is
  gone cannot be proven, and does not count.
- A denial counts at once and destroys the purpose's key; a grant counts when it is in the audit log, and gets a fresh
  key.

- Of a person's age a band is known at most, and whoever is under eighteen is not profiled (`state_age`).
- People exercise their rights by requests (`RightsRequest`), which have a deadline and go on by steps (`take_step`).
  An erasure leaves a fingerprint of the key it destroyed, and marks of what the person refused (`KeptRefusals`).
- What was denied is kept apart from the records too, so that an older copy of them undoes no denial (`denied_since`).

It knows privacy's values, and nothing of scoring, HTTP or SQL. `MemoryRecords` is the adapter for tests.
"""

from consent.admission import (
    Admitted,
    ConsentRequest,
    WriteRefusal,
    admit,
    keys_on_arrival,
)
from consent.age_bands import AgeBand, minor_since, outgrown, state_age
from consent.carrying import LINKING_SOURCE, carry_denials
from consent.decision import Resolution, resolve, restricts
from consent.errors import (
    ConsentError,
    OvertakenError,
    PolicyError,
    PolicyProblem,
    StoreCorruptError,
    StoreError,
    StoreUnavailableError,
)
from consent.facts import event_facts
from consent.honoured import HonouredSignal, honoured_signals
from consent.json_spelling import canonical_json
from consent.ledger import KeyFate, Stamp, Step, agrees, event_of, fold, next_step, record_of
from consent.model import (
    DENIALS,
    ENDINGS,
    GRANTS,
    MINORITY,
    OBJECTABLE,
    RESTRICTION,
    STANDINGS,
    ActorKind,
    Assurance,
    ConsentChange,
    ConsentEvent,
    ConsentRecord,
    Evidence,
    LegalBasis,
    Reason,
    Status,
)
from consent.notices import Notice
from consent.notices_shown import KeptNotice, NoticesShown
from consent.older_copies import RESTORE_SOURCE, KeptDenial, denied_again, denied_since, kept_of
from consent.policy import Condition, Controller, PlainText, Policy, Purpose, Rule
from consent.policy_changes import PolicyChange, Weight, breaks_what_is_stored, explain_change
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
from consent.preference_updates import UPDATED, denied_by_update
from consent.prompts import Answers, Prompt, PromptReason, judge_answers, prompts_for
from consent.receipt_fields import LogPlace, receipt_document
from consent.rights import (
    CONFIRMATIONS,
    EXTENDED_MONTHS,
    EXTENSIONS,
    MONTHS,
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
    Notification,
    Notifications,
    NotificationState,
    RightsRequests,
)
from consent.signals import ABSENT, Claims, claim_mask, has_gpc, says_gpc
from consent.simulation import PurposeTally, Simulation
from consent.standings import stand
from consent.store_memory import MemoryRecords

__all__ = [
    "ABSENT",
    "CONFIRMATIONS",
    "DENIALS",
    "ENDINGS",
    "EXTENDED_MONTHS",
    "EXTENSIONS",
    "GRANTS",
    "LINKING_SOURCE",
    "MINORITY",
    "MONTHS",
    "NOBODY_ROW",
    "OBJECTABLE",
    "REFUSALS",
    "REPORTING",
    "RESTORE_SOURCE",
    "RESTRICTION",
    "STANDINGS",
    "STOPPING",
    "UPDATED",
    "ActorKind",
    "Admitted",
    "AgeBand",
    "Answers",
    "Assurance",
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
    "Controller",
    "DisputedItems",
    "Erasure",
    "Erasures",
    "Evidence",
    "Filed",
    "HonouredSignal",
    "Identity",
    "Judge",
    "KeptDenial",
    "KeptNotice",
    "KeptRefusals",
    "KeyFate",
    "LegalBasis",
    "Link",
    "Links",
    "LogPlace",
    "MemoryRecords",
    "MemoryRights",
    "Notice",
    "NoticesShown",
    "Notification",
    "NotificationState",
    "Notifications",
    "OvertakenError",
    "PersonRow",
    "PlainText",
    "Policy",
    "PolicyChange",
    "PolicyError",
    "PolicyProblem",
    "Prompt",
    "PromptReason",
    "Purpose",
    "PurposeTally",
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
    "Simulation",
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
    "breaks_what_is_stored",
    "canonical_json",
    "carry_denials",
    "claim_mask",
    "default_policy_text",
    "denied_again",
    "denied_by_update",
    "denied_since",
    "event_facts",
    "event_of",
    "explain_change",
    "fold",
    "has_gpc",
    "honoured_signals",
    "is_extended",
    "is_overdue",
    "judge_answers",
    "kept_of",
    "keys_on_arrival",
    "minor_since",
    "months_later",
    "next_step",
    "outgrown",
    "parse_policy",
    "prompts_for",
    "receipt_document",
    "received",
    "record_of",
    "resolve",
    "restricts",
    "says_gpc",
    "stand",
    "state_age",
    "take_step",
]
