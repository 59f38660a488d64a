"""What stands on the page, of made-up samples: sums over the right labels, reasons in the right order, intervals drawn."""

from __future__ import annotations

import pytest

from audit import Outcome
from gateway.ops.facts import ExperimentFact, Facts, ModelFact
from gateway.ops.overview import Overview, make_overview
from gateway.ops.pages import ops_pages
from gateway.ops.samples import Reading, Samples
from gateway.ops.spelling import Spelling
from gateway.ops.words import OUTCOMES, STAGES, SUPPRESSIONS, VERDICTS
from gateway.wording.languages import Languages
from scoring import Alarm, ExperimentReport, Interval, MetricReport, Role, Stage, Suppression

WITHHELD = "volens_withheld_by_purpose_total"
SPELLING = Spelling(Languages().choose(None, None))
NOTHING = Facts({"log": True}, ("ads", "shop"), (), (), 0, (), ())


def counted(name: str, value: float, **labels: str) -> Reading:
    return name, tuple(sorted(labels.items())), value


def page_of(*rows: list[Reading], facts: Facts = NOTHING) -> Overview:
    samples = Samples()
    for minute, readings in enumerate(rows):
        samples.add(60 * minute, readings)
    return make_overview(samples, facts, SPELLING)


def html_of(page: Overview) -> str:
    shown = ops_pages(Languages()).render(
        "ops.html", SPELLING.language, page=page, reasons=(), spelling=SPELLING
    )
    return bytes(shown.body).decode()


def test_withheld_is_told_by_purpose_and_by_its_most_frequent_reasons() -> None:
    reasons = ["a_a", "b", "c", "d", "e", "f", "g"]
    before = [counted(WITHHELD, 10, purpose="shop", reason=each) for each in reasons]
    after = [counted(WITHHELD, 20 - n, purpose="shop", reason=each) for n, each in enumerate(reasons)]
    page = page_of(before, [*after, counted(WITHHELD, 3, purpose="ads", reason="a_a")])
    assert [each.name for each in page.reasons] == ["a a", "b", "c", "d", "e", "other reasons"]
    ads, shop = page.withheld
    assert (ads.name, ads.parts) == ("ads", ()), "nothing is known of what was there before it appeared"
    assert [(part.name, part.said) for part in shop.parts][-2:] == [("e", "6"), ("other reasons", "9")]
    assert shop.said == "49"


def test_answers_are_summed_over_statuses_and_kept_apart_by_route() -> None:
    def answers(ok: float, bad: float) -> list[Reading]:
        name, route = "volens_answers_total", "/v1/decide"
        return [counted(name, ok, route=route, status="2xx"), counted(name, bad, route=route, status="4xx")]

    page = page_of(answers(0, 0), answers(10, 5), answers(20, 5))
    shown = {line.name: (line.last, line.largest) for line in page.throughput.lines}
    assert shown["Decisions"] == ("10", "15")
    assert shown["Batches"] == ("-", "-")


def test_decisions_are_sorted_and_told_apart_by_whether_they_were_personal() -> None:
    def decisions(personal: float, refused: float, fault: float) -> list[Reading]:
        of = {"personalised": personal, "unpersonalised.refused": refused, "fault.internal": fault}
        return [counted("volens_outcomes_total", n, kind="decision", outcome=each) for each, n in of.items()]

    page = page_of(decisions(0, 0, 0), decisions(2, 6, 1))
    assert [(bar.name, bar.parts[0].tone, bar.said) for bar in page.decisions] == [
        ("The person said no", 2, "6"),
        ("Personal", 1, "2"),
        ("A defect of ours", 6, "1"),
    ]
    assert {line.name: line.last for line in page.quality.lines}["Slates that are personal"] == "22\xa0%"


def experiment(low: float, high: float, alarm: Alarm = Alarm.NONE) -> ExperimentFact:
    metric = MetricReport(
        metric="orders", role=Role.GOAL, arm="green", mean=0.3, baseline_mean=0.2, difference=0.1,
        interval=Interval(low, high), p=0.01, p_adjusted=0.01, variance_removed=0.1, verdict="better",
    )  # fmt: skip
    report = ExperimentReport(
        arms=(), split_p=0.5, split_alarm=alarm, withdrawals_p=0.5, withdrawals_alarm=Alarm.NONE,
        in_two_arms=0, metrics=(metric,),
    )  # fmt: skip
    return ExperimentFact("checkout", "<b>bold</b>", report)


@pytest.mark.parametrize(("alarm", "said"), [(Alarm.NONE, 0), (Alarm.YELLOW, 1), (Alarm.RED, 1)])
def test_an_experiment_shows_its_interval_and_its_alarms(alarm: Alarm, said: int) -> None:
    facts = Facts({}, (), (), (experiment(0.05, 0.2, alarm),), 3, (), ())
    page = page_of([counted("volens_people", 4)], facts=facts)
    [shown] = page.experiments
    assert len(shown.alarms) == said
    [metric] = shown.metrics
    assert metric.whisker is not None
    assert 500 < metric.whisker.low < metric.whisker.middle < metric.whisker.high == 1000
    assert metric.difference == "+0.1, between +0.05 and +0.2"
    html = html_of(page)
    assert "&lt;b&gt;bold" in html
    assert "<b>bold" not in html
    assert "And 3 more" in html


def test_an_interval_without_bounds_is_not_drawn() -> None:
    facts = Facts({}, (), (), (experiment(float("-inf"), float("inf")),), 0, (), ())
    [shown] = page_of([], facts=facts).experiments
    assert (shown.metrics[0].whisker, shown.metrics[0].difference) == (None, "no interval yet")


def test_a_model_that_was_not_examined_claims_no_quality() -> None:
    models = (ModelFact(2, "in_use", 9, 0, 0.0, 0.0), ModelFact(1, "earlier", 9, 5, 0.25, 0.1))
    html = html_of(page_of([], facts=Facts({}, (), (), (), 0, models, ())))
    assert '<b>2</b> in use</p>\n      <p class="state">9 people; too few to examine it on' in html
    assert "NDCG@10 0.250, of what is popular 0.100" in html


def test_every_word_of_a_closed_list_has_words_for_people() -> None:
    shown = [each for each in Outcome if each.value.startswith(("withheld.", "unpersonalised.", "fault."))]
    assert {each.reason for each in shown} | {"personalised"} <= OUTCOMES.keys()
    assert SUPPRESSIONS.keys() == {each.value for each in Suppression}
    assert STAGES.keys() == {each.value for each in Stage}
    assert VERDICTS.keys() == {"undecided", "withheld", "too_few", "better", "worse"}
