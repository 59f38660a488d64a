"""The demo: a synthetic shop (or recorded events), a gateway of its own, and the whole story in a minute.

`wares`, `shoppers` and `shop` make up the shop, seeded and labelled as made up; `material` holds what is
played, made up or recorded; `story` tells it chapter by chapter over the public interface; `script` starts
and stops the gateway around it and has the log verified at the end.
"""

from gateway.demo.errors import DemoError
from gateway.demo.narration import Narrator
from gateway.demo.script import DemoOptions, run_demo
from gateway.demo.shop import Shop, make_shop

__all__ = ["DemoError", "DemoOptions", "Narrator", "Shop", "make_shop", "run_demo"]
