"""Learning without collecting.

Devices train on what they hold and send one thing: a clipped, quantised, masked contribution to a sum. The masks cancel
only in the sum of everybody who stayed, noise is added before anything is published, and the privacy loss of a round is
taken from the same budget as every other release. What is published is a signed model; the exact statistic never leaves.

- A signed `Manifest` says what a round is going to do. `Manifest.plan_of` gives the terms of each cohort's secure sum.
- On the device: `update_of` makes the contribution of a `Visit` history within a `Clip`; `DeviceSum` masks it.
- On the server: `ServerSum` opens the sum of those who stayed, and of nobody who withdrew before; `sound_cohorts` leaves out
  sums that honest devices cannot have made.
- `federated.noise` adds OpenDP's noise: no part of this face, as only the process that drives rounds loads OpenDP.
  `rho_of`, `composed` and `privacy.epsilon_of` account for it.
- `model_of` makes of the noisy sum the `Artefact`, in whole numbers; `rank` is what a device does with it and its history;
  `with_new_items` adds items that no round was about, by their public features.
- `replay` says whether the rounds of a model agree with their manifests and with one another.
- `Participation` leaves let each device prove that it was, or was not, in a version; a `RoundRecord`, whose
  digest is in the log, says what happened.

Three checks of consent frame a round: who may be asked (the purpose `model-improvement` is in force), the device's own
check before it uploads, and a last one after the masked upload and before unmasking. Somebody who withdraws in between
stays masked for ever: the sum is simply made without them.

The statistic is the one that scoring trains on, the Gram matrix of permitted histories. Everything here but the noise is a
pure function or a value: random bytes and the time are arguments, and nothing reads or writes.
"""

from federated.accounting import DELTA, composed, rho_for, rho_of, scale_for
from federated.artefact import MAX_DIMENSIONS, Artefact, read_artefact, write_artefact
from federated.better_than_popular import is_better_than_popular
from federated.contribution import Clip, n_pairs, square_of, update_of, update_of_numbers
from federated.controlling import Looked, OpenRound, Part, Terms
from federated.documents import decimal, read_document, write_document
from federated.errors import (
    ClipError,
    DocumentError,
    FederatedError,
    NoiseError,
    PlanError,
    SignatureError,
    StepError,
)
from federated.items import MAX_ITEMS, ItemList, Visit
from federated.manifest import Manifest, digest_of_manifest, read_manifest, write_manifest
from federated.model import ModelRecipe, model_of
from federated.new_items import with_new_items
from federated.on_device import order_of, rank, scores_of, vector_of
from federated.participation import (
    SALT_BYTES,
    Participation,
    ParticipationProof,
    Standing,
    participation_proofs,
    participation_root,
    verify_participation,
)
from federated.record import (
    Counts,
    RoundEnd,
    RoundRecord,
    Verdict,
    read_record,
    read_round_end,
    write_record,
    write_round_end,
)
from federated.replaying import PastRound, Replayed, RoundFinding, replay
from federated.secure_sum.device import DeviceSum, Step
from federated.secure_sum.plan import MAX_COHORT, SumPlan
from federated.secure_sum.refusals import Refusal
from federated.secure_sum.server import Phase, ServerSum
from federated.signing import DocumentUse, open_document, sign_document
from federated.sum_checks import CohortFinding, as_signed, check_cohort, compare_cohorts, sound_cohorts

__all__ = [
    "DELTA",
    "MAX_COHORT",
    "MAX_DIMENSIONS",
    "MAX_ITEMS",
    "SALT_BYTES",
    "Artefact",
    "Clip",
    "ClipError",
    "CohortFinding",
    "Counts",
    "DeviceSum",
    "DocumentError",
    "DocumentUse",
    "FederatedError",
    "ItemList",
    "Looked",
    "Manifest",
    "ModelRecipe",
    "NoiseError",
    "OpenRound",
    "Part",
    "Participation",
    "ParticipationProof",
    "PastRound",
    "Phase",
    "PlanError",
    "Refusal",
    "Replayed",
    "RoundEnd",
    "RoundFinding",
    "RoundRecord",
    "ServerSum",
    "SignatureError",
    "Standing",
    "Step",
    "StepError",
    "SumPlan",
    "Terms",
    "Verdict",
    "Visit",
    "as_signed",
    "check_cohort",
    "compare_cohorts",
    "composed",
    "decimal",
    "digest_of_manifest",
    "is_better_than_popular",
    "model_of",
    "n_pairs",
    "open_document",
    "order_of",
    "participation_proofs",
    "participation_root",
    "rank",
    "read_artefact",
    "read_document",
    "read_manifest",
    "read_record",
    "read_round_end",
    "replay",
    "rho_for",
    "rho_of",
    "scale_for",
    "scores_of",
    "sign_document",
    "sound_cohorts",
    "square_of",
    "update_of",
    "update_of_numbers",
    "vector_of",
    "verify_participation",
    "with_new_items",
    "write_artefact",
    "write_document",
    "write_manifest",
    "write_record",
    "write_round_end",
]
