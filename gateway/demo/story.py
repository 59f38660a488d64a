"""The chapters of the demo, told through the gateway's public interface and nothing else."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gateway.demo.material import Material, Person
from gateway.demo.narration import Narrator
from gateway.demo.shoppers import GRANTS, REFUSALS, Choice
from gateway.demo.truth_page import draw_page
from gateway.replay import (
    GatewayClient,
    Saying,
    SendCounts,
    put_consents,
    register_items,
    send_recording,
    track,
)

PLACEMENT = "home"

SLATE = 5

MODEL_WITHIN_SECONDS = 120.0
"""The model is trained in the background; the demo waits no longer for one that knows of every event."""

SETTLED_SECONDS = 30.0
"""After so long without another model there will be none."""

TIMED_DECISIONS = 300

RELEASE = "who_allows_what"
"""What is published: of the releases that `volens init` writes, the one that is about today."""

_NOT_YET = frozenset({"no_model", "no_history"})

_EXPLANATIONS = {
    "no_record": "nobody ever asked this person: unknown is denied",
    "no_consent": "asked, but not for any purpose of this event",
    "refused": "the person said no",
    "withdrawn": "the person said yes once, and no since",
    "expired": "the consent was too old",
    "superseded": "the purpose has changed since",
    "unprovable": "what the person was told is not kept",
    "signal": "the event itself carries a no",
    "unknown_event": "not in policy.toml: unknown means personal",
    "duplicate": "the same messageId again",
    "invalid": "not an event",
    "late": "too old",
    "bot": "not a person",
}


class Story:
    """The demo's chapters in order."""

    def __init__(
        self, material: Material, client: GatewayClient, narrator: Narrator, page: Path | None = None
    ) -> None:
        """Play `material` to the gateway behind `client`; write what is published of people who are made up to `page`."""
        self._material = material
        self._client = client
        self._tell = narrator
        self._page = page
        self._events_per_second = 0.0
        self._replayed_at = 0
        self.tally = SendCounts()
        """What became of the events."""

    def fill_the_shelves(self) -> None:
        """Register the items."""
        self._tell.step("The shop registers its items")
        with self._tell.progress("PUT /v1/items", len(self._material.items)) as advance:
            done = 0

            def step(count: int) -> None:
                nonlocal done
                done += count
                advance(done)

            register_items(self._material.items, self._client, step)

    def ask_the_people(self) -> None:
        """Record what people said about each purpose."""
        people = self._material.people
        self._tell.step("People are asked for their consent, purpose by purpose")
        sayings = [saying for person in people for saying in _sayings(person)]
        with self._tell.progress("PUT /v1/consents", len(sayings)) as advance:
            put_consents(sayings, self._client, method="demo", on_progress=advance)
        said = Counter(person.choice for person in people)
        self._tell.counts("people who", {choice.value: said[choice] for choice in Choice if said[choice]})

    def replay_the_events(self) -> None:
        """Send the events."""
        self._tell.step("Their events are replayed through the public tracking API")
        started = time.perf_counter()
        with self._tell.progress("POST /v1/batch", self._material.n_events) as advance:
            self.tally = send_recording(
                self._material.entries(), self._client, on_progress=lambda tally, _: advance(tally.sent)
            )
        seconds = time.perf_counter() - started
        self._events_per_second = self.tally.sent / seconds
        self._tell.fact(
            "accepted", f"{self.tally.accepted:,} events, each only for the purposes consented to"
        )
        self._tell.fact("withheld", f"{self.tally.withheld + self.tally.duplicate:,} events; the reasons:")
        reasons = dict(self.tally.reasons)
        if self.tally.duplicate:
            reasons["duplicate"] = self.tally.duplicate
        self._tell.counts("reason", reasons, lambda reason: _EXPLANATIONS.get(reason, ""))
        self._replayed_at = int(time.time())
        self._wait_for_personal(self._material.willing)

    def serve_who_refused(self) -> None:
        """A refusal costs nothing but the personal touch."""
        person = self._material.refusing
        self._tell.step(f"{_named(person)} refused, and still gets a good page")
        self._slate(person)

    def serve_who_consented(self) -> None:
        """One event changes the very next slate."""
        person, fresh = self._material.willing, self._material.fresh_item
        self._tell.step(f"{_named(person)} consented: a slate of their own")
        before = self._wait_for_personal(person)
        self._tell.slate(before, self._material.title, frozenset())
        self._tell.say("")
        self._tell.say(f"Now they look at something new: {self._material.title(fresh)}.")
        self._client.send_batch([_view(person, fresh)])
        self._slate(person, frozenset(item["id"] for item in before["items"]))
        self._tell.say(
            "(A score is the exact sum of its parts; the largest part and its cause are shown.)", "dim"
        )

    def withdraw(self) -> None:
        """A withdrawal is final when it is acknowledged."""
        person = self._material.willing
        self._tell.step(f"{_named(person)} withdraws the consent to recommendations")
        started = time.perf_counter()
        self._client.put_consent(person.subject, "recommendations", "withdrawn", method="demo")
        acknowledged = (time.perf_counter() - started) * 1000
        self._tell.say(
            f"Acknowledged after {acknowledged:.0f} ms. The very next slate knows nothing of them:"
        )
        self._slate(person)
        answer = self._client.send_batch([_view(person, self._material.fresh_item, n=2)])
        if answer.accepted:
            self._tell.say("Events still reach the purposes that they did not withdraw.")
        else:
            reasons = ", ".join(answer.reasons)
            self._tell.say(f"Another event of theirs is withheld ({reasons}).")

    def try_the_browser_key(self) -> None:
        """A public key reads nothing."""
        self._tell.step("Somebody takes the public write key from the page and tries to read")
        status = self._client.try_to_decide_as_browser(self._material.willing.subject, PLACEMENT)
        verdict = "refused" if status in {401, 403} else "NOT REFUSED"
        self._tell.fact("/v1/decide", f"{status}: {verdict}; a browser key writes events and nothing else")

    def show_the_outcomes(self) -> None:
        """Everything admitted has exactly one outcome."""
        self._tell.step("Everything that came in has exactly one outcome (GET /metrics)")
        self._tell.counts("outcome", outcomes_of(self._client.metrics()))

    def publish_numbers(self) -> None:
        """Noisy numbers beside the true ones, which only a demo knows."""
        self._tell.step("Numbers about everybody are published, with differential privacy")
        with self._tell.waiting("the numbers are being measured"):
            figures = {each["key"]: each for each in self._client.publish(RELEASE)}
        truth = self._true_numbers()
        for key, true in truth.items():
            each = figures[key]
            said = "hidden: more noise than it is worth"
            if each["value"] is not None:
                said = f"{each['value']:.0f}, 95 %: {each['low']:.0f} to {each['high']:.0f}"
            self._tell.say(f"{key:<26}{said} (true: {true})")
        if self._page is not None:
            people = truth["everybody"]
            shares = {
                key.replace(": ", ": share "): true / people for key, true in truth.items() if ": " in key
            }
            self._page.write_text(draw_page(list(figures.values()), {**truth, **shares}), "utf-8")
            self._tell.fact("as a page", str(self._page))
        self._tell.say(
            "(Only this demo knows the true ones. GET /v1/budget has the cost, /ops/insights a chart.)", "dim"
        )

    def _true_numbers(self) -> dict[str, int]:
        """What an exact count would say. One person withdrew meanwhile."""
        said = Counter(person.choice for person in self._material.people)
        recommendations = sum(said[choice] for choice in GRANTS)
        return {
            "everybody": sum(said.values()) - said[Choice.SILENT],
            "recommendations: allowed": recommendations - 1,
            "recommendations: refused": said[Choice.NOTHING] + 1,
            "analytics: allowed": said[Choice.EVERYTHING],
        }

    def measure(self) -> None:
        """Plain numbers of this machine, through one client and one connection."""
        self._tell.step("Speed, as this one client on one connection saw it")
        people = [person for person in self._material.people if person.choice in GRANTS]
        milliseconds = []
        for number in range(TIMED_DECISIONS):
            started = time.perf_counter()
            self._client.decide(people[number % len(people)].subject, PLACEMENT, 10)
            milliseconds.append((time.perf_counter() - started) * 1000)
        cuts = statistics.quantiles(milliseconds, n=100)
        self._tell.fact("events", f"{self._events_per_second:,.0f} a second, each durable before the answer")
        self._tell.fact(
            "decisions",
            f"{1000 / statistics.fmean(milliseconds):,.0f} a second, "
            f"p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms, evidence durable first",
        )
        self._tell.say("(make bench measures properly, under load.)", "dim")

    def _slate(self, person: Person, known: frozenset[str] = frozenset()) -> None:
        answer = self._client.decide(person.subject, PLACEMENT, SLATE)
        self._tell.slate(answer, self._material.title, known)

    def _wait_for_personal(self, person: Person) -> dict[str, Any]:
        """A personalised slate by a model that knows of every event; the unpersonalised one if none comes in time.

        A model's version is the second in which its training began.
        """
        began, known, since = time.monotonic(), -1, time.monotonic()
        with self._tell.waiting("the model is being trained"):
            while True:
                answer = self._client.decide(person.subject, PLACEMENT, SLATE)
                now, version = time.monotonic(), int(answer["model"]["version"])
                if version != known:
                    known, since = version, now
                if answer["personalised"]:
                    is_ready = version > self._replayed_at or now - since > SETTLED_SECONDS
                else:
                    is_ready = answer["reason"] not in _NOT_YET
                if is_ready or now - began > MODEL_WITHIN_SECONDS:
                    return answer
                time.sleep(0.5)


