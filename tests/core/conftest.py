"""Real servers in processes of their own."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
STOP_TIMEOUT_S = 120  # an upper bound: a busy machine takes its time


class Process:
    """A program of ours and what it printed, standard error included."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        kept = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL"}}
        self.lines: list[str] = []
        self.popen = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=PROJECT,
            env={**kept, "PYTHONUNBUFFERED": "1", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait_for_line(self, text: str) -> str:
        """Return the next printed line that holds the text; fails when the output ends."""
        assert self.popen.stdout is not None
        for line in self.popen.stdout:
            self.lines.append(line)
            if text in line:
                return line
        pytest.fail(f"ended without {text!r}:\n{''.join(self.lines)}")

    def stop(self, number: int = signal.SIGTERM) -> str:
        """Send the signal, wait for the end and return everything that was printed."""
        self.popen.send_signal(number)
        return self.finish()

    def finish(self) -> str:
        """Wait for the end and return everything that was printed."""
        rest, _ = self.popen.communicate(timeout=STOP_TIMEOUT_S)
        self.lines.append(rest)
        return "".join(self.lines)

    def close(self) -> None:
        """End it, whatever it does."""
        if self.popen.poll() is None:
            self.popen.kill()
        self.popen.communicate()


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def start_process() -> Iterator[Callable[..., Process]]:
    """Start a Python program: arguments, then environment by name; it is ended after the test."""
    started: list[Process] = []

    def start(*arguments: str, **environment: str) -> Process:
        started.append(Process(*arguments, **environment))
        return started[-1]

    yield start
    for process in started:
        process.close()
