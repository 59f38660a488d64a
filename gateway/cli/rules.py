"""`volens rules`: what rules there are and did, whether one could be saved, and what it would have done."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.failures import complain, told
from gateway.cli.printing import safe

if TYPE_CHECKING:
    from gateway.errors import Mistake

rules_commands = typer.Typer(no_args_is_help=True, help="Rules: list, check and dry-run them.")

Directory = Annotated[Path, typer.Argument(metavar="DIR", help="The data directory.")]
Url = Annotated[
    str | None,
    typer.Option("--url", help="Where the gateway runs. Default: the host and port of volens.toml."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


@rules_commands.command("list")
@told()
def list_rules(directory: Directory, url: Url = None, json_output: AsJson = False) -> None:
    """List the rules with what became of them: matches, fires, successes, suppressions by reason."""
    found = asyncio.run(_ask(directory, url, "GET", "/v1/rules"))
    if json_output:
        typer.echo(json.dumps(found))
        return
    for each in found["rules"]:
        typer.echo(_line(each))
    if not found["rules"]:
        typer.echo("no rules")


@rules_commands.command("show")
@told()
def show_rule(
    directory: Directory,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name of a saved rule.")],
    url: Url = None,
    json_output: AsJson = False,
) -> None:
    """Show one rule with what became of it, and what it brought against its holdout."""
    found = asyncio.run(_ask(directory, url, "GET", _path(name)))
    if json_output:
        typer.echo(json.dumps(found))
        return
    typer.echo(_line(found))
    lift = found["lift"]
    if lift is None:
        typer.echo("no holdout: nobody can say what it brought")
        return
    for arm in ("acted", "held_out"):
        typer.echo(f"{arm:<9} {lift[arm]['successes']:,} of {lift[arm]['people']:,} people")
    ends = lift["interval"]
    within = "no interval yet" if ends is None else f"between {ends[0]:+.4f} and {ends[1]:+.4f}"
    typer.echo(f"lift      {lift['difference']:+.4f}, {within} (p {lift['p']:.3g}): {lift['verdict']}")


@rules_commands.command("check")
@told()
def check_rule(
    directory: Directory,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", exists=True, dir_okay=False, help="A rule as JSON, as PUT /v1/rules takes it."
        ),
    ],
    url: Url = None,
) -> None:
    """Say whether a rule could be saved under the policy of this directory. Exit code 1, with every finding, if not."""
    findings = asyncio.run(_findings(directory, url, file.read_bytes()))
    for finding in findings:
        typer.echo(f"{safe(finding.where) or 'the rule'}: {finding.code}")
    if findings:
        raise complain("the rule cannot be saved as it is")
    typer.echo("the rule can be saved")


@rules_commands.command("dry-run")
@told()
def dry_run(
    directory: Directory,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name of a saved rule.")],
    hours: Annotated[
        int, typer.Option("--hours", min=1, max=744, help="Try it on what was recorded in so many hours.")
    ] = 24,
    url: Url = None,
    json_output: AsJson = False,
) -> None:
    """Try a saved rule on what was recorded, through consent as it stands now. Nothing is done or remembered."""
    found = asyncio.run(_ask(directory, url, "POST", _path(name, "/dry-run"), {"hours": hours}))
    if json_output:
        typer.echo(json.dumps(found))
        return
    suppressed = found.pop("suppressed")
    for what, number in found.items():
        typer.echo(f"{what:<12} {number:,}")
    typer.echo(f"{'suppressed':<12} {_reasons(suppressed)}")


def _line(rule: Mapping[str, Any]) -> str:
    numbers, said = rule["statistics"], rule["rule"]
    if rule["in_force"]:
        state = "in force"
    else:
        state = "not enabled" if not said["enabled"] else "not in force: the policy does not cover it"
    return (
        f"{safe(rule['id'])}  {safe(said['purpose'])}  {state}  matches {numbers['matches']:,}  fires {numbers['fires']:,}  "
        f"successes {numbers['conversions']:,}  suppressed {_reasons(numbers['suppressed'])}"
    )


def _reasons(suppressed: Mapping[str, int]) -> str:
    return ", ".join(f"{reason} {n:,}" for reason, n in sorted(suppressed.items())) or "never"


def _path(name: str, more: str = "") -> str:
    from urllib.parse import quote

    return f"/v1/rules/{quote(name, safe='')}{more}"


async def _ask(directory: Path, url: str | None, method: str, path: str, body: Any = None) -> dict[str, Any]:
    from gateway.cli.asking import asking, good

    async with asking(directory, url, "admin") as client:
        answer = await client.request(method, path, json=body)
        if answer.status_code in (404, 422) and path != "/v1/rules":
            raise complain("there is no such rule (volens rules list names those there are)")
        return dict(good(answer).json())


async def _findings(directory: Path, url: str | None, raw: bytes) -> list[Mistake]:
    """Everything that is wrong with a rule."""
    from pydantic import ValidationError

    from gateway.directory.policy_file import read_policy
    from gateway.errors import Mistake
    from gateway.rules.bodies import RuleBody
    from gateway.rules.checking import DefinitionInvalidError, read_rule

    try:
        body = RuleBody.model_validate_json(raw)
    except ValidationError as invalid:
        return [Mistake("/".join(map(str, each["loc"])), each["type"]) for each in invalid.errors()]
    segments: dict[str, str] = {}
    if body.group is not None or "in_segment" in body.when:
        found = await _ask(directory, url, "GET", "/v1/segments")
        segments = {each["id"]: each["segment"]["purpose"] for each in found["segments"]}
    try:
        read_rule("checked", body, read_policy(directory), segments, 0, 0)
    except DefinitionInvalidError as invalid:
        return invalid.findings
    return []
