"""Who the link knows: whoever takes part and was asked for once, until they take part no more; then never again."""

from __future__ import annotations

from types import SimpleNamespace

from gateway.fleet_server.device_files import new_keys
from gateway.fleet_server.link_process import LinkProcess


class Control:
    """The link's side of it."""

    def __init__(self) -> None:
        self.known: list[int] = []
        self.given = 0

    def RegisterNode(self, _request):  # noqa: N802 - Flower's
        self.given += 1
        self.known.append(self.given)
        return SimpleNamespace(node_id=self.given)

    def UnregisterNode(self, request):  # noqa: N802 - Flower's
        self.known.remove(request.node_id)


def test_a_newer_device_of_a_person_does_not_take_the_first_out_of_a_round_and_a_withdrawal_does():
    link, control = object.__new__(LinkProcess), Control()
    link._control, link._nodes, link._gone = control, {}, set()
    first, second = (new_keys().public["node_key"] for _ in range(2))
    link.know({first: b"first"}, {b"first"})
    assert control.known == [1]
    link.know({second: b"second"}, {b"first", b"second"})
    assert control.known == [1, 2]
    link.know({second: b"second"}, {b"second"})
    assert control.known == [2]
    link.know({first: b"first", second: b"second"}, {b"first", b"second"})
    assert control.known == [2]
    link.know({}, set())
    assert control.known == []
