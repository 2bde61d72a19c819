"""Tests with a browser or with servers in processes of their own get a second try when they fail.

What only such a test meets is the machine: a process that starts late, a page that is drawn late.
The run says which tests needed it, with what failed first; more than `MOST` of them fail the run.
All other tests are tried once. The trying again itself is pytest-rerunfailures'.
"""

import pytest

TRIED_AGAIN = ("browser", "processes")
PROCESSES = (
    "tests/bench/",
    "tests/config/",
    "tests/core/test_background.py",
    "tests/core/test_fleet.py",
    "tests/core/test_serve.py",
    "tests/core/test_serving.py",
    "tests/ocpp/durability/",
    "tests/ocpp/faults/",
    "tests/ocpp/gateway/",
    "tests/ocpp/security/",
    "tests/ocpp/test_kill.py",
)
"""Where tests start servers; they are marked `processes` by that."""
MOST = 3
Stats = dict[str, list[pytest.TestReport]]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        path = item.path.relative_to(config.rootpath).as_posix()
        if path.startswith(PROCESSES):
            item.add_marker("processes")
        if any(item.get_closest_marker(name) for name in TRIED_AGAIN):
            item.add_marker(pytest.mark.flaky(reruns=1))


def second_tries(stats: Stats) -> dict[str, str]:
    """Return what failed first in each test that then passed, by its name."""
    broken = {report.nodeid for key in ("failed", "error") for report in stats.get(key, [])}
    passed = {report.nodeid for report in stats.get("passed", [])} - broken
    return {
        report.nodeid: report.longreprtext
        for report in stats.get("rerun", [])
        if report.nodeid in passed
    }


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or session.exitstatus != pytest.ExitCode.OK:
        return
    if len(second_tries(reporter.stats)) > MOST:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    tries = second_tries(terminalreporter.stats)
    if not tries:
        return
    terminalreporter.section("passed only at the second try")
    for name, failure in tries.items():
        terminalreporter.write_line(name, yellow=True)
        terminalreporter.write_line(failure)
    if len(tries) > MOST:
        terminalreporter.write_line(
            f"{len(tries)} tests needed a second try, more than {MOST}: the run fails", red=True
        )
