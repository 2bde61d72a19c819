"""The benchmark says what was measured, what it should be, and fails where something was lost."""

from collections import Counter

import pytest

from apps.ocpp.schemas import validate_request
from bench.__main__ import parse
from bench.mix import MESSAGES_PER_ROUND, Day
from bench.rows import ROWS
from bench.table import Line, Verdict, at_least, at_most, none_at_all, render

pytestmark = pytest.mark.req("OCP-06")


def test_round_when_counted_is_the_realistic_mix() -> None:
    actions = Counter(action for action, _ in Day.of_rounds("04A1B2C3", 1).round())

    assert actions == {
        "BootNotification": 1,
        "StatusNotification": 5,
        "Heartbeat": 10,
        "Authorize": 4,
        "StartTransaction": 2,
        "StopTransaction": 2,
        "MeterValues": 76,
    }
    assert actions.total() == MESSAGES_PER_ROUND


def test_round_when_checked_against_the_schemas_is_what_a_charger_may_send() -> None:
    for action, payload in Day.of_rounds("04A1B2C3", 1).round():
        assert validate_request(action, payload).ok, action
        if action == "MeterValues":
            assert len(payload["meterValue"][0]["sampledValue"]) == 10


@pytest.mark.parametrize(
    "value, target, verdict",
    [
        (0.8, at_most(0.8), Verdict.MET),
        (0.81, at_most(0.8), Verdict.MISSED),
        (700, at_least(700), Verdict.MET),
        (699, at_least(700), Verdict.MISSED),
        (0, none_at_all(), Verdict.MET),
        (1, none_at_all(), Verdict.BROKEN),
        (None, none_at_all(), Verdict.NONE),
        (1, None, Verdict.NONE),
    ],
)
def test_verdict_when_a_target_is_missed_tells_slow_from_broken(value, target, verdict) -> None:
    assert Line("measure", value, target=target).verdict is verdict


def test_table_when_printed_shows_figures_beside_target_and_floor() -> None:
    text = render(
        [
            Line("CPU", 0.9, "s", at_most(0.8), floor=0.3, places=2),
            Line("rate", 1234, "/s"),
            Line("CPU elsewhere", None, "s", at_most(1)),
        ]
    )

    rows = [line.split() for line in text.splitlines()]
    assert rows[1] == ["CPU", "0.90", "s", "≤", "0.8", "0.30", "3.0", "missed"]
    assert rows[2] == ["rate", "1,234", "/s"]
    assert rows[3] == ["CPU", "elsewhere", "not", "measured", "≤", "1"]


def test_options_when_a_row_is_unknown_name_the_rows(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--only", "mix,speed"])

    assert f"no such row: speed; {', '.join(ROWS)}" in capsys.readouterr().err
