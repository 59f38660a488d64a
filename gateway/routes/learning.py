"""Models: which there are, going back to the one before, and going on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter

from audit import LogUnavailableError
from gateway.deciding.answers import digest_text
from gateway.learning.policy_comparison import compare_at
from gateway.routes.bodies import ServicesDep
from gateway.routes.callers import Admin
from gateway.routes.services import Services
from scoring import Candidate, Stage

router = APIRouter(prefix="/v1/learning", tags=["learning"])


@router.get("/models")
async def list_models(_caller: Admin, services: ServicesDep) -> dict[str, Any]:
    """Every model that is remembered, the newest first, and whether those that are trained follow one another."""
    versions, compared = services.models.versions, services.models.compared
    return {
        "following": not versions.held,
        "models": [_card(stage, each, services.enforcement.codes) for stage, each in versions.cards()],
        "shadow": {
            "decisions": compared.decisions,
            "differing": compared.differing,
            "items": compared.items,
            "shared": compared.shared,
        },
    }


@router.post("/models/rollback")
async def roll_back(_caller: Admin, services: ServicesDep) -> dict[str, Any]:
    """Use the model before the one in use, in the very next slate, and keep it until somebody promotes."""
    _insist_on_log(services)
    model = services.training.roll_back()
    await services.sequencer.wait_durable()
    return {"version": model.version, "digest": digest_text(model.digest)}


@router.post("/models/promote")
async def promote(_caller: Admin, services: ServicesDep) -> dict[str, Any]:
    """Use the model that waits or is in the shadow; those that are trained follow one another again."""
    _insist_on_log(services)
    model = services.training.promote()
    await services.sequencer.wait_durable()
    return {"version": model.version, "digest": digest_text(model.digest)}


@router.get("/placements/{placement}/policies")
async def compare_policies(placement: str, _caller: Admin, services: ServicesDep) -> dict[str, Any]:
    """What other ways of filling the first place would have brought, from what was drawn here, or why nobody can say."""
    return await compare_at(services.learner, placement, services.clock)


def _insist_on_log(services: Services) -> None:
    if not services.sequencer.available:
        raise LogUnavailableError("the log takes nothing, and this must stand in it")


def _card(stage: Stage, candidate: Candidate, codes: Mapping[str, int]) -> dict[str, Any]:
    model = candidate.model
    recipe = model.recipe
    weights = recipe.events if recipe is not None else ()
    examined = {
        "people": candidate.people_held,
        "ndcg_at_10": candidate.quality,
        "of_champion": candidate.of_champion,
        "of_popularity": candidate.of_popularity,
    }
    return {
        "version": model.version,
        "digest": digest_text(model.digest),
        "stage": stage.value,
        "trained_at": model.trained_at,
        "people": model.n_people,
        "items": model.n_items,
        "regularisation": model.ridge,
        "half_life_items": model.half_life,
        "short_half_life_items": (recipe.short_half_life if recipe is not None else 0) or model.half_life,
        "shows_again": model.knows_repeats,
        "event_weights": {name: weights[code] for name, code in codes.items() if code < len(weights)},
        "examined": examined if candidate.people_held else None,
    }
