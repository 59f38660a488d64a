"""One value, one spelling."""

from __future__ import annotations

import pytest

from consent import canonical_json
from gateway.receipt_check.formats import spell


@pytest.mark.parametrize(
    ("value", "spelled"),
    [
        ({"b": 1, "a": [True, None, "x"]}, '{"a":[true,null,"x"],"b":1}'),
        ({"é": 1, "z": 2}, '{"z":2,"é":1}'),
        ({"\ufb33": 1, "😀": 2}, '{"😀":2,"\ufb33":1}'),
        ('"\\\n\t\x01\x7f/', '"\\"\\\\\\n\\t\\u0001\x7f/"'),
        ("€ and 🌷", '"€ and 🌷"'),
        (-(2**53) + 1, "-9007199254740991"),
    ],
)
def test_it_is_that_of_rfc_8785(value, spelled):
    assert canonical_json(value) == spelled.encode() == spell(value)


@pytest.mark.parametrize("value", [float("nan"), "\ud800", {"\udfff": 1}])
def test_what_has_no_spelling_is_an_error(value):
    with pytest.raises(ValueError):
        canonical_json(value)
