"""A gateway that listens elsewhere than volens.toml says is found there by the commands beside it."""

from __future__ import annotations

from tests.gateway_process import Gateway, volens

CONFIGURED = "http://127.0.0.1:8080"


def printed_link(gateway: Gateway) -> str:
    done = volens("portal", "link", gateway.directory, stdin="ada\n")
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_links_and_commands_go_where_the_gateway_listens_while_it_does(gateway: Gateway) -> None:
    assert gateway.url != CONFIGURED
    assert printed_link(gateway).startswith(f"{gateway.url}/portal/sign-in#")
    listed = volens("scoring", "models", gateway.directory)
    assert listed.returncode == 0, listed.stderr
    gateway.kill()
    assert printed_link(gateway).startswith(f"{CONFIGURED}/portal/sign-in#"), "a killed one is nowhere"
    gateway.serve()
    assert printed_link(gateway).startswith(f"{gateway.url}/portal/sign-in#")
    assert gateway.stop() == 0
    assert printed_link(gateway).startswith(f"{CONFIGURED}/portal/sign-in#")
