"""What every test gets: Hypothesis profiles, a guard against the outside network, data sets, real gateways."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests import network_guard
from tests.browsers import browser  # noqa: F401  # a fixture
from tests.gateway_process import Gateway, Gateways
from tests.requirement import datasets_directory, whole_campaign

SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.data_too_large]

settings.register_profile(
    "sample", max_examples=60, derandomize=True, deadline=None, suppress_health_check=SLOW_IS_FINE
)
settings.register_profile("wander", max_examples=150, deadline=None, suppress_health_check=SLOW_IS_FINE)
settings.register_profile("campaign", max_examples=3_000, deadline=None, suppress_health_check=SLOW_IS_FINE)
settings.load_profile("campaign" if whole_campaign() else "sample")

network_guard.install()


def pytest_configure() -> None:
    """Refuse to test the source tree when it is the installed wheel that should be tested."""
    if os.environ.get("VOLENS_INSTALLED") == "1":
        import gateway

        home = Path(str(gateway.__file__)).resolve()
        if not home.is_relative_to(Path(sys.prefix).resolve()):
            raise pytest.UsageError(
                "VOLENS_INSTALLED=1, but the packages imported are not the installed ones"
            )


@pytest.fixture(scope="session")
def datasets() -> Path:
    """The folder of recorded data sets."""
    return datasets_directory()


@pytest.fixture
def gateways(tmp_path: Path) -> Iterator[Gateways]:
    """Makes real gateways in processes of their own; see `tests.gateway_process`."""
    made = Gateways(tmp_path)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def gateway(gateways: Gateways) -> Gateway:
    """A real gateway, freshly initialised and ready."""
    return gateways.start()
