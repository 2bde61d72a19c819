"""Says visibly what was skipped and how to get it; with CI_NO_SKIPS=1 a skip fails the run."""

import os
import shutil
from collections import Counter

import pytest

REMEDIES = {
    "browser": "no chromium found; get it by: apt-get install chromium",
    "redis": "REDIS_URL is not set; get it by: apt-get install redis-server, then "
    "REDIS_URL=redis://127.0.0.1:6379/0 make test",
}


def find_chromium() -> str | None:
    """Return the path of Debian's chromium, or of another one named by CHROMIUM."""
    return (
        os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    )


def is_missing(marker: str) -> bool:
    """Return whether the machine lacks what tests with this marker need."""
    if marker == "browser":
        return find_chromium() is None
    return not os.environ.get("REDIS_URL")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if os.environ.get("REDIS_URL"):
        left_out = [item for item in items if item.get_closest_marker("without_redis")]
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)
    missing = {marker for marker in REMEDIES if is_missing(marker)}
    for item in items:
        for marker in missing:
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=f"{marker}: {REMEDIES[marker]}"))


def skip_reasons(stats: dict[str, list[pytest.TestReport]]) -> Counter[str]:
    """Return how many tests were skipped, by reason."""
    reasons: Counter[str] = Counter()
    for report in stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reasons[reason.removeprefix("Skipped: ")] += 1
    return reasons


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or os.environ.get("CI_NO_SKIPS") != "1":
        return
    if skip_reasons(reporter.stats) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reasons = skip_reasons(terminalreporter.stats)
    if not reasons:
        return
    terminalreporter.section("skipped, and how to get it")
    for reason, number in reasons.most_common():
        terminalreporter.write_line(f"{number:>5}  {reason}")
    if os.environ.get("CI_NO_SKIPS") == "1":
        terminalreporter.write_line("CI_NO_SKIPS=1: a skipped test fails the run", red=True)
