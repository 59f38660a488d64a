"""What an HTTP answer means for a batch."""

from __future__ import annotations

import pytest

from gateway.routing.answers import Again, Delivered, Refused, Trouble, judge
from gateway.routing.model import LetterReason

NOW = 1_800_000_000.0


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_is_a_delivery(status: int) -> None:
    assert judge(status, None, NOW) == Delivered()


@pytest.mark.parametrize("status", [408, 425, 429, 500, 501, 502, 503, 504, 599])
def test_what_may_pass_is_tried_again(status: int) -> None:
    assert isinstance(judge(status, None, NOW), Again)


@pytest.mark.parametrize("status", [400, 409, 413, 418, 422, 431, 499])
def test_a_refused_content_may_be_split(status: int) -> None:
    assert judge(status, None, NOW) == Refused(LetterReason.REJECTED, status, divisible=True)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 304, 401, 403, 404, 405, 410, 415, 199, 600])
def test_a_refused_request_is_not_split_and_a_redirect_is_not_followed(status: int) -> None:
    assert judge(status, None, NOW) == Refused(LetterReason.REJECTED, status, divisible=False)


def test_a_busy_destination_is_told_from_a_faulty_one() -> None:
    assert judge(503, None, NOW) == Again(Trouble.BUSY, 503)
    assert judge(500, None, NOW) == Again(Trouble.FAULTY, 500)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 120 ", 120.0),
        ("Fri, 15 Jan 2027 08:00:30 GMT", 30.0),
        ("Fri, 15 Jan 2027 07:00:00 GMT", 0.0),
        ("-5", 0.0),
        ("1.5", 0.0),
        ("soon", 0.0),
        ("", 0.0),
        ("\u0667", 0.0),
        ("9" * 65, 0.0),
        ("Fri, 99 Jan 2027 08:00:30 GMT", 0.0),
        (None, 0.0),
    ],
)
def test_retry_after_is_read_in_both_forms_and_nonsense_is_nothing(
    header: str | None, seconds: float
) -> None:
    answer = judge(429, header, NOW)
    assert isinstance(answer, Again)
    assert answer.wait_seconds == seconds
