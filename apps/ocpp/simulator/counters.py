"""What a run of the simulator counted."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Counters:
    """Shared by all chargers of a process; `errors` are CALLERRORs received."""

    messages_sent: int = 0
    messages_received: int = 0
    started: int = 0
    stopped: int = 0
    errors: int = 0
    timeouts: int = 0
    dropped: int = 0
    connects: int = 0
    reconnects: int = 0
    refused: int = 0
    authorisations_refused: int = 0
    error_codes: Counter[str] = field(default_factory=Counter)

    def summary(self) -> str:
        """Return the figures on one line."""
        codes = ", ".join(f"{code} {number}" for code, number in self.error_codes.most_common(5))
        return (
            f"{self.messages_sent} messages sent, {self.messages_received} received, "
            f"{self.started} transactions started, {self.stopped} stopped, "
            f"{self.errors} errors{f' ({codes})' if codes else ''}, {self.timeouts} time-outs, "
            f"{self.dropped} messages given up, {self.reconnects} reconnects, "
            f"{self.refused} connections refused"
        )
