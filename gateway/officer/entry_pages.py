"""The pages about entries: a search, one entry in plain words, and the proof that it is in the log, to take along."""

from __future__ import annotations

import asyncio
from base64 import urlsafe_b64encode
from urllib.parse import urlencode

from starlette.responses import Response

from audit import Kind, ProofError, hash_leaf
from gateway.evidence.searching import Wanted
from gateway.officer.console import Console, Visit, show
from gateway.officer.filters import FilterRefusedError, day_text, outcomes, read_index, read_wanted, words_of
from gateway.officer.looks import Page
from gateway.pages.refusals import NoSuchPageError
from gateway.pages.rendering import download

_MOST_PARAMETERS = 8


async def entries(console: Console, visit: Visit) -> Response:
    """What was looked for, the newest first."""
    said = visit.request.query_params.multi_items()
    if len({name for name, _ in said}) != len(said) or len(said) > _MOST_PARAMETERS:
        raise FilterRefusedError
    wanted, before = read_wanted(dict(said), console.policy)
    found = await console.around.searching.find(wanted, before=before)
    chosen = _chosen(wanted)
    console.around.allowance.take(visit.officer, len(found.entries))
    return await show(
        console,
        visit,
        Page.ENTRIES,
        "entries.html",
        seen=words_of(wanted) | ({} if before is None else {"before": console.around.seen.reference(before)}),
        found=found,
        chosen=chosen,
        older=None if found.before is None else urlencode({**chosen, "before": found.before}),
        is_first=before is None,
        kinds=list(Kind),
        outcomes=outcomes(),
        purposes={rule.code: rule.id for rule in console.policy.entries},
    )


async def entry(console: Console, visit: Visit) -> Response:
    """One entry. Its place is sealed in the entry of the look: looks must not tie entries together for who reads the log."""
    index = read_index(visit.request.path_params["index"])
    found = await console.around.searching.entry(index)
    if found is None:
        raise NoSuchPageError
    raw, read = found
    console.around.allowance.take(visit.officer, 1)
    return await show(
        console,
        visit,
        Page.ENTRY,
        "entry.html",
        seen={"kind": read.kind.value, "seen": console.around.seen.reference(index)},
        index=index,
        entry=read,
        raw=raw.decode("ascii"),
        leaf=hash_leaf(raw).hex(),
        digests={
            name: urlsafe_b64encode(value).rstrip(b"=").decode()
            for name, value in (
                ("policy", read.policy),
                ("model", read.model),
                ("commitment", read.commitment),
                ("tag", read.tag),
            )
            if value is not None
        },
        size=console.around.sequencer.published_size,
        purposes={rule.code: rule.id for rule in console.policy.entries},
    )


async def proof(console: Console, visit: Visit) -> Response:
    """The proof that an entry is in the log (C2SP tlog-proof); also of one whose published bundle was pruned."""
    officer, index = visit.officer, read_index(visit.request.path_params["index"])
    await console.looks.note(officer, Page.PROOF, of="proof", seen=console.around.seen.reference(index))
    try:
        proven = await asyncio.to_thread(console.around.published.prove_place, index)
    except ProofError:
        raise NoSuchPageError from None
    return download(proven, "text/plain; charset=utf-8", f"entry-{index}.tlog-proof")


async def exact_bytes(console: Console, visit: Visit) -> Response:
    """An entry, byte for byte: what the proof is about."""
    officer, index = visit.officer, read_index(visit.request.path_params["index"])
    console.around.allowance.take(officer, 1)
    await console.looks.note(officer, Page.PROOF, of="entry", seen=console.around.seen.reference(index))
    found = await console.around.searching.entry(index)
    if found is None:
        raise NoSuchPageError
    return download(found[0], "application/json", f"entry-{index}.json")


def _chosen(wanted: Wanted) -> dict[str, str]:
    """The filter as the form and the address of the next page name it."""
    named = {
        "kind": None if wanted.kind is None else wanted.kind.value,
        "outcome": None if wanted.outcome is None else wanted.outcome.value,
        "purpose": wanted.purpose,
        "from": None if wanted.first_at is None else day_text(wanted.first_at),
        "to": None if wanted.end_at is None else day_text(wanted.end_at - 1),
    }
    return {name: value for name, value in named.items() if value is not None}
