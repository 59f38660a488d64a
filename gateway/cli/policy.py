"""The commands of `volens policy`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.failures import complain, told
from gateway.cli.simulate import simulate_policy

if TYPE_CHECKING:
    from consent import Policy

policy_commands = typer.Typer(
    no_args_is_help=True, help="Check, compare and simulate policies; load rules of tenants."
)

policy_commands.command("simulate")(simulate_policy)


@policy_commands.command("check")
@told()
def check_policy(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The policy file to check.")
    ],
    against: Annotated[
        Path | None,
        typer.Option(
            "--against", metavar="DIR", help="Also explain what it changes against the policy in force there."
        ),
    ] = None,
) -> None:
    """Check a policy file, and explain what it would change. Exit code 1 if it is wrong or must not be loaded."""
    from consent import breaks_what_is_stored, explain_change
    from gateway.directory.policy_file import read_policy_in_force

    policy = _read(file)
    if policy is None:
        raise typer.Exit(1)
    _describe(policy)
    if against is None:
        return
    changes = explain_change(read_policy_in_force(against), policy)
    typer.echo("")
    typer.echo("against the policy in force:" if changes else "against the policy in force: no difference")
    for change in changes:
        typer.echo(f"  {change.weight.value:<8} {change.subject or 'the policy'} {change.text}")
    if breaks_what_is_stored(changes):
        raise complain("this policy must not be loaded: what is stored would mean something else")


def _read(file: Path) -> Policy | None:
    """The policy, or None after its problems were told."""
    from consent import PolicyError, parse_policy
    from gateway.errors import DirectoryError

    try:
        return parse_policy(file.read_bytes())
    except OSError as exc:
        raise DirectoryError("the policy file cannot be read") from exc
    except PolicyError as exc:
        for problem in exc.problems:
            typer.echo(f"{problem.pointer or 'the file'}: {problem.problem}", err=True)
        complain(f"{len(exc.problems)} problem{'s' if len(exc.problems) != 1 else ''} found")
        return None


def _describe(policy: Policy) -> None:
    typer.echo(f"digest  {policy.digest_text}")
    typer.echo(f"notice  {policy.notice_version}")
    typer.echo("")
    typer.echo("bit code version basis                 id")
    for purpose in policy.purposes:
        head = f"{purpose.bit:>3} {purpose.code:<4} {purpose.version:>7}"
        typer.echo(f"{head} {purpose.legal_basis.value:<21} {purpose.id}")
    for condition in policy.conditions:
        typer.echo(
            f"{condition.bit:>3} {condition.code:<4} {condition.version:>7} {'condition':<21} {condition.id}"
        )
