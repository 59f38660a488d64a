"""`/ops`: how the gateway is doing, as a page. For whoever may read `/metrics`; others find nothing here."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from gateway.callers.operators import may_look
from gateway.errors import NotFoundError
from gateway.flags.model import experiment_of
from gateway.ops.facts import DestinationFact, ExperimentFact, Facts, ModelFact, RuleFact
from gateway.ops.overview import make_overview
from gateway.ops.spelling import Spelling
from gateway.routes.bodies import ServicesDep
from gateway.routes.services import Services
from gateway.rules.bodies import RuleBody
from gateway.rules.definitions import DefinitionKind
from gateway.rules.rulebook import Held
from gateway.telemetry.in_tens import in_tens
from scoring import Candidate, Stage, analyse

router = APIRouter(prefix="/ops", tags=["operations"])

_MOST_EXPERIMENTS = 6
"""Compared for one look at the page."""


@router.get("", response_class=HTMLResponse)
async def look(request: Request, services: ServicesDep) -> Response:
    """Charts of the last hours: latency, throughput, what was withheld and why, quality, experiments, rules, drift, the log."""
    _insist(request, services)
    await services.records.ask()
    ops, facts = services.ops, await _facts(services)
    language = ops.languages.choose(None, request.headers.get("accept-language"))
    spelling = Spelling(language)
    page = make_overview(ops.sampling.present(), facts, spelling)
    reasons = [(each.name, each.tone, "") for each in page.reasons]
    return ops.pages.render("ops.html", language, page=page, reasons=reasons, spelling=spelling)


@router.get("/static/{name}", response_class=Response, responses={200: {"content": {"text/css": {}}}})
async def style(name: str, request: Request, services: ServicesDep) -> Response:
    """How the pages look; they name it with its digest, so it never changes under its name."""
    _insist(request, services)
    found = services.ops.pages.static(name)
    if found is None:
        raise NotFoundError
    return found


def _insist(request: Request, services: Services) -> None:
    if not may_look(request, services.metrics_token, services.settings.server):
        raise NotFoundError


async def _facts(services: Services) -> Facts:
    held = services.rules.rulebook.held
    rules = [each for (kind, _), each in sorted(held.items()) if kind is DefinitionKind.RULE]
    experiments, more = await _experiments(services)
    return Facts(
        checks=services.readiness(),
        purposes=tuple(purpose.id for purpose in services.policy.purposes),
        rules=tuple(_rule(each, services) for each in rules),
        experiments=experiments,
        more_experiments=more,
        models=tuple(_model(stage, each) for stage, each in services.models.versions.cards()),
        destinations=tuple(
            DestinationFact(each.id, each.lag_records, each.dead_letters, each.delivered)
            for each in services.router.status()
        ),
    )


async def _experiments(services: Services) -> tuple[tuple[ExperimentFact, ...], int]:
    """The first few, and how many more there are."""
    found, feed = services.flags.shelf.experiments, services.flags.feed
    names = sorted(found)[:_MOST_EXPERIMENTS]
    if not names:
        return (), 0
    await feed.catch_up()
    same = feed.same_people()
    shown = []
    for name in names:
        split, part = found[name]
        experiment = experiment_of(split, part)
        units = feed.trials.units_of(experiment, same)
        report = analyse(experiment, units, feed.trials.withdrawn.get(name, {}))
        shown.append(ExperimentFact(name, part.hypothesis, report))
    return tuple(shown), len(found) - len(names)


def _rule(held: Held, services: Services) -> RuleFact:
    engine, name = services.rules.rulebook.engine, held.definition.name
    numbers = engine.memory.statistics_of(name)
    assert isinstance(held.body, RuleBody)
    return RuleFact(
        name=name,
        purpose=held.body.purpose,
        in_force=name in engine.definitions.rules,
        matches=numbers.matches,
        fires=numbers.fires,
        conversions=numbers.conversions,
        suppressed=dict(numbers.suppressed),
    )


def _model(stage: Stage, candidate: Candidate) -> ModelFact:
    return ModelFact(
        version=candidate.model.version,
        stage=stage.value,
        people=in_tens(candidate.model.n_people),
        examined_on=in_tens(candidate.people_held),
        quality=candidate.quality,
        of_popularity=candidate.of_popularity,
    )
