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
- A denial counts at once and destroys the purpose's key; a grant counts when it is in the audit log, and gets a fresh
  key.

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
from consent.honoured import HonouredSignal, honoured_signals
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
from consent.prompts import Answers, Prompt, PromptReason, judge_answers, prompts_for
from consent.signals import ABSENT, Claims, asserts_gpc, claim_mask
from consent.simulation import PurposeTally, Simulation
from consent.store_memory import MemoryRecords

__all__ = [
    "ABSENT",
    "DENIALS",
    "ENDINGS",
    "GRANTS",
    "MINORITY",
    "RESTRICTION",
    "ActorKind",
    "Admitted",
    "Answers",
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
    "Erasure",
    "Erasures",
    "Evidence",
    "HonouredSignal",
    "Judge",
    "KeyFate",
    "LegalBasis",
    "Link",
    "Links",
    "MemoryRecords",
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
    "Rule",
    "Simulation",
    "Stamp",
    "Status",
    "Step",
    "StoreCorruptError",
    "StoreError",
    "StoreUnavailableError",
    "SubjectKeys",
    "Weight",
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
    "honoured_signals",
    "judge_answers",
    "keys_on_arrival",
    "next_step",
    "parse_policy",
    "prompts_for",
    "record_of",
    "resolve",
    "stand",
]
