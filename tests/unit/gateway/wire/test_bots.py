"""Robots that say so."""

from __future__ import annotations

import pytest

from gateway.wire import bots
from gateway.wire.bots import is_bot

PEOPLE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 9; CUBOT_X19 Build/PPR1.180610.011) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/96.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 8.1; CUBOT X18 Plus) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/88.0 Mobile Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/130.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:132.0) Gecko/20100101 Firefox/132.0",
    "Shop/7.1 (Android 14; Pixel 8) okhttp/4.12.0",
    "analytics-node/2.2.0",
    "",
)
ROBOTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/130.0",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "Baiduspider+(+http://www.baidu.com/search/spider.htm)",
    "python-requests/2.32.3",
    "curl/8.5.0",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
)


@pytest.mark.parametrize("user_agent", PEOPLE)
def test_people_are_not_robots(user_agent: str) -> None:
    assert not is_bot(user_agent)


@pytest.mark.parametrize("user_agent", ROBOTS)
def test_robots_that_say_so_are(user_agent: str) -> None:
    assert is_bot(user_agent)
    assert is_bot(user_agent)


@pytest.mark.parametrize("user_agent", [None, 7, [], {}, b"Googlebot"])
def test_something_else_is_nobodys(user_agent: object) -> None:
    assert not is_bot(user_agent)


def test_no_user_agent_is_kept_and_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bots, "_remembered", {})
    monkeypatch.setattr(bots, "_MAX_REMEMBERED", 10)
    for n in range(100):
        is_bot(f"canary/{n}")
    assert 0 < len(bots._remembered) <= 10
    assert all(type(key) is int for key in bots._remembered)


def test_only_the_beginning_of_a_long_text_is_read() -> None:
    assert not is_bot("x" * 2000 + " Googlebot/2.1")
