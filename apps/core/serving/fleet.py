"""The demo's simulated chargers: `manage.py simulate` as a child of this process."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

RESTARTS = 3
STOP_TIMEOUT_S = 3.0


class FleetProcess:
    """The child; it ends with us, and its own end is told, never hidden."""

    def __init__(self, fleet: Path, url: str, *, say: Callable[[str], None]) -> None:
        self.fleet = fleet
        self.url = url
        self.say = say
        self.restarts_left = RESTARTS
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the chargers. Call from the main thread: Linux ties the child to its thread."""
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "apps.core.serving.tethered", str(os.getpid())),
                *(sys.executable, "manage.py", "simulate", "--quiet"),
                *("--fleet", str(self.fleet), "--url", self.url),
            ],
            cwd=settings.BASE_DIR,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches us only, and we end things in order
        )

    def check(self) -> None:
        """Say so if the chargers ended by themselves, and start them again a few times."""
        if self.process is None or (code := self.process.poll()) is None:
            return
        self.process = None
        if self.restarts_left:
            self.restarts_left -= 1
            self.say(f"The simulated chargers ended (exit code {code}); starting them again.")
            self.start()
        else:
            self.say(f"The simulated chargers ended again (exit code {code}); they stay off.")

    def stop(self) -> None:
        """End the chargers and wait for it."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None
