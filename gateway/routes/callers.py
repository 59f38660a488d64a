"""Who calls a route, and whether they may."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Annotated

from fastapi import Depends, Request

from gateway.cors import find_origin
from gateway.errors import OriginRefusedError, RateLimitedError
from gateway.principals import Principal, find_authorization
from gateway.routes.bodies import services_of


def having(scope: str) -> Callable[[Request], Awaitable[Principal]]:
    """A dependency: the authenticated caller, who holds `scope`.

    Raises:
        CredentialsInvalidError: nobody we know.
        ScopeMissingError: somebody who may not.
        OriginRefusedError: a token that is bound to the pages of one origin comes from elsewhere.
        RateLimitedError: too fast.
    """

    async def authenticate(request: Request) -> Principal:
        services = services_of(request)
        authorization = find_authorization(request.scope["headers"])
        principal = await services.authenticator.authenticate(authorization, now=services.clock.now())
        principal.require(scope)
        if (
            principal.origin is not None
            and find_origin(request.scope["headers"]) != principal.origin.encode()
        ):
            raise OriginRefusedError
        wait = services.rates.wait_seconds(principal.bucket, monotonic())
        if wait:
            raise RateLimitedError(wait)
        return principal

    return authenticate


ConsentWriter = Annotated[Principal, Depends(having("consent:write"))]
ConsentReader = Annotated[Principal, Depends(having("consent:read"))]
Decider = Annotated[Principal, Depends(having("decide"))]
Searcher = Annotated[Principal, Depends(having("search"))]
Rights = Annotated[Principal, Depends(having("rights"))]
Editor = Annotated[Principal, Depends(having("editorial"))]
Admin = Annotated[Principal, Depends(having("admin"))]
