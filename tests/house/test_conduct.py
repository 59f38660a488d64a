"""Rules of conduct that no linter knows: where the clock, chance, the journal, SQL and broad excepts may stand."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.house.source import PACKAGES, Module, dotted, functions, imports, modules

CLOCKS = {"gateway/bootstrap.py", "gateway/clock.py", "gateway/serving.py"}
"""Files that may read the wall clock; everywhere else `now` is an argument."""
PROGRAMS = ("gateway/__main__.py", "gateway/cli/", "gateway/demo/", "gateway/replay/")
"""Programs a person runs: they may read the clock, and import what one command alone needs inside it."""
READS_CLOCK = re.compile(
    r"(^|\.)(datetime\.(now|utcnow|today)|date\.today|time\.(time|time_ns|localtime|gmtime|ctime))$"
)
CHANCE = re.compile(
    r"^(random\.(?!Random$|SystemRandom$)|(np|numpy)\.random\.(?!default_rng$|Generator$|SeedSequence$|PCG64))"
)
SQL = re.compile(
    r"^\s*(SELECT\b.+\bFROM|INSERT\s+(OR\s+\w+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|"
    r"(CREATE|DROP|ALTER)\s+(TABLE|INDEX)|PRAGMA\s+\w+|BEGIN\s+IMMEDIATE)",
    re.IGNORECASE | re.DOTALL,
)
SQL_LIBRARIES = ("sqlalchemy", "sqlmodel", "sqlite3", "psycopg")
STORES = "gateway/stores/"
JOURNAL = {"gateway/telemetry/journal.py"}
"""The one file that knows the logging library: it writes allow-listed fields and nothing else."""
TELLS_ITS_PARENT = {"gateway/reports/apart.py"}
"""Processes of the gateway's own whose standard output the gateway reads: one closed word, which its journal writes."""
BROAD: dict[str, str] = {
    "gateway/background/preparing.py:_run": "what cannot be translated is done without: the journal has the class",
    "consent/ports.py:of": "one of several calls fails alone, and its caller is told what it raised",
    "gateway/event_path.py:_is_judged": "one of several requests fails alone, and its sender is told what was raised",
    "gateway/event_path.py:_record": "requests that cannot be recorded together are recorded one by one, or each sender is told",
    "gateway/edge/asgi.py:_answer": "the boundary of the hot routes: whatever happens becomes a problem without echo",
    "gateway/edge/problem_handlers.py:__call__": "the boundary of the other routes: the server would log the exception's text",
    "gateway/reports/apart.py:main": "a process of its own: what broke off is told by its class to the gateway, whose journal has it",
    "gateway/routing/worker.py:run": "one destination's fault must stop no other",
    "audit/group_commit.py:_tell": "a waiter that fails must not keep the others waiting; the event loop, and so the journal, is told",
    "gateway/recurring.py:_look_once": "a look that fails must not end those that follow; the event loop, and so the journal, is told",
    "gateway/background/training_loop.py:_train": "a training that fails must not end the watch over the published bound",
    "gateway/background/training_loop.py:_take_up": "a kept model that cannot be used must not end it either: there will be another",
}
"""`path:function` -> why it may catch everything. Three kinds exist: the boundary that turns anything into `internal`,
the loop of a worker that must go on, and the call whose failure is handed to its caller as a value. An entry that is no longer needed fails too."""


def clocks_in(module: Module) -> Iterator[tuple[str, int]]:
    """Each mention of a function that reads the wall clock, called or handed on, by whatever name it was imported."""
    imported = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and not node.level
        for alias in node.names
    }
    for node in ast.walk(module.tree):
        if (
            isinstance(node, ast.Attribute | ast.Name)
            and isinstance(node.ctx, ast.Load)
            and (name := dotted(node))
        ):
            head, dot, rest = name.partition(".")
            if READS_CLOCK.search(found := imported.get(head, head) + dot + rest):
                yield found, node.lineno


