"""A part of a gateway in this process that fails, for as long as it is meant to."""

from __future__ import annotations

from typing import Any


class Breaking:
    """A method of a running gateway that fails until it is mended."""

    def __init__(self, owner: Any, name: str, failure: Exception) -> None:
        """Break it."""
        self._owner, self._name = owner, name
        self._own = name in vars(owner)
        self._was = getattr(owner, name)

        def fail(*_: Any, **__: Any) -> None:
            raise failure

        setattr(owner, name, fail)

    def mend(self) -> None:
        """It works again."""
        if self._own:
            setattr(self._owner, self._name, self._was)
        else:
            delattr(self._owner, self._name)
