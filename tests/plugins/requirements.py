"""Ties tests to the rows of tests/requirements.csv by `@pytest.mark.req("ID", ...)`.

`pytest --requirements` prints after the run, one line per row of the file: id, number of its
tests that passed, title. An id that is not in the file stops the collection.
"""

import csv
from collections import defaultdict
from pathlib import Path

import pytest

REQUIREMENTS_FILE = Path(__file__).parents[1] / "requirements.csv"
PROPERTY = "req"


def load_titles(path: Path = REQUIREMENTS_FILE) -> dict[str, str]:
    """Return the title of each requirement by its id, in the order of the file."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row["id"]: row["title"] for row in csv.DictReader(file)}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--requirements",
        action="store_true",
        help="print each requirement with the number of its tests that passed",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Write the ids of each test into its user properties, so that xdist carries them along."""
    titles = load_titles()
    unknown: list[str] = []
    for item in items:
        ids = dict.fromkeys(str(arg) for mark in item.iter_markers("req") for arg in mark.args)
        item.user_properties.extend((PROPERTY, identifier) for identifier in ids)
        unknown.extend(f"{item.nodeid}: {name}" for name in ids if name not in titles)
    if unknown:
        listing = "\n  ".join(unknown)
        message = f"ids that are not in {REQUIREMENTS_FILE.name}:\n  {listing}"
        raise pytest.UsageError(message)


def count_passed(stats: dict[str, list[pytest.TestReport]]) -> dict[str, int]:
    """Return the number of passed tests by requirement id, from the reports of a run."""
    broken = {report.nodeid for key in ("failed", "error") for report in stats.get(key, [])}
    passed: dict[str, set[str]] = defaultdict(set)
    for report in stats.get("passed", []):
        if report.when != "call" or report.nodeid in broken:
            continue
        for name, value in report.user_properties:
            if name == PROPERTY:
                passed[str(value)].add(report.nodeid)
    return {identifier: len(nodes) for identifier, nodes in passed.items()}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not terminalreporter.config.getoption("requirements"):
        return
    passed = count_passed(terminalreporter.stats)
    terminalreporter.section("requirements")
    for identifier, title in load_titles().items():
        terminalreporter.write_line(f"{identifier:<8} {passed.get(identifier, 0):>5}  {title}")
