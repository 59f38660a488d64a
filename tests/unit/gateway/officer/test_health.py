"""How a log stands, as the overview says it."""

from __future__ import annotations

from pathlib import Path

from gateway.officer.health import look_at


class FakeLog:
    """Three sizes."""

    available, durable_size, published_size = True, 12, 10


def test_the_health_of_a_log_says_how_far_it_is_behind_and_who_has_seen_it(tmp_path: Path) -> None:
    before = look_at(FakeLog(), tmp_path, "o", lambda: None)  # type: ignore[arg-type]
    assert (before.behind, before.checkpoint_at, before.cosigned_percent) == (2, None, None)
    (tmp_path / "checkpoint").write_bytes(b"x")
    after = look_at(FakeLog(), tmp_path, "o", lambda: (5, 10))  # type: ignore[arg-type]
    assert after.cosigned_percent == 50.0
    assert after.checkpoint_at == int((tmp_path / "checkpoint").stat().st_mtime)
