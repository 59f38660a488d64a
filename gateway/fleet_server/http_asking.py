"""How a process of the fleet asks the gateway: over HTTP, with the directory's credentials, its token renewed when it ran out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from federated.driving import ControllerError
from gateway.callers.credentials import Credentials

TIMEOUT_SECONDS = 60.0


class HttpAsking:
    """Asks one gateway, as an administrator. Not for several threads."""

    def __init__(self, url: str, credentials: Credentials) -> None:
        """Ask the gateway at `url`."""
        self._client = httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS, trust_env=False)
        self._who = (credentials.client_id, credentials.client_secret)

    def close(self) -> None:
        """Hang up on the gateway."""
        self._client.close()

    def __call__(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """The answer's body.

        Raises:
            ControllerError: the gateway refuses (`reason`), or cannot be reached.
        """
        try:
            answer = self._client.request(method, path, json=body)
            if answer.status_code == httpx.codes.UNAUTHORIZED:
                self._sign_in()
                answer = self._client.request(method, path, json=body)
            found = answer.json() if answer.content else {}
        except (httpx.HTTPError, ValueError) as exc:
            raise ControllerError("unreachable") from exc
        if not answer.is_success:
            raise ControllerError(str(found.get("reason", "problem")))
        return dict(found)

    def _sign_in(self) -> None:
        form = {"grant_type": "client_credentials", "scope": "admin"}
        answer = self._client.post("/oauth/token", data=form, auth=self._who)
        answer.raise_for_status()
        self._client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
