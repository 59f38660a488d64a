"""A gateway that has had some hours: people who allow things and people who do not, rules, an experiment, decisions."""

from __future__ import annotations

from typing import Any

from tests.journey.rule_shop import RuleShop, offer
from tests.journey.shop import ITEMS, item, view

PEOPLE = [f"person-{n}" for n in range(30)]
MINUTES = 60
EXPERIMENT = {
    "id": "checkout",
    "hypothesis": "A green button sells more.",
    "baseline": "control",
    "metrics": [
        {"name": "orders", "event": "Order Completed", "once": True},
        {"name": "clicks", "event": "Product Clicked", "role": "guardrail"},
    ],
}
SPLIT = {"salt": "checkout-1", "weights": {"control": 0.5, "green": 0.5}, "experiment": EXPERIMENT}
BUTTON = {
    "type": "string",
    "variants": {"control": "blue", "green": "green"},
    "default": "control",
    "rules": [{"split": SPLIT}],
}
RULE = {"purpose": "recommendations", "on": ["Product Viewed"], "when": "true"}


async def live(shop: RuleShop, minutes: int = MINUTES) -> None:
    """Everything there is to see."""
    served = shop.served
    await served.stock()
    await served.adopt_a_model()
    await shop.put_rule("many-views", **RULE, action=offer(budget=12))
    await shop.put_rule("never", **{**RULE, "when": 'count("Product Viewed", 60) > 900'}, action=offer("x"))
    assert (await served.http.put("/v1/flags/button", json=BUTTON)).status_code == 200
    for n, who in enumerate(PEOPLE):
        await served.consent(who, "given" if n % 5 else "refused")
        await served.consent(who, "given", "experiments")
        if n % 3 == 0:
            await served.consent(who, "given", "analytics")
    sampling = served.services.ops.sampling
    await sampling.stop()  # the minutes here are the test's
    for minute in range(minutes):
        await shop.at(60.0 * minute)
        await busy_minute(served, minute)
        sampling.look()


async def busy_minute(served: Any, minute: int) -> None:
    """What happens in a minute; more in the middle than at the ends."""
    some = 1 + (minute // 12) % 4
    events = [view(PEOPLE[(minute + k) % 30], ITEMS[(minute + 7 * k) % 60]) for k in range(2 * some)]
    await served.batch([*events, view("stranger", item(0, 1)), {"type": "track"}])
    gpc = {"sec-gpc": "1"}
    await served.http.post("/v1/batch", json={"batch": [view(PEOPLE[1], item(0, 0))]}, headers=gpc)
    for k in range(some):
        await served.decide(PEOPLE[(minute + k) % 30])
    if minute < 30:
        asked = {"context": {"targetingKey": PEOPLE[minute]}}
        await served.http.post("/ofrep/v1/evaluate/flags/button", json=asked)
    if minute % 6 == 0:
        order = {"type": "track", "event": "Order Completed", "userId": PEOPLE[minute % 30]}
        await served.batch([{**order, "messageId": f"order-{minute}", "properties": {"revenue": 30}}])
