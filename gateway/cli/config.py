"""The commands of `volens config`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.failures import complain, told

if TYPE_CHECKING:
    from gateway.errors import Mistake
    from gateway.settings.reading import Settings

config_commands = typer.Typer(no_args_is_help=True, help="Check the settings of a data directory.")


@config_commands.command("check")
@told()
def check_config(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A data directory.")],
) -> None:
    """Show every setting in force and where it comes from; check policy, releases, credentials, keys and tenants too."""
    from gateway.aggregates.opening import read_releases
    from gateway.callers.credentials import load_credentials
    from gateway.composing.opening import check_placements
    from gateway.directory.policy_file import read_policy, require_same_meaning
    from gateway.directory.writable import require_private
    from gateway.errors import SettingsError
    from gateway.routing import destinations_of
    from gateway.settings.reading import effective, load_settings
    from gateway.tenants import TenantFiles

    try:
        settings = load_settings(directory)
    except SettingsError as exc:
        raise complain(*map(_told, exc.findings)) from exc
    values = effective(settings)
    width = max(len(value.name) for value in values)
    for value in values:
        typer.echo(f"{value.name:<{width}}  {value.value}  ({value.source})")
    load_credentials(settings.credentials_file)
    policy = read_policy(settings.directory)
    require_same_meaning(settings.directory, policy)
    check_placements(settings, policy)
    destinations_of(settings.destinations, policy)
    require_private(settings.directory, settings.keys_dir)
    _check_keys(settings.keys_dir)
    _check_named(settings)
    read_releases(settings.directory)
    tenants = TenantFiles(settings.directory)
    for name in tenants.names():
        typer.echo(f"tenant {name}  {len(tenants.read(name).permits)} permits")
    _say_which_placements_never_draw(settings)
    _say_whether_devices_may_learn(settings)
    typer.echo("")
    typer.echo(f"settings, policy ({len(policy.purposes)} purposes), credentials and keys can be used")


def _check_keys(directory: Path) -> None:
    """Say of every key that cannot be used which it is.

    Raises:
        typer.Exit: there is one.
        KeyFileError: there is no key-encryption key that can be used.
    """
    from gateway.directory.init_directory import KEY_FILES
    from privacy import KeyFileError, load_key_file, load_key_ring

    found = []
    for name in KEY_FILES:
        try:
            load_key_file(directory / name)
        except KeyFileError as exc:
            found.append(str(exc))
    if found:
        raise complain(*found)
    load_key_ring(directory)


def _check_named(settings: Settings) -> None:
    """Read what the settings name, as the start does.

    Raises:
        GatewayError: something of it cannot be used.
        TrustPolicyError: the trust policy cannot be read.
    """
    from gateway.callers.operators import load_metrics_token
    from gateway.editorial.editor_keys import load_editor_keys
    from gateway.scorers import find_scorer
    from gateway.witness.opening import read_witnesses

    load_metrics_token(settings.metrics)
    load_editor_keys((each.id, each.key_file) for each in settings.editors)
    find_scorer(settings.model.scorer, choose_recipe=settings.model.choose_recipe)
    read_witnesses(settings)


def _say_which_placements_never_draw(settings: Settings) -> None:
    """Say of placements that explore and have a recipe of their own that nothing is drawn there."""
    recipes = {place.id: place.placement().recipe for place in settings.placements}
    for placement in settings.learning.placements:
        if placement.explore and not recipes[placement.id].is_plain:
            typer.echo(f"learning  {placement.id} has a recipe of its own: nothing is drawn there")


def _say_whether_devices_may_learn(settings: Settings) -> None:
    """Say it where something was served already: the items are in the records.

    Raises:
        typer.Exit: categories are named for the model of devices, and they are more than it holds.
    """
    from consent import ConsentError
    from gateway.bootstrap import view_catalogue
    from gateway.errors import FleetRefusedError, GatewayError
    from gateway.fleet.model_items import items_of_model

    try:
        catalogue = view_catalogue(settings)
    except (GatewayError, ConsentError):
        return  # nothing was served from here yet, or somebody is writing just now: rounds say it at their start
    try:
        found = items_of_model(catalogue, settings.federated.categories)
    except FleetRefusedError:
        why = (
            "more than 2,048 items, so devices cannot learn about them: federated.categories must name fewer"
        )
        if settings.federated.categories:
            raise complain(f"volens.toml federated.categories: {why}") from None
        typer.echo(f"devices  {why}")
        return
    typer.echo(f"devices  would learn about {len(found):,} items")


def _told(finding: Mistake) -> str:
    from gateway.settings.reading import SETTINGS_FILE

    return str(finding) if finding.where.startswith(SETTINGS_FILE) else f"{SETTINGS_FILE} {finding}"
