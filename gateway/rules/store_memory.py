"""Definitions in memory: the other adapter of `DefinitionStore`."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.rules.definitions import Definition, DefinitionKind, KeptState


class MemoryDefinitions:
    """Implements the port `DefinitionStore`, and survives nothing."""

    def __init__(self) -> None:
        """Start with none."""
        self._definitions: dict[tuple[str, str], Definition] = {}
        self._states: list[KeptState] = []

    def load(self) -> tuple[list[Definition], list[KeptState]]:
        """See the port."""
        return [self._definitions[key] for key in sorted(self._definitions)], sorted(self._states)

    def save(self, definition: Definition, states: Sequence[KeptState]) -> None:
        """See the port."""
        self._definitions[definition.kind.value, definition.name] = definition
        self._states = list(states)

    def remove(self, kind: DefinitionKind, name: str, states: Sequence[KeptState]) -> bool:
        """See the port."""
        self._states = list(states)
        return self._definitions.pop((kind.value, name), None) is not None
