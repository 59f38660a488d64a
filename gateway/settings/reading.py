"""`volens.toml`, read once, checked whole, and passed on in small slices.

- The file is the single source. The environment may only say where keys and secrets lie: `VOLENS_KEYS_DIR`,
  `VOLENS_CREDENTIALS_FILE`, `VOLENS_METRICS_TOKEN_FILE`.
- An unknown setting, a value of another type, or one outside its limits stops the start: nothing is guessed.
- Errors name settings, never values.
- Nothing is created here; `volens init` does that.

Must not know: what the settings are used for.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, Strict, ValidationError, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from gateway.errors import DirectoryIncompleteError, DirectoryMissingError, Mistake, SettingsError
from gateway.settings.budget import BudgetSettings
from gateway.settings.environment import ENVIRONMENT, EnvironmentPaths
from gateway.settings.fleet import FederatedSettings
from gateway.settings.groups import (
    AuthzenSettings,
    Cors,
    Dedupe,
    DestinationSettings,
    FlagSettings,
    HistorySettings,
    IssuerSettings,
    Limits,
    Log,
    MetricsSettings,
    ModelSettings,
    RateLimitSettings,
    Server,
    TokenSettings,
    place,
)
from gateway.settings.learning import LearningSettings
from gateway.settings.notifications import NotificationSettings
from gateway.settings.officer import OfficerSettings
from gateway.settings.placements import CompositionSettings, EditorSettings, PlacementSettings
from gateway.settings.portal import PortalSettings
from gateway.settings.reference import render
from gateway.settings.values import Location
from gateway.settings.wording import say

SETTINGS_FILE = "volens.toml"
CREDENTIALS_FILE = "credentials.json"
UNFINISHED_MARK = ".initialising"
"""The file that stands in a directory while `init` is at work."""

_MAX_FILE_BYTES = 1 << 20
_HOME = (PlacementSettings(id="home"),)


class Settings(BaseSettings):
    """Everything that can be configured."""

    model_config = SettingsConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    directory: Location
    """The data directory; given on the command line, never in the file."""
    keys_dir: Location
    """The keys directory, outside the data directory. By default its sibling: the same name with `.keys`."""
    credentials_file: Location
    """The credentials. By default `credentials.json` in the data directory."""
    server: Server = Server()
    """Where the gateway listens."""
    authzen: AuthzenSettings = AuthzenSettings()
    """The policy decision point."""
    flags: FlagSettings = FlagSettings()
    """Flags, experiments, and pushes to pages."""
    log: Log
    """The transparency log."""
    limits: Limits = Limits()
    """What a single request may ask for."""
    dedupe: Dedupe = Dedupe()
    """Which events are recognised as duplicates."""
    history: HistorySettings = HistorySettings()
    """How a person's history counts."""
    model: ModelSettings = ModelSettings()
    """Training of the shared model."""
    learning: LearningSettings = LearningSettings()
    """Learning from what was shown."""
    federated: FederatedSettings = FederatedSettings()
    """Learning on people's devices."""
    budget: BudgetSettings = BudgetSettings()
    """The books of what published numbers cost people."""
    rate_limits: RateLimitSettings = RateLimitSettings()
    """How fast one source may be."""
    tokens: TokenSettings = TokenSettings()
    """The tokens that the gateway issues."""
    cors: Cors = Cors()
    """Which web pages may call."""
    metrics: MetricsSettings = MetricsSettings()
    """Who may read `/metrics`."""
    portal: PortalSettings = PortalSettings()
    """The preference portal."""
    officer: OfficerSettings = OfficerSettings()
    """The officers' console."""
    notifications: NotificationSettings = NotificationSettings()
    """How often and when rules may notify a person."""
    placements: Annotated[tuple[PlacementSettings, ...], Strict(False)] = _HOME
    """Places where slates are shown."""
    composition: CompositionSettings = CompositionSettings()
    """What composed slates go by."""
    editors: Annotated[tuple[EditorSettings, ...], Strict(False)] = ()
    """Who decides of slates."""
    issuers: Annotated[tuple[IssuerSettings, ...], Strict(False)] = ()
    """Outside issuers whose tokens are accepted."""
    destinations: Annotated[tuple[DestinationSettings, ...], Strict(False)] = ()
    """Where permitted signals are routed."""

    @property
    def intake_socket(self) -> Path:
        """Where other processes of the same user append to the log of a gateway that runs."""
        return self.directory / "volens.sock"

    @property
    def token_issuer(self) -> str:
        """The `iss` and `aud` of our own tokens."""
        return self.tokens.issuer or self.log.origin

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for listed in (self.placements, self.editors, self.issuers, self.destinations):
            ids = [entry.id for entry in listed]
            if len(set(ids)) != len(ids):
                raise PydanticCustomError("id_not_unique", "every id once")
        names = [entry.issuer for entry in self.issuers]
        if len(set(names)) != len(names) or self.token_issuer in names:
            raise PydanticCustomError("issuer_not_unique", "every issuer once, and none of them our own")
        if not {each.id for each in self.learning.placements} <= {each.id for each in self.placements}:
            raise PydanticCustomError("placement_unknown", "what learns is one of the placements")
        if self.keys_dir.resolve().is_relative_to(self.directory.resolve()):
            raise PydanticCustomError("keys_inside_directory", "the keys must lie outside the data directory")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the framework's signature
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The closed list of environment variables, then the file; nothing else."""
        return EnvironmentPaths(settings_cls), init_settings


@dataclass(frozen=True, slots=True)
class EffectiveValue:
    """One setting as it is in force."""

    name: str
    """As in `limits.max_slate` or `placements[0].id`."""
    value: str
    """The value in effect."""
    source: str
    """Where it comes from: `default`, `volens.toml`, the name of an environment variable, or `command line`."""


def load_settings(directory: Path) -> Settings:
    """Read `volens.toml` of a data directory.

    Raises:
        DirectoryError: there is no such directory, or an `init` was interrupted in it.
        SettingsError: the file cannot be used.
    """
    directory = directory.absolute()
    if not directory.is_dir():
        raise DirectoryMissingError
    if (directory / UNFINISHED_MARK).exists():
        raise DirectoryIncompleteError(
            "an init was interrupted here: remove the directories and run it again"
        )
    return parse_settings(_read(directory / SETTINGS_FILE), directory)


def parse_settings(text: str, directory: Path) -> Settings:
    """Check the text of a `volens.toml` that belongs to `directory`.

    Raises:
        SettingsError: it cannot be used.
    """
    # NOTE: `from None` throughout, because a parser's error shows what it could not parse.
    try:
        tables = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as exc:
        raise SettingsError([Mistake(_line_of(exc), "not_toml")]) from None
    if "directory" in tables:
        raise SettingsError([Mistake("directory", "extra_forbidden")])
    beside = {
        "keys_dir": str(default_keys_dir(directory)),
        "credentials_file": str(directory / CREDENTIALS_FILE),
    }
    try:
        settings = Settings(**{"directory": str(directory), **beside, **place(tables, directory)})
    except ValidationError as exc:
        raise SettingsError([_finding(error) for error in _errors_of(exc)]) from None
    settings.model_fields_set.difference_update(name for name in beside if name not in tables)
    return settings


def default_keys_dir(directory: Path) -> Path:
    """Where keys lie when nothing else is said: beside the data directory, never in it."""
    return directory.with_name(directory.name + ".keys")


def effective(settings: Settings) -> list[EffectiveValue]:
    """Every setting in force with its source, in the order of the reference."""
    from_environment = {".".join(path): name for name, path in ENVIRONMENT.items() if os.environ.get(name)}
    found = []
    for name, value, is_set in _walk(settings, ""):
        source = SETTINGS_FILE if is_set else "default"
        if name == "directory":
            source = "command line"
        found.append(EffectiveValue(name, _show(value), from_environment.get(name, source)))
    return found


def render_reference() -> str:
    """The text of docs/settings.md."""
    return render(Settings, environment={name: ".".join(path) for name, path in ENVIRONMENT.items()})


def _walk(group: BaseModel, prefix: str) -> Iterator[tuple[str, Any, bool]]:
    for name in type(group).model_fields:
        value = getattr(group, name)
        is_set = name in group.model_fields_set
        if isinstance(value, BaseModel):
            yield from _walk(value, f"{prefix}{name}.")
        elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
            for position, entry in enumerate(value):
                for path, leaf, leaf_is_set in _walk(entry, f"{prefix}{name}[{position}]."):
                    yield path, leaf, is_set and leaf_is_set
        else:
            yield prefix + name, value, is_set


def _show(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, frozenset):
        return ", ".join(sorted(map(str, value))) or "none"
    return str(value)


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_FILE_BYTES + 1)
    except OSError:
        raise SettingsError([Mistake(SETTINGS_FILE, "missing_or_unreadable")]) from None
    if len(content) > _MAX_FILE_BYTES:
        raise SettingsError([Mistake(SETTINGS_FILE, "too_large")])
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise SettingsError([Mistake(SETTINGS_FILE, "not_utf_8")]) from None


def _line_of(error: BaseException) -> str:
    line = re.search(r"\(at line (\d+), column \d+\)", str(error))
    return f"{SETTINGS_FILE} line {line[1]}" if line else SETTINGS_FILE


def _errors_of(error: ValidationError) -> Iterable[Any]:
    return error.errors(include_input=False, include_context=False, include_url=False)


def _finding(error: Any) -> Mistake:
    parts = (f"[{part}]" if isinstance(part, int) else f".{_name(part)}" for part in error["loc"])
    return Mistake(
        "".join(parts).lstrip(".") or SETTINGS_FILE, error["type"], say(error["type"], error["msg"])
    )


def _name(part: str) -> str:
    """A setting's name as written in the file; an unknown one is shown only if it looks like a name."""
    return part if re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,40}", part) else "?"
