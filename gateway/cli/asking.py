"""How a command asks a gateway: over HTTP while it runs, with the directory's own credentials; opened for the moment if not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.failures import complain

if TYPE_CHECKING:
    import httpx

    from gateway.settings.reading import Settings

TIMEOUT_SECONDS = 60.0

_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - nothing is bound here


@asynccontextmanager
async def asking(directory: Path, url: str | None, scope: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the gateway of this directory, with a token for `scope`; the gateway is opened if it does not run."""
    import httpx

    from gateway.bootstrap import open_gateway
    from gateway.settings.reading import load_settings

    settings = load_settings(directory)
    if is_running(settings):
        host = _EVERY_ADDRESS.get(settings.server.host, settings.server.host)
        base = url or f"http://{host}:{settings.server.port}"
        transport = httpx.AsyncHTTPTransport(trust_env=False)
        async with httpx.AsyncClient(base_url=base, transport=transport, timeout=TIMEOUT_SECONDS) as client:
            yield await _signed_in(client, settings, scope)
        return
    async with open_gateway(settings) as running:
        inside = httpx.ASGITransport(app=running.front)
        async with httpx.AsyncClient(base_url="http://127.0.0.1", transport=inside) as client:
            yield await _signed_in(client, settings, scope)


def is_running(settings: Settings) -> bool:
    """Whether a gateway has this directory open: it listens at the log's socket."""
    from audit import IntakeClient, LogUnavailableError

    try:
        IntakeClient(settings.directory / "volens.sock").close()
    except LogUnavailableError:
        return False
    return True


async def _signed_in(client: httpx.AsyncClient, settings: Settings, scope: str) -> httpx.AsyncClient:
    from gateway.callers.credentials import load_credentials

    credentials = load_credentials(settings.credentials_file)
    form = {"grant_type": "client_credentials", "scope": scope}
    who = (credentials.client_id, credentials.client_secret)
    token = good(await client.post("/oauth/token", data=form, auth=who)).json()["access_token"]
    client.headers["authorization"] = f"Bearer {token}"
    return client


def good(answer: httpx.Response) -> httpx.Response:
    """An answer that is one.

    Raises:
        typer.Exit: it is a problem; its title is ours and quotes nothing.
    """
    if answer.is_success:
        return answer
    raise complain(f"the gateway answered {answer.status_code}")
