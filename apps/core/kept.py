"""A value that is made anew at most every so often, however many ask for it."""

import threading
from collections.abc import Callable
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """Keeps what `make()` returned for `for_s` seconds, in this process.

    While one thread makes a new value the others get the last one; without one they wait for it.
    For what is the same for every tenant and reader only.
    """

    def __init__(self, make: Callable[[], T], *, for_s: float) -> None:
        self.make = make
        self.for_s = for_s
        self.lock = threading.Lock()
        self.value: list[T] = []
        self.made_at = 0.0

    def get(self) -> T:
        """Return the value, made anew where it is too old. Raises what `make` raises."""
        kept = list(self.value)
        if kept and monotonic() - self.made_at < self.for_s:
            return kept[0]
        if not self.lock.acquire(blocking=not kept):
            return kept[0]
        try:
            if not self.value or monotonic() - self.made_at >= self.for_s:
                self.value = [self.make()]
                self.made_at = monotonic()
            return self.value[0]
        finally:
            self.lock.release()

    def forget(self) -> None:
        """Let the next one who asks have a new value."""
        self.value = []
