"""Signing in at an OpenID provider, as pages do it: off to it with a cookie, back with its answer.

The cookie that ties an attempt to its browser is `Lax`: the way back is begun by another site.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from starlette.requests import Request
from starlette.responses import Response

from gateway.errors import CredentialsInvalidError
from gateway.pages.cookies import forget_cookie, set_cookie
from gateway.pages.oidc import ATTEMPT_SECONDS, Attempts, SignedIn
from gateway.pages.oidc_provider import Provider
from gateway.pages.own_address import OwnAddress
from gateway.pages.rendering import redirect
from gateway.settings.oidc import OidcSettings


class ProviderSignIn:
    """The sign-ins of one set of pages at one provider. Lives on the event loop."""

    def __init__(self, provider: Provider, attempts: Attempts, address: OwnAddress, return_path: str) -> None:
        """Send people to `provider`, who come back to `return_path` at `address`."""
        self._provider = provider
        self._attempts = attempts
        self._address = address
        self._return_path = return_path

    async def go(self, request: Request, *, now: int) -> Response:
        """Off to the provider, whose address is the configured one's own.

        Args:
            request: for one of our pages.
            now: unix seconds.

        Raises:
            UnavailableError: the provider cannot be asked where its people sign in.
        """
        base = self._address.base_url(request.headers.get("host"))
        name, attempt = self._attempts.begin(f"{base}{self._return_path}", now=now)
        response = redirect(await self._provider.authorisation_url(attempt, now=now))
        set_cookie(
            self._address, response, self._address.sign_in_cookie, name, ATTEMPT_SECONDS, same_site="lax"
        )
        return response

    async def come_back(self, request: Request, *, now: int) -> SignedIn | None:
        """What the provider says of whoever comes back; None if that does not hold. It uses the attempt up.

        Args:
            request: for the return path.
            now: unix seconds.

        Raises:
            UnavailableError: the provider cannot be asked.
        """
        said = request.query_params
        state, code = said.getlist("state"), said.getlist("code")
        name = request.cookies.get(self._address.sign_in_cookie)
        attempt = self._attempts.take(name, state[0] if len(state) == 1 else "", now=now)
        if attempt is None or len(code) != 1 or not self._provider.is_issuer(said.get("iss")):
            return None
        try:
            return await self._provider.sign_in(attempt, code[0], now=now)
        except CredentialsInvalidError:
            return None

    def forget(self, response: Response) -> None:
        """End the attempt's cookie."""
        forget_cookie(self._address, response, self._address.sign_in_cookie, same_site="lax")


def open_provider_sign_in(
    settings: OidcSettings,
    address: OwnAddress,
    return_path: str,
    entropy: Callable[[int], bytes],
    acr_values: Iterable[str] = (),
) -> ProviderSignIn | None:
    """The provider's sign-in, if one is configured; the secret's file may end in a line break.

    Args:
        settings: the provider, and who we are to it.
        address: where our pages are reached.
        return_path: where people come back to.
        entropy: random bytes by length.
        acr_values: how well people are to be authenticated, if that is asked for.

    Raises:
        OSError: the file cannot be read.
    """
    if settings.oidc_client_secret_file is None:
        return None
    secret = settings.oidc_client_secret_file.read_text().strip()
    provider = Provider(settings, secret, acr_values=acr_values)
    return ProviderSignIn(provider, Attempts(entropy), address, return_path)