def outcomes_of(metrics: str) -> dict[str, int]:
    """The outcome counters in the text of `/metrics`: `kind outcome` -> count, without those at zero."""
    found: dict[str, int] = {}
    for line in metrics.splitlines():
        name, brace, rest = line.partition("{")
        if not brace or not name.startswith("volens_outcomes"):
            continue
        labels, _, value = rest.rpartition("} ")
        parts = [label.partition("=")[2].strip('"') for label in labels.split(",")]
        if name.endswith("_total") and float(value):
            found[" ".join(parts)] = int(float(value))
    return found


def chapters(story: Story) -> list[Callable[[], None]]:
    """The chapters in the order in which they are told."""
    return [
        story.fill_the_shelves,
        story.ask_the_people,
        story.replay_the_events,
        story.serve_who_refused,
        story.serve_who_consented,
        story.withdraw,
        story.try_the_browser_key,
        story.show_the_outcomes,
        story.publish_numbers,
        story.measure,
    ]


def _sayings(person: Person) -> list[Saying]:
    given = [Saying(person.subject, purpose, "given") for purpose in GRANTS.get(person.choice, ())]
    return given + [Saying(person.subject, purpose, "refused") for purpose in REFUSALS.get(person.choice, ())]


def _view(person: Person, item: str, n: int = 1) -> dict[str, Any]:
    (value,) = person.subject.values()
    subject = {"userId" if "id" in person.subject else "anonymousId": value}
    event = track("Product Viewed", subject, {"product_id": item})
    return {**event, "messageId": f"{event['messageId']}-{n}"}


def _named(person: Person) -> str:
    return person.name[0].upper() + person.name[1:]
