"""privacy: what may be kept of a person, and under which name.

The story in one page:

- Whoever comes in is given a pseudonym at the door (`Pseudonymiser`, `SubjectRef`); the raw identifier goes no further.
- Of an event, each purpose is given only the fields that its allow-list names, coarsened as its rules say
  (`parse_field_rule`, `FieldPolicy`, `compile_fields`, `minimise`). Places become zones (`zone_of`).
- Each person has random keys of their own. They are stored wrapped under a key-encryption key that lives elsewhere
  (`KeyRing`), and what must be readable only while the person agrees is sealed under them (`seal`, `unseal`).
  Destroying a key destroys what it sealed; keys that age (`AgingKey`) can be destroyed up to a day.
- Audit evidence is tied to a person by their key alone (`derive_evidence`): once it is destroyed, nothing points to
  them.

- What may be published of many people is declared (`read_catalogue`, `Release`, `Window`): a closed list of shapes, measured in a
  process of its own (`privacy.measuring`, which is not on this face: it takes seconds to load).
- What is published of many people costs each of them privacy: `Loss`, booked before anything is computed on the one budget
  (`BudgetLedger`, `Budget`), which is never refunded.

Everything here is a pure function or a small value; only the key files touch a disk. It knows nothing of consent,
audit or HTTP.
"""

from privacy.aging_keys import AGING_KEY_BYTES, DAY_SECONDS, AgingKey, day_of
from privacy.buckets import number_of_bucket
from privacy.errors import (
    BudgetStoreError,
    CatalogueError,
    FieldRuleError,
    KeyEpochError,
    KeyFileError,
    LossError,
    OtherBooksError,
    PrivacyError,
    SealBrokenError,
    TooManyLinesError,
    UnprovedError,
    UnwrapError,
)
from privacy.evidence import EVIDENCE_PERSON, LABEL_BYTES, derive_evidence, derive_label, key_fingerprint
from privacy.fields import FieldPolicy, FieldRule, FieldType, Transform, parse_field_rule
from privacy.key_files import (
    create_key_file,
    create_next_kek,
    destroy_older_keks,
    kek_path,
    load_key_file,
    load_key_ring,
    load_or_create_key,
)
from privacy.keys import KEY_BYTES, WRAP_NONCE_BYTES, Entropy, KeyEncryptionKey, KeyRing
from privacy.minimisation import (
    Attributes,
    CompiledFields,
    EventFields,
    compile_fields,
    inner_dropped,
    minimise,
    name_dropped,
)
from privacy.releases.catalogue_file import (
    TERMS,
    Catalogue,
    Windows,
    default_releases_text,
    read_catalogue,
)
from privacy.releases.notes import notes_of
from privacy.releases.participation import ParticipationLimit
from privacy.releases.plan import ALLOWED, CUBE_NUMBERS, EVERYBODY, REFUSED, consent_key, plan_digest
from privacy.releases.register import Deployed, ReleaseRegister
from privacy.releases.shapes import (
    AMOUNT_FIELDS,
    CONSENTS,
    MADE_BY_RULES,
    Consents,
    Experiment,
    Late,
    Length,
    Release,
    events_of,
    fields_of,
    looks_at_amounts,
)
from privacy.releases.windows import Window, window_at, window_named, windows_between
from privacy.sealing import NONCE_BYTES, SEAL_OVERHEAD_BYTES, Sealer, seal, sealer, unseal
from privacy.spending.ledger import (
    LEASE_BYTES,
    Balance,
    BudgetLedger,
    Claim,
    Granted,
    OtherPlan,
    OverBudget,
    Publication,
    Settled,
    Spend,
    SpendState,
)
from privacy.spending.ledger_memory import MemoryBudget
from privacy.spending.loss import TOLD_DELTA, Loss, epsilon_of, epsilon_of_loss, kept_loss, loss_of
from privacy.spending.scopes import Budget, Quota, of_last_days
from privacy.subject import SUBJECT_REF_BYTES, Pseudonymiser, SubjectRef
from privacy.transforms import taker_again_of
from privacy.zones import coarsen, zone_of

__all__ = [
    "AGING_KEY_BYTES",
    "ALLOWED",
    "AMOUNT_FIELDS",
    "CONSENTS",
    "CUBE_NUMBERS",
    "DAY_SECONDS",
    "EVERYBODY",
    "EVIDENCE_PERSON",
    "KEY_BYTES",
    "LABEL_BYTES",
    "LEASE_BYTES",
    "MADE_BY_RULES",
    "NONCE_BYTES",
    "REFUSED",
    "SEAL_OVERHEAD_BYTES",
    "SUBJECT_REF_BYTES",
    "TERMS",
    "TOLD_DELTA",
    "WRAP_NONCE_BYTES",
    "AgingKey",
    "Attributes",
    "Balance",
    "Budget",
    "BudgetLedger",
    "BudgetStoreError",
    "Catalogue",
    "CatalogueError",
    "Claim",
    "CompiledFields",
    "Consents",
    "Deployed",
    "Entropy",
    "EventFields",
    "Experiment",
    "FieldPolicy",
    "FieldRule",
    "FieldRuleError",
    "FieldType",
    "Granted",
    "KeyEncryptionKey",
    "KeyEpochError",
    "KeyFileError",
    "KeyRing",
    "Late",
    "Length",
    "Loss",
    "LossError",
    "MemoryBudget",
    "OtherBooksError",
    "OtherPlan",
    "OverBudget",
    "ParticipationLimit",
    "PrivacyError",
    "Pseudonymiser",
    "Publication",
    "Quota",
    "Release",
    "ReleaseRegister",
    "SealBrokenError",
    "Sealer",
    "Settled",
    "Spend",
    "SpendState",
    "SubjectRef",
    "TooManyLinesError",
    "Transform",
    "UnprovedError",
    "UnwrapError",
    "Window",
    "Windows",
    "coarsen",
    "compile_fields",
    "consent_key",
    "create_key_file",
    "create_next_kek",
    "day_of",
    "default_releases_text",
    "derive_evidence",
    "derive_label",
    "destroy_older_keks",
    "epsilon_of",
    "epsilon_of_loss",
    "events_of",
    "fields_of",
    "inner_dropped",
    "kek_path",
    "kept_loss",
    "key_fingerprint",
    "load_key_file",
    "load_key_ring",
    "load_or_create_key",
    "looks_at_amounts",
    "loss_of",
    "minimise",
    "name_dropped",
    "notes_of",
    "number_of_bucket",
    "of_last_days",
    "parse_field_rule",
    "plan_digest",
    "read_catalogue",
    "seal",
    "sealer",
    "taker_again_of",
    "unseal",
    "window_at",
    "window_named",
    "windows_between",
    "zone_of",
]
