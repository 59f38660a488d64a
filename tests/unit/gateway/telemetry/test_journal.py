"""The journal: an allow-list of fields, and no way in for texts from outside."""

from __future__ import annotations

import errno
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.telemetry.journal import LOUD_LIBRARIES, Happening, Journal, JournalField

CANARY = "canary-9d20@example.org"


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def journal(stream: io.StringIO) -> Journal:
    return Journal(lambda: 1_800_000_000, stream)


@pytest.fixture
def taken_over(journal: Journal) -> Iterator[Journal]:
    names = ("", *LOUD_LIBRARIES)
    loggers = [logging.getLogger(name) for name in names]
    before = [(list(each.handlers), each.level, each.propagate) for each in loggers]
    journal.take_over_logging()
    yield journal
    for each, (handlers, level, propagate) in zip(loggers, before, strict=True):
        each.handlers[:] = handlers
        each.setLevel(level)
        each.propagate = propagate


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_json_object(journal: Journal, stream: io.StringIO) -> None:
    journal.write(Happening.MODEL_TRAINED, people=3, seconds=0.25, digest="Zm9v_-", reason="no_record")
    assert lines(stream) == [
        {
            "at": 1_800_000_000,
            "happening": "model_trained",
            "people": 3,
            "seconds": 0.25,
            "digest": "Zm9v_-",
            "reason": "no_record",
        }
    ]
    assert journal.dropped == 0


@pytest.mark.parametrize(
    "fields",
    [{"user_id": "x"}, {"body": "x"}, {"message": "x"}, {"error": CANARY}, {"error": f"a {CANARY}"}, {"reason": "two words"},
     {"reason": "a\nb"}, {"reason": "x" * 129}, {"reason": ""}, {"count": b"1"}, {"count": None}, {"count": [1]},
     {"count": {"a": 1}}, {"seconds": float("nan")}, {"seconds": float("inf")}, {"error": ValueError(CANARY)},
     {"reason": "n\u00e4me"}, {"route": "/v1/items/%20"}],
)  # fmt: skip
def test_what_is_not_on_the_list_is_dropped_and_counted(
    journal: Journal, stream: io.StringIO, fields: dict[str, object]
) -> None:
    journal.write(Happening.FAULT, **fields)
    assert lines(stream) == [{"at": 1_800_000_000, "happening": "fault"}]
    assert journal.dropped == 1


def test_a_route_template_and_an_instance_are_words_of_ours(journal: Journal, stream: io.StringIO) -> None:
    journal.write(
        Happening.FAULT, route="v1/items/{id}", instance="urn:uuid:12345678-1234-4123-8123-123456789abc"
    )
    assert set(lines(stream)[0]) == {"at", "happening", "route", "instance"}


def test_a_member_of_an_enum_is_written_as_its_word(journal: Journal, stream: io.StringIO) -> None:
    journal.write(Happening.FAULT, reason=JournalField.COUNT)
    assert lines(stream)[0]["reason"] == "count"


@pytest.mark.parametrize("name", ["uvicorn.error", "authlib.oauth2", "httpx", "asyncio", "somebody.else"])
def test_what_libraries_say_is_reduced_to_who_and_what_kind(
    taken_over: Journal, stream: io.StringIO, name: str
) -> None:
    try:
        raise ValueError(CANARY)
    except ValueError:
        logging.getLogger(name).exception("failed for %s", CANARY)
    assert lines(stream) == [
        {"at": 1_800_000_000, "happening": "library", "logger": name, "level": "error", "error": "ValueError"}
    ]


def test_what_libraries_whisper_is_not_written_at_all(taken_over: Journal, stream: io.StringIO) -> None:
    logging.getLogger("authlib.oauth2.rfc6749.grants").debug("Issue token %r", CANARY)
    logging.getLogger("httpx").info("GET %s", CANARY)
    logging.getLogger("uvicorn.access").info("GET %s", CANARY)
    assert stream.getvalue() == ""


def test_without_a_stream_it_writes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    Journal(lambda: 7).write(Happening.READY, port=8080)
    captured = capsys.readouterr()
    assert json.loads(captured.err) == {"at": 7, "happening": "ready", "port": 8080}
    assert captured.out == ""


def test_without_standard_error_it_writes_nothing_and_fails_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", None)
    Journal(lambda: 7).write(Happening.READY, port=8080)


class Unwritable(io.StringIO):
    """A stream on a disk that is full, or whose reader has gone."""

    def __init__(self, failure: Exception) -> None:
        super().__init__()
        self.failure: Exception | None = failure

    def flush(self) -> None:
        if self.failure is not None:
            raise self.failure


@pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, "full"), BrokenPipeError()], ids=["full", "gone"])
def test_nobody_fails_because_a_line_cannot_be_written(failure: Exception) -> None:
    stream = Unwritable(failure)
    journal = Journal(lambda: 1_800_000_000, stream)
    journal.write(Happening.STARTING)
    stream.failure = None
    journal.write(Happening.READY)
    assert [line["happening"] for line in lines(stream)][-1] == "ready"
    stream.close()
    journal.write(Happening.STOPPED)
