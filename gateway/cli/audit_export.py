"""`volens audit export` and `volens audit disclose`: what of the log is handed out, and the entry that says so.

Both work beside a running gateway (its socket takes the entry) and without one (the log is opened for the moment).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gateway.cli.appending import append_entry
from gateway.cli.failures import told
from gateway.cli.new_file import new_file

if TYPE_CHECKING:
    from audit import NoteVerifier
    from consent import Policy
    from gateway.reporting.manifest import Manifest
    from gateway.reporting.query import Query
    from gateway.reports.withdrawals import Withdrawals as Followed
    from gateway.settings.reading import Settings

Directory = Annotated[
    Path, typer.Argument(metavar="DIR", help="A data directory; its gateway may be running.")
]
Words = list[str] | None


Out = Annotated[Path, typer.Option("--out", metavar="PATH", help="The directory to create.")]
Form = Annotated[
    Literal["parquet", "csv", "jsonl", "html"], typer.Option("--format", help="File format of the rows.")
]
Since = Annotated[
    str | None,
    typer.Option("--from", metavar="TIME", help="Entries from this time on: a date or ISO 8601, UTC."),
]
Before = Annotated[
    str | None,
    typer.Option("--to", metavar="TIME", help="Entries before this time: a date or ISO 8601, UTC."),
]
PurposeOption = Annotated[Words, typer.Option("--purpose", help="A purpose of the policy. Repeatable.")]
KindOption = Annotated[
    Words, typer.Option("--kind", help="A kind of entry (docs/audit-format.md). Repeatable.")
]
OutcomeOption = Annotated[Words, typer.Option("--outcome", help="An outcome (docs/outcomes.md). Repeatable.")]
SourceOption = Annotated[
    Words, typer.Option("--source", help="The rule or segment an entry is of. Repeatable.")
]
Withdrawals = Annotated[
    bool,
    typer.Option(
        "--withdrawals",
        help="Also report what followed each withdrawal: reads the people's keys and the whole log.",
    ),
]
PersonOption = Annotated[
    bool, typer.Option("--person", help="Only entries of one person, whose id is read from standard input.")
]
Anonymous = Annotated[bool, typer.Option("--anonymous", help="The id is that of a browser or device.")]
AnchorOption = Annotated[
    Path | None,
    typer.Option(
        "--anchor",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="A checkpoint that whoever gets the export has kept: it will prove that the log continues that one.",
    ),
]
LanguageOption = Annotated[
    Literal["en", "de", "fr"], typer.Option("--lang", help="The language of the report.")
]


@told()
def export_log(
    directory: Directory,
    *,
    out: Out,
    encoding: Form = "parquet",
    since: Since = None,
    before: Before = None,
    purpose: PurposeOption = None,
    kind: KindOption = None,
    outcome: OutcomeOption = None,
    source: SourceOption = None,
    person: PersonOption = False,
    anonymous: Anonymous = False,
    anchor: AnchorOption = None,
    withdrawals: Withdrawals = False,
    language: LanguageOption = "en",
) -> None:
    """Export entries of the log, with the proof that none of the range is missing. The export is itself logged.

    PATH can be checked by anybody: volens audit verify PATH, or the programs in sdk/verify.
    """
    import time
    from importlib.metadata import version

    from gateway.directory.policy_file import read_policy
    from gateway.reporting.encodings import Encoding
    from gateway.reporting.exporting import Order, make_export
    from gateway.reports.writing import report_writer
    from gateway.settings.reading import load_settings

    settings = load_settings(directory)
    policy = read_policy(settings.directory)
    places = _places_of_one(settings, anonymous=anonymous) if person else None
    words = {"kinds": kind, "outcomes": outcome, "purposes": purpose, "sources": source}
    query = _query(policy, since, before, words, of_one=person)
    order = Order(
        log=settings.directory / "log",
        out=out.absolute(),
        query=query,
        encoding=Encoding(encoding),
        made_at=int(time.time()),
        program=f"volens {version('volens')}",
        places=places,
        anchor=None if anchor is None else anchor.read_bytes(),
        known_purposes=frozenset(entry.code for entry in policy.entries),
        other_keys=() if anchor is None else _other_keys(settings),
    )
    follow = partial(_follow, settings) if withdrawals else None
    with _shown_progress() as progress:
        manifest = make_export(
            order, _recorder(settings), report_writer(policy, settings, follow, language), progress
        )
    _describe(manifest, order.log)


@told()
def disclose_entries(
    directory: Directory,
    index: Annotated[list[int], typer.Option("--index", help="The index of an entry. Repeatable.")],
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="The file to write; it must not exist yet.")
    ],
) -> None:
    """Answer a challenge: show entries that an export hides, each with its proof. This is itself logged.

    volens audit verify EXPORT --disclosed FILE holds them to the export.
    """
    from gateway.reporting.disclosure import disclose
    from gateway.reporting.manifest import digest_of
    from gateway.settings.reading import load_settings

    settings = load_settings(directory)
    with new_file(out) as file:
        data = disclose(settings.directory / "log", index)
        shown = sorted(set(index))
        about: dict[str, str | int] = {
            "act": "disclosure",
            "encoding": "json",
            "manifest": digest_of(data),
            "rows": len(shown),
        }
        _recorder(settings)({**about, "first": shown[0], "until": shown[-1] + 1})
        file.write(data)
    typer.echo(f"disclosed {len(shown):,} entries")


def _other_keys(settings: Settings) -> tuple[NoteVerifier, ...]:
    """What signs the log beside the key in use, and what signed it before."""
    from gateway.signing_keys.log_keys import load_log_signer, retired_log_keys

    origin = settings.log.origin
    beside = load_log_signer(settings.keys_dir, origin).verifiers[1:]
    return (*beside, *retired_log_keys(settings.keys_dir, origin))


def _describe(manifest: Manifest, log: Path) -> None:
    from audit import read_announced

    typer.echo(f"log       {manifest.log}, {manifest.log_size:,} entries")
    typer.echo(f"range     {manifest.first:,} to {manifest.until - 1:,}")
    typer.echo(f"rows      {manifest.rows:,} selected, {manifest.hidden:,} hidden behind their hashes")
    typer.echo(f"written   {sum(file.size for file in manifest.files):,} bytes, and the log says so")
    kept = read_announced(log)
    if kept.index and manifest.first == kept.index:
        typer.echo(
            f"volens: older entries were pruned (entry {kept.announced} says so): those below {kept.index} are not in this "
            "export, whatever their time was",
            err=True,
        )


def _query(
    policy: Policy, since: str | None, before: str | None, words: Mapping[str, Words], *, of_one: bool
) -> Query:
    """What was asked for, as it stands in the manifest: purposes by their codes."""
    from msgspec import UNSET

    from gateway.reporting.query import Query, moment_of

    codes = {entry.id: entry.code for entry in policy.entries}
    return Query(
        since=moment_of(since),
        before=moment_of(before),
        kinds=tuple(words["kinds"] or ()),
        outcomes=tuple(words["outcomes"] or ()),
        purposes=tuple(codes.get(name, name) for name in words["purposes"] or ()),
        sources=tuple(words["sources"] or ()),
        one_person=of_one or UNSET,
    )


def _places_of_one(settings: Settings, *, anonymous: bool) -> tuple[int, ...]:
    """Where the entries of the person on standard input are, with those of devices linked to them."""
    from gateway.bootstrap import open_past
    from gateway.cli.one_person import id_given
    from gateway.reports.own_places import places_of
    from privacy import Pseudonymiser, load_key_file

    pseudonyms = Pseudonymiser(load_key_file(settings.keys_dir / "lookup.key"))
    given = id_given()
    ref = pseudonyms.anonymous(given) if anonymous else pseudonyms.known(given)
    with open_past(settings) as past:
        theirs = {ref, *(link.anonymous for link in past.links() if link.known == ref)}
        keys = [row.evidence_key for row in past.people() if row.subject in theirs]
        return places_of(keys, past.entries(), past.first_numbers) if keys else ()


def _follow(settings: Settings, first: int, until: int) -> Followed:
    """What followed each no, with the people's keys."""
    from gateway.bootstrap import open_past
    from gateway.reports.withdrawals import follow_withdrawals

    with open_past(settings) as past:
        people = ((row.subject, row.subject_id, row.evidence_key) for row in past.people())
        known = past.first_numbers.people(people)
        return follow_withdrawals(known, past.entries, first, until)


def _recorder(settings: Settings) -> Callable[[Mapping[str, str | int]], int]:
    """Puts an `export` entry into the log."""
    from audit import Kind

    return partial(append_entry, settings, Kind.EXPORT)


@contextmanager
def _shown_progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error, where a person looks at it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    with Progress(
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
