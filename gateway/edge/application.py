"""The FastAPI application behind the front: every route that is not hot, and the OpenAPI document of all of them."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from fastapi import APIRouter, FastAPI

from gateway import routes
from gateway.edge.openapi import describe_hot_routes, describe_problems
from gateway.edge.openapi_credentials import describe_credentials
from gateway.edge.problem_handlers import OnFault, install_problem_handlers
from gateway.edge.problems import ProblemWriter
from gateway.routes.authzen_bodies import describe_hot_evaluations
from gateway.routes.interface import Interface
from gateway.routes.services import Services

VERSION = "0.1.0"


def build_application(services: Services, problems: ProblemWriter, on_fault: OnFault) -> FastAPI:
    """Put the routes together around `services`."""
    app = FastAPI(
        title="Volens",
        version=VERSION,
        openapi_url=None,  # `gateway.routes.interface` answers it
        docs_url=None,
        redoc_url=None,
        separate_input_output_schemas=False,
    )
    app.router.redirect_slashes = False  # tracking clients take a redirect for a delivery
    app.state.services = services
    for router in _routers():
        app.include_router(router)
    install_problem_handlers(app, problems, on_fault)
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            described = generate()
            describe_hot_routes(described)
            describe_hot_evaluations(described)
            describe_problems(described)
            describe_credentials(_routers(), described)
        document: dict[str, Any] = generate()
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way
    app.state.interface = Interface(openapi)
    return app


def _routers() -> Iterator[APIRouter]:
    """Those of `gateway.routes`, in the order of the modules' names; no two of them answer the same path."""
    for module in iter_modules(routes.__path__, f"{routes.__name__}."):
        router = getattr(import_module(module.name), "router", None)
        if isinstance(router, APIRouter):
            yield router
