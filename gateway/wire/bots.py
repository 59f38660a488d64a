"""Whether a user agent calls itself a robot.

A mark, not a defence: who lies about it is not found out. Nothing of the user agent is kept, only the hash that Python
computes for its own dictionaries (randomised in every process), so that one seen before costs nothing.
"""

from __future__ import annotations

import re
from typing import Any

_WORDS = (
    "crawl", "spider", "slurp", "scraper", "scrapy", "bingpreview", "facebookexternalhit", "mediapartners", "lighthouse",
    "phantomjs", "pingdom", "uptime", "monitoring", "archiver", "validator", "inspectiontool", "chatgpt-user",
    "feedfetcher", "curl/", "wget/", "libwww", "httpclient", "python-requests", "python-urllib", "aiohttp/", "httpx/",
    "go-http-client", "node-fetch", "axios/",
)  # fmt: skip
"""Not here: `headlesschrome`, with which shops test their own pages."""

_BOT = re.compile(r"(?<!cu)bot(?:\b|_)")
"""A word that ends in `bot`; Cubot makes telephones."""

_MAX_CHARACTERS = 1024
_MAX_REMEMBERED = 8192

_remembered: dict[int, bool] = {}


def is_bot(user_agent: Any) -> bool:
    """Whether it does. Something that is not a text is no robot's; of a long text only the beginning is read."""
    if type(user_agent) is not str:
        return False
    key = hash(user_agent)
    known = _remembered.get(key)
    if known is None:
        if len(_remembered) >= _MAX_REMEMBERED:
            _remembered.clear()
        known = _remembered[key] = _says_so(user_agent[:_MAX_CHARACTERS].lower())
    return known


def _says_so(lowered: str) -> bool:
    return any(word in lowered for word in _WORDS) or _BOT.search(lowered) is not None
