"""How a command asks a gateway: over HTTP while it runs, with the directory's own credentials; opened for the moment if not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gateway.cli.failures import complain

if TYPE_CHECKING:
    import httpx

    from gateway.settings.reading import Settings

TIMEOUT_SECONDS = 60.0
_MOST_TOLD = 500


@asynccontextmanager
async def asking(directory: Path, url: str | None, scope: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the gateway of this directory, with a token for `scope`; the gateway is opened if it does not run.

    Raises:
        typer.Exit: `url` is none, or nothing answers there that is a gateway; it has been said.
    """
    import httpx

    from gateway.bootstrap import open_gateway
    from gateway.settings.reading import load_settings

    settings = load_settings(directory)
    if is_running(settings):
        base = reached_at(settings) if url is None else checked_address(url)
        transport = httpx.AsyncHTTPTransport(trust_env=False)
        try:
            async with httpx.AsyncClient(
                base_url=base, transport=transport, timeout=TIMEOUT_SECONDS
            ) as client:
                yield await _signed_in(client, settings, scope)
        except httpx.TransportError as exc:
            raise complain(f"no gateway answers at {base}: say with --url where it runs") from exc
        return
    async with open_gateway(settings) as running:
        inside = httpx.ASGITransport(app=running.front)
        async with httpx.AsyncClient(base_url="http://127.0.0.1", transport=inside) as client:
            yield await _signed_in(client, settings, scope)


def is_running(settings: Settings) -> bool:
    """Whether a gateway has this directory open: it listens at the log's socket."""
    from audit import IntakeClient, LogUnavailableError

    try:
        IntakeClient(settings.intake_socket).close()
    except LogUnavailableError:
        return False
    return True


def reached_at(settings: Settings) -> str:
    """Where this machine reaches the gateway: at the address that the one that runs took, or that volens.toml gives."""
    from gateway.directory.listening import last_told, local_url

    told = last_told(settings.directory) if is_running(settings) else None
    return told or local_url(settings.server.host, settings.server.port)


async def _signed_in(client: httpx.AsyncClient, settings: Settings, scope: str) -> httpx.AsyncClient:
    from gateway.callers.credentials import load_credentials

    credentials = load_credentials(settings.credentials_file)
    form = {"grant_type": "client_credentials", "scope": scope}
    who = (credentials.client_id, credentials.client_secret)
    answer = good(await client.post("/oauth/token", data=form, auth=who))
    try:
        token = answer.json()["access_token"]
    except (ValueError, LookupError, TypeError) as exc:
        raise complain("what answers there is no gateway: say with --url where it runs") from exc
    client.headers["authorization"] = f"Bearer {token}"
    return client


def checked_address(url: str) -> str:
    """Scheme, host and port of a URL, and the path that a proxy has it under; no user and no password.

    Raises:
        typer.Exit: it is none.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in {"http", "https"} or "@" in parts.netloc or not url.isprintable():
        raise complain("--url is written like http://127.0.0.1:8080")
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def good(answer: httpx.Response) -> httpx.Response:
    """An answer that is one.

    Raises:
        typer.Exit: it is a problem (RFC 9457); its title and its detail are ours and quote nothing.
    """
    if answer.is_success:
        return answer
    raise complain(_told(answer) or f"what answers there is no gateway (status {answer.status_code})")


def _told(answer: httpx.Response) -> str:
    """Title and details of a problem, or what the token endpoint says (RFC 6749, 5.2); nothing if the answer is neither."""
    try:
        body = answer.json()
        places = [f"({each['pointer']}: {each['code']})" for each in body.get("errors", ())]
        title = body.get("title") or body["error_description"]
        said = [title, body.get("detail"), body.get("reason"), *places]
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""
    words = " ".join(str(each) for each in said if each)
    return words[:_MOST_TOLD] if words.isprintable() else ""
