"""Devices in this process: `Carrier` over a list. Thousands of them, no network, no threads."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from federated.driving.participant import Participant


class LocalCarrier:
    """Asks participants, one after the other."""

    def __init__(
        self,
        participants: Mapping[bytes, Participant],
        before: Callable[[str, bytes, bytes], bytes | None] = lambda _step, _device, message: message,
    ) -> None:
        """Ask these, by their devices' names.

        Args:
            participants: who answers.
            before: called with step, device and message; what the device is given instead, or None if it does not answer.
        """
        self.participants = dict(participants)
        """Who answers."""
        self._before = before

    def exchange(self, step: str, messages: Mapping[bytes, bytes], seconds: float) -> Mapping[bytes, bytes]:
        """See the port; whose turn does not come within the time is not asked."""
        answers, deadline = {}, time.monotonic() + seconds
        for device, message in messages.items():
            if time.monotonic() > deadline:
                break
            participant, given = self.participants.get(device), self._before(step, device, message)
            if participant is not None and given is not None:
                answers[device] = participant.answer(step, given)
        return answers
