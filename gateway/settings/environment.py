"""What the environment may say of settings: a closed list of paths, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

ENVIRONMENT = {
    "VOLENS_KEYS_DIR": ("keys_dir",),
    "VOLENS_CREDENTIALS_FILE": ("credentials_file",),
    "VOLENS_METRICS_TOKEN_FILE": ("metrics", "token_file"),
}
"""What the environment may say, and which setting it replaces."""


class EnvironmentPaths(PydanticBaseSettingsSource):
    """The variables of `ENVIRONMENT`."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002
        """Not used: `__call__` gives all values at once."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """The settings that the environment gives."""
        found: dict[str, Any] = {}
        for name, (first, *rest) in ENVIRONMENT.items():
            value = os.environ.get(name)
            if value:
                absolute = str(Path(value).absolute())
                found[first] = {rest[0]: absolute} if rest else absolute
        return found
