"""Composition: what a slate is made of beside the shared model.

A `Recipe` says what a placement wants; who wants nothing pays nothing, because an ordinary slate never comes here. The
`Composer` adds parts up item by item (history, content, query, trend, boost, dislike), each a whole number, so that a score
is exactly the sum of the parts that its reasons name; then it orders (diversity, exposure) and places (pins, newcomers).
"""

from scoring.composition.composer import Composer, Wanted
from scoring.composition.content import ContentIndex, Text, text_of
from scoring.composition.editorial import BoostRule, EditorialRules
from scoring.composition.newcomers import Newcomers
from scoring.composition.recipe import PLAIN, Recipe
from scoring.composition.trending import Trending

__all__ = [
    "PLAIN",
    "BoostRule",
    "Composer",
    "ContentIndex",
    "EditorialRules",
    "Newcomers",
    "Recipe",
    "Text",
    "Trending",
    "Wanted",
    "text_of",
]
