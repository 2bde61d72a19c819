"""The benchmark measures what a charger would send, and says so when answers are errors."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from apps.ocpp.schemas import validate_request
from bench.__main__ import Figures, table
from bench.mix import BOOT, MESSAGES_PER_ROUND, Day

PROJECT = Path(__file__).parents[2]

pytestmark = pytest.mark.req("OCP-06")


def test_mix_when_checked_against_the_schemas_is_what_a_charger_may_send() -> None:
    messages = [BOOT, *Day("04A1B2C3").round()]

    assert len(messages) == 1 + MESSAGES_PER_ROUND
    for action, payload in messages:
        assert validate_request(action, payload).ok, action


def test_table_when_printed_shows_what_the_gateway_costs_in_multiples_of_the_floor() -> None:
    gateway = Figures(0.6, 0.5, 900.0, 5.0, 9.0, 60.0)
    floor = Figures(0.1, None, 1800.0, 2.0, 3.0, 20.0)

    text = table(gateway, floor)

    assert re.search(r"gateway CPU s per 1,000 messages +0\.600 +0\.100 +6\.00", text)
    assert re.search(r"PostgreSQL CPU s per 1,000 messages +0\.500 +- +-", text)
    assert re.search(r"memory per idle charger KiB +60\.0 +20\.0 +3\.00", text)


@pytest.mark.slow
def test_floor_when_measured_gives_figures() -> None:
    command = [sys.executable, "-m", "bench", "--floor-only"]

    done = subprocess.run(
        [*command, "--chargers", "2", "--rounds", "1", "--idle", "5"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "Figures(cpu_s_per_1000=" in done.stdout
