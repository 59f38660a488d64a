"""What is sent is what the documentation says is sent."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

from bench import batches, bodies


def test_a_batch_is_of_as_many_people_with_its_shares_of_duplicates_and_strangers() -> None:
    events = bodies.batch("two", 150, random.Random(1))
    people = {event["userId"] for event in events}
    ids = Counter(event["messageId"] for event in events)
    assert len(events) == len(people) == bodies.EVENTS
    assert sum(name.startswith("nobody-") for name in people) == bodies.WITHHELD
    assert sorted(ids.values(), reverse=True)[: bodies.DUPLICATES + 1] == [2] * bodies.DUPLICATES + [1]


def test_no_event_of_a_stranger_is_a_duplicate() -> None:
    events = bodies.batch("one", 150, random.Random(2))
    twice = {name for name, n in Counter(e["messageId"] for e in events).items() if n > 1}
    assert all(not e["userId"].startswith("nobody-") for e in events if e["messageId"] in twice)


def test_every_message_id_has_room_for_a_fresh_number() -> None:
    for event in bodies.batch("one", 150, random.Random(3)):
        assert len(event["messageId"].replace("#REQUEST##", f"{7:010d}")) == 36


def test_everybody_is_asked_about_with_other_exclusions_each_time() -> None:
    asked = bodies.questions(50, random.Random(4))
    people = Counter(question["subject"]["id"] for question in asked)
    assert set(people.values()) == {bodies.QUESTIONS_EACH}
    assert len(people) == 50
    assert all(len(set(question["exclude"])) == bodies.EXCLUDED for question in asked)
    assert len({json.dumps(question) for question in asked}) == len(asked)


def test_the_shares_that_are_checked_make_a_batch() -> None:
    shares = {"event/accepted": 750.0, "event/duplicate": 50.0, "event/withheld.no_record": 200.0}
    batches.check_outcomes(shares | {"consent/withdrawn": 1.0})


def test_files_have_one_body_a_line(tmp_path: Path) -> None:
    bodies.write_questions(tmp_path / "questions", 10)
    bodies.write_batches(tmp_path / "batches", "one", 150, batches=3)
    questions = [json.loads(line) for line in (tmp_path / "questions").read_text().splitlines()]
    assert len(questions) == 10 * bodies.QUESTIONS_EACH
    sizes = [len(json.loads(line)["batch"]) for line in (tmp_path / "batches").read_text().splitlines()]
    assert sizes == [bodies.EVENTS] * 3


def test_single_events_are_about_everybody_once(tmp_path: Path) -> None:
    bodies.write_singles(tmp_path / "singles", "one", 150)
    events = [json.loads(line) for line in (tmp_path / "singles").read_text().splitlines()]
    assert {each["userId"] for each in events} == {f"one-{n}" for n in range(150)}
    assert len(events) == 150
    assert all("#REQUEST##" in each["messageId"] for each in events)


def test_evaluations_are_questions_about_people_who_permit(tmp_path: Path) -> None:
    one, many = tmp_path / "one", tmp_path / "many"
    bodies.write_evaluations(one, many, 150)
    asked = [json.loads(line) for line in one.read_text().splitlines()]
    assert len({each["resource"]["id"] for each in asked}) == len(asked) == 150
    assert {each["action"]["name"] for each in asked} <= set(bodies.GROUPS[bodies.ASKED])
    for line in many.read_text().splitlines():
        together = json.loads(line)
        assert len({each["resource"]["id"] for each in together["evaluations"]}) == bodies.QUESTIONS
        assert together["action"] == asked[0]["action"]
