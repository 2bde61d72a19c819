"""The demo's chargers end with their server, and their own end is told."""

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from apps.core.serving.fleet import RESTARTS, FleetProcess
from tests.core.conftest import PROJECT

pytestmark = pytest.mark.req("OCP-01")

PARENT = """
import os, subprocess, sys
child = subprocess.Popen(
    [sys.executable, "-m", "apps.core.serving.tethered", str(os.getpid()), sys.executable, "-c",
     "import os, sys; print(os.getpid(), flush=True); sys.stdin.read()"],
    stdin=subprocess.PIPE,
)
child.wait()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a child to its parent")
def test_child_when_its_parent_is_killed_ends_too() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child = os.pidfd_open(int(parent.stdout.readline()))

    parent.kill()
    parent.communicate()

    assert select.select([child], [], [], 10)[0] == [child]
    os.close(child)


def test_fleet_when_it_ends_by_itself_is_started_again_and_told_of(tmp_path: Path) -> None:
    said: list[str] = []
    fleet = FleetProcess(tmp_path / "missing.json", "ws://127.0.0.1:9", say=said.append)
    fleet.start()

    for _ in range(RESTARTS + 1):
        assert fleet.process is not None
        fleet.process.wait(30)
        fleet.check()

    assert fleet.process is None
    assert len(said) == RESTARTS + 1
    assert all("exit code 1" in line for line in said)
    assert "stay off" in said[-1]


def test_fleet_when_stopped_is_not_started_again(tmp_path: Path) -> None:
    said: list[str] = []
    fleet = FleetProcess(tmp_path / "missing.json", "ws://127.0.0.1:9", say=said.append)
    fleet.start()

    fleet.stop()
    fleet.check()

    assert fleet.process is None
    assert said == []
