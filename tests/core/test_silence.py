"""Watching connections must not keep them open."""

import gc
import time
import weakref

import pytest

from apps.core import silence
from apps.core.silence import Watch


class Raw:
    """As much of a connection as a look reads."""

    busy_since: float | None = None
    patience_s: float | None = None


def test_watch_when_a_connection_is_left_behind_then_it_is_not_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Pages run in threads of their own; what these leave open must close when they end."""
    monkeypatch.setattr(silence, "LOOK_S", 0.01)
    watch = Watch()
    raw = Raw()
    gone = weakref.ref(raw)
    watch.add(raw)  # type: ignore[arg-type]
    time.sleep(0.1)
    del raw
    until = time.monotonic() + 5
    while gone() is not None and time.monotonic() < until:
        gc.collect()
        time.sleep(0.01)

    assert gone() is None
