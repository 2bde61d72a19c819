"""A kind of job for tests, and jobs of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from apps.accounts.models import User
from apps.jobs.domain import kinds
from apps.jobs.models import Job
from apps.jobs.services import jobs, runs
from tests.conftest import NOW

KIND = "tests.count"
RIGHT = "charge_records.export_chargerecord"


def count(run: runs.Run) -> dict[str, Any]:
    """Write as many lines as the parameters say."""
    rows = run.job.parameters["rows"]
    with run.new_file("numbers.csv") as file:
        for number in range(rows):
            run.advance(number, rows)
            file.write(b"%d\r\n" % number)
    run.advance(rows, rows)
    return {"rows": rows}


@pytest.fixture(autouse=True)
def kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the kind be known; tests register their own work under the same name."""
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    kinds.register(KIND, "Counting", count, right=RIGHT)
    # Every step is told, so that tests need no time.
    monkeypatch.setattr(runs, "TOLD_EVERY_S", 0.0)


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def start(alpha: Any) -> Callable[..., Job]:
    def make(user: User, *, rows: int = 3) -> Job:
        return jobs.start(KIND, user, {"rows": rows}, now=NOW)

    return make