def calls(module: Module) -> Iterator[tuple[str, int]]:
    """Each call of a dotted name, with its line."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and (name := dotted(node.func)):
            yield name, node.lineno


def test_the_wall_clock_is_read_in_one_place_and_passed_on() -> None:
    readers = [
        f"{module.path}:{line} {name}"
        for module in modules()
        if module.path not in CLOCKS and not module.path.startswith(PROGRAMS)
        for name, line in clocks_in(module)
    ]
    assert not readers, readers


def test_chance_comes_from_a_generator_that_was_passed_in() -> None:
    global_chance = [
        f"{m.path}:{line} {name}" for m in modules() for name, line in calls(m) if CHANCE.match(name)
    ]
    assert not global_chance, global_chance


def test_only_the_journal_knows_the_logging_library() -> None:
    loggers = [
        f"{module.path}:{line}"
        for module in modules()
        if module.path not in JOURNAL
        for name, line in imports(module)
        if name.split(".")[0] in {"logging", "warnings", "syslog", "structlog", "loguru"}
    ]
    assert not loggers, loggers


def test_every_happening_of_the_journal_is_written_somewhere() -> None:
    journal = next(module for module in modules() if module.path in JOURNAL)
    happenings = next(
        node for node in ast.walk(journal.tree) if isinstance(node, ast.ClassDef) and node.name == "Happening"
    )
    names = {node.targets[0].id for node in happenings.body if isinstance(node, ast.Assign)}
    written = {
        dotted(node).removeprefix("Happening.")
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and dotted(node).startswith("Happening.")
    }
    assert names == written


def test_nothing_is_printed_outside_the_programs_a_person_runs() -> None:
    printed = [
        f"{module.path}:{line}"
        for module in modules()
        if not module.path.startswith(PROGRAMS)
        for name, line in calls(module)
        if name in {"print", "sys.stdout.write", "sys.stderr.write", "pprint.pprint"}
    ]
    assert not [p for p in printed if p.partition(":")[0] not in JOURNAL | TELLS_ITS_PARENT], printed


def statements(module: Module) -> Iterator[int]:
    """Lines of string constants that are SQL; docstrings are prose."""
    prose = {
        id(node.value)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in prose:
            continue
        if SQL.match(node.value):
            yield node.lineno


def test_sql_stands_in_the_stores_only() -> None:
    elsewhere = [m for m in modules() if not m.path.startswith(STORES)]
    found = [f"{module.path}:{line}" for module in elsewhere for line in statements(module)]
    found += [
        f"{module.path}:{line} imports {name}"
        for module in elsewhere
        for name, line in imports(module)
        if name.split(".")[0] in SQL_LIBRARIES
    ]
    assert not found, found


LOADED_WHEN_NEEDED = {
    "audit/rows.py",
    "gateway/evidence/sealing_events.py",
    "gateway/evidence/writing_entries.py",
    "gateway/memory/recent_ids.py",
    "gateway/wire/structure.py",
    "scoring/compiling.py",
    "scoring/compiled_judging.py",
    "scoring/compiled_merging.py",
    "scoring/compiled_ranking.py",
    "scoring/composition/compiled_adding.py",
    "scoring/composition/compiled_placing.py",
    "scoring/evaluation/compiled_scoring.py",
}
"""Where a compiler is loaded by whoever ranks, takes events or chooses a recipe, and by nobody else."""


def test_imports_stand_at_the_top_except_in_commands() -> None:
    hidden = [
        f"{module.path}:{node.lineno}"
        for module in modules()
        if not module.path.startswith(PROGRAMS) and module.path not in LOADED_WHEN_NEEDED
        for function in functions(module)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not hidden, hidden


def test_an_import_for_types_alone_goes_through_a_face_too() -> None:
    # The import contracts leave such imports out: a name that exists for the type checker alone cannot be called, and that
    # is how the paths may speak of a permitted signal without being able to make one.
    inner = {
        f"{module.path} imports {inside.module}"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.If) and dotted(node.test).endswith("TYPE_CHECKING")
        for inside in ast.walk(node)
        if isinstance(inside, ast.ImportFrom) and "." in (name := inside.module or "")
        if name.split(".")[0] in set(PACKAGES) - {module.path.split("/")[0]} and name != "scoring.permitted"
    }
    assert not inner, inner


def catches_everything(handler: ast.ExceptHandler) -> bool:
    """Whether an except clause takes `Exception` or wider, and does not only pass it on."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    wide = any(kind is None or dotted(kind) in {"Exception", "BaseException"} for kind in kinds)
    last = handler.body[-1]
    return wide and not (isinstance(last, ast.Raise) and last.exc is None)


def test_everything_is_caught_only_where_it_must_be() -> None:
    broad = {
        f"{module.path}:{function.name}"
        for module in modules()
        for function in functions(module)
        for node in ast.walk(function)
        if isinstance(node, ast.ExceptHandler) and catches_everything(node)
    }
    assert broad == set(BROAD), sorted(broad ^ set(BROAD))


def test_the_rules_notice_what_they_forbid() -> None:
    bad = ast.parse(
        "import time\nfrom time import time as at\nx = time.time()\ndef f(clock=time.time, now=at): ...\ny = 'SELECT a FROM b'\ntry:\n    f()\nexcept Exception:\n    pass\n"
    )
    module = Module("gateway/example.py", "", bad)
    assert [line for _, line in clocks_in(module)] == [3, 4, 4]
    assert list(statements(module)) == [5]
    assert any(catches_everything(n) for n in ast.walk(bad) if isinstance(n, ast.ExceptHandler))
    assert CHANCE.match("random.random")
    assert CHANCE.match("np.random.rand")
    assert not CHANCE.match("random.Random")
    assert not CHANCE.match("np.random.default_rng")
