"""Each row of the benchmark runs, in tiny, and finds nothing broken."""

from dataclasses import replace

import pytest

from bench.rows import ROWS
from bench.stage import Stage
from bench.table import Verdict

pytestmark = [pytest.mark.slow, pytest.mark.req("OCP-06")]

TINY = {
    "mix": {"chargers": 2, "warm_up": 0, "servers": ("uvicorn",)},
    "meter_values": {"chargers": 2, "meter_values": 10},
    "load": {"chargers": 2, "seconds": 0.5},
    "race": {"pairs": 5},
    "kill": {"chargers": 2, "kills": 1},
    "soak": {"chargers": 2, "seconds": 1.0},
}


@pytest.mark.parametrize("name", list(ROWS))
def test_row_when_run_in_tiny_gives_figures_and_finds_nothing_broken(
    stage: Stage, name: str
) -> None:
    row = ROWS[name]

    lines = list(row.run(stage, replace(row.QUICK, **TINY.get(name, {}))))

    assert [line for line in lines if line.verdict is Verdict.BROKEN] == []
    assert all(line.value is not None for line in lines)
    assert len({line.measure for line in lines}) == len(lines)
