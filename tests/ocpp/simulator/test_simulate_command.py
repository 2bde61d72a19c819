"""`manage.py simulate` as a process: no database, a summary, a clean end."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.ocpp.simulator.central import central_system

pytestmark = pytest.mark.req("OCP-01")
ROOT = Path(__file__).resolve().parents[3]


async def simulate(*arguments: str) -> asyncio.subprocess.Process:
    environment = {**os.environ, "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "manage.py",
        "simulate",
        *arguments,
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def test_simulate_when_told_to_end_leaves_cleanly_with_a_summary(tmp_path: Path) -> None:
    fleet = {"stations": [{"id": "CB-1", "password": "secret"}], "cards": ["CARD"]}
    path = tmp_path / "fleet.json"
    path.write_text(json.dumps(fleet))
    async with central_system() as central:
        central.passwords["CB-1"] = "secret"
        process = await simulate(
            "--fleet", str(path), "--url", central.url, "--seed", "1", "--speed", "100"
        )
        await central.until_called("MeterValues")
        process.send_signal(signal.SIGTERM)
        output, _ = await process.communicate()
        assert process.returncode == 0, output.decode()
        stops = central.of("StopTransaction")
        assert len(stops) == len(central.of("StartTransaction"))
        assert stops[-1]["reason"] == "Reboot"
    text = output.decode()
    assert text.startswith("1 chargers, pace demo, to ws://")
    assert f"{len(stops)} transactions started, {len(stops)} stopped, 0 errors" in text


async def test_simulate_when_a_number_is_given_connects_so_many_for_the_duration() -> None:
    async with central_system() as central:
        process = await simulate(
            *("--count", "5", "--id-prefix", "L-", "--password", "p", "--url", central.url),
            *("--duration", "3", "--quiet"),
        )
        output, _ = await process.communicate()
        assert process.returncode == 0, output.decode()
        assert {charger for charger, _, _ in central.calls} == {
            f"L-000{number}" for number in range(1, 6)
        }
    assert output.decode().count("\n") == 1


@pytest.mark.parametrize(
    "options, reason",
    [
        ({}, "--fleet FILE"),
        ({"count": 1, "url": "http://host"}, "ws://host:port"),
        ({"count": 1, "speed": 0.0}, "--speed"),
        ({"fleet": [Path("/nonexistent/fleet.json")]}, "cannot read"),
    ],
)
def test_simulate_when_options_are_wrong_says_so(options: dict[str, object], reason: str) -> None:
    with pytest.raises(CommandError, match=reason):
        call_command("simulate", **options)
