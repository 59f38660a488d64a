"""A provider that others wrote (`oidc-provider`, unmodified) in a process of its own, and somebody who signs in there."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from tests.requirement import require, require_path

HERE = Path(__file__).parent
SECRET = "a secret+with/odd%signs"
ACTION = re.compile(r'<form[^>]*action="([^"]+)"')


def settings_for(group: str, port: int, secret: Path, more: str = "") -> str:
    """The lines of `volens.toml` for a provider at a port; `secret` is written."""
    secret.write_text(SECRET + "\n")
    return (
        f'\n[{group}]\noidc_issuer = "http://127.0.0.1:{port}"\noidc_client_id = "volens"\n'
        f'oidc_client_secret_file = "{secret}"\nsign_ins_per_minute = 1000\n{more}\n'
    )


@contextmanager
def running_provider(port: int, redirect: str) -> Iterator[None]:
    """The provider, ready; it stops when the block is left."""
    require_path(HERE / "node_modules" / "oidc-provider", "npm ci in tests/clients")
    arguments = [require("node"), "oidc_provider.mjs", str(port), redirect]
    provider = subprocess.Popen(
        arguments, cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert provider.stdout is not None
    try:
        assert any(line.strip() == "ready" for line in provider.stdout)
        yield
    finally:
        provider.terminate()
        provider.wait(90)
        provider.stdout.close()


def at_the_provider(http: httpx.Client, place: str, who: str) -> str:
    """Go from our page to the provider, say who one is, agree; the address that leads back."""
    answer = http.get(place)
    for _ in range(20):
        assert answer.status_code in (302, 303), answer.text
        to = str(answer.headers["location"])
        if urlsplit(to).path == f"{place}/return":
            return to
        answer = http.get(str(answer.url.join(to)))
        if answer.status_code == 200:
            action = ACTION.search(answer.text)
            assert action
            prompt = "login" if 'name="login"' in answer.text else "consent"
            form = {"prompt": prompt, "login": who, "password": "any"}
            answer = http.post(str(answer.url.join(action[1])), data=form)
    raise AssertionError("the provider never leads back")
