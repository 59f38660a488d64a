"""The `volens` program: its commands, and what its exit codes mean (`failures`)."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from inspect import unwrap
from typing import Annotated, get_type_hints

import click
import typer
import typer.main

from gateway.cli.audit import audit_commands
from gateway.cli.audit_export import disclose_entries, export_log
from gateway.cli.audit_proof import check_proof
from gateway.cli.audit_prune import prune_log
from gateway.cli.audit_witness import run_witness
from gateway.cli.config import config_commands
from gateway.cli.consent import consent_commands
from gateway.cli.demo import play_demo
from gateway.cli.experiments import experiments_commands
from gateway.cli.failures import INTERRUPTED, PROGRAM, misunderstood
from gateway.cli.federated import federated_commands
from gateway.cli.init import init_directory
from gateway.cli.keys import keys_commands
from gateway.cli.models import list_models, promote_model, roll_back_model
from gateway.cli.off_policy import evaluate_policy
from gateway.cli.officer import officer_commands
from gateway.cli.policies import compare_placement
from gateway.cli.policy import policy_commands
from gateway.cli.policy_load import load_rules
from gateway.cli.policy_notices import keep_notices
from gateway.cli.portal import portal_commands
from gateway.cli.privacy import privacy_commands
from gateway.cli.privacy_audit import audit_releases
from gateway.cli.records import records_commands
from gateway.cli.replay import replay_file
from gateway.cli.restore import restore_directory
from gateway.cli.rules import rules_commands
from gateway.cli.scoring import scoring_commands
from gateway.cli.serve import serve_directory
from gateway.cli.subject import subject_commands

app = typer.Typer(
    name=PROGRAM,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)

app.command("init")(init_directory)
app.command("serve")(serve_directory)
app.command("demo")(play_demo)
app.command("replay")(replay_file)
app.command("restore")(restore_directory)
privacy_commands.command("audit")(audit_releases)
policy_commands.command("load")(load_rules)
policy_commands.command("notices")(keep_notices)
audit_commands.command("export")(export_log)
audit_commands.command("disclose")(disclose_entries)
scoring_commands.command("ope")(evaluate_policy)
scoring_commands.command("policies")(compare_placement)
scoring_commands.command("models")(list_models)
scoring_commands.command("promote")(promote_model)
scoring_commands.command("rollback")(roll_back_model)
audit_commands.command("witness")(run_witness)
audit_commands.command("proof")(check_proof)
audit_commands.command("prune")(prune_log)
app.add_typer(policy_commands, name="policy")
app.add_typer(consent_commands, name="consent")
app.add_typer(audit_commands, name="audit")
app.add_typer(config_commands, name="config")
app.add_typer(keys_commands, name="keys")
app.add_typer(privacy_commands, name="privacy")
app.add_typer(federated_commands, name="federated")
app.add_typer(records_commands, name="records")
app.add_typer(portal_commands, name="portal")
app.add_typer(officer_commands, name="officer")
app.add_typer(scoring_commands, name="scoring")
app.add_typer(subject_commands, name="subject")
app.add_typer(rules_commands, name="rules")
app.add_typer(experiments_commands, name="experiments")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"{PROGRAM} {version(PROGRAM)}")
        raise typer.Exit


@app.callback()
def volens(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Volens: personalisation with permission. Start with `volens init DIR`, or see it all with `volens demo`."""


def program() -> click.Command:
    """All commands as one `click` command."""
    command = typer.main.get_command(app)
    _restore_help(command)
    return command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: without the program's name; None takes those of the process.

    Returns:
        The exit code; see `failures`.
    """
    try:
        code = program().main(
            args=None if arguments is None else list(arguments), prog_name=PROGRAM, standalone_mode=False
        )
    except click.exceptions.NoArgsIsHelpError as exc:
        exc.show()
        return exc.exit_code
    except click.UsageError as exc:
        return misunderstood(exc)
    except click.ClickException as exc:
        exc.show()
        return exc.exit_code
    except (click.Abort, KeyboardInterrupt):
        typer.echo("interrupted", err=True)
        return INTERRUPTED
    return code if isinstance(code, int) else 0


def _restore_help(command: click.Command) -> None:
    """Give arguments their help texts again: click 8.5 forgets what Typer 0.20 sets before the constructor runs."""
    if isinstance(command, click.Group):
        for child in command.commands.values():
            _restore_help(child)
        return
    hints = get_type_hints(unwrap(command.callback), include_extras=True) if command.callback else {}
    for parameter in command.params:
        if isinstance(parameter, click.Argument) and parameter.name in hints:
            parameter.help = hints[parameter.name].__metadata__[0].help
