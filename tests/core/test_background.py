"""The worker and beat inside of a process."""

from collections.abc import Callable

import pytest

from tests.core.conftest import Process

pytestmark = pytest.mark.req("OCP-06")


def test_background_when_started_runs_queues_and_schedule_and_stops_after_the_running_task(
    start_process: Callable[..., Process],
) -> None:
    process = start_process("-m", "tests.core.background_program")

    process.wait_for_line("usual True")
    process.wait_for_line("urgent True")
    process.wait_for_line("tick True")
    process.wait_for_line("long task ended")
    process.wait_for_line("worker ended")

    assert process.popen.wait(20) == 0
