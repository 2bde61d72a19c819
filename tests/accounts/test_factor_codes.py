"""Codes of authenticator apps, by the vectors of RFC 6238 and RFC 4226."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from apps.accounts.domain.factors import (
    code_at,
    fitting_step,
    is_app_code,
    plain_code,
    step_at,
)

pytestmark = pytest.mark.req("ACC-08")

# The shared secret of both RFCs is the ASCII text 12345678901234567890.
SECRET = base64.b32encode(b"12345678901234567890").decode()
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "seconds, code",
    # RFC 6238, appendix B, SHA-1; the last six of its eight digits.
    [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ],
)
def test_code_when_made_at_the_times_of_rfc_6238_then_as_there(seconds: int, code: str) -> None:
    assert code_at(SECRET, step_at(datetime.fromtimestamp(seconds, tz=UTC))) == code


@pytest.mark.parametrize(
    "counter, code",
    # RFC 4226, appendix D.
    list(
        enumerate(["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583"])
    ),
)
def test_code_when_made_for_the_counters_of_rfc_4226_then_as_there(counter: int, code: str) -> None:
    assert code_at(SECRET, counter) == code


@pytest.mark.parametrize(
    "late_s, fits", [(-60, False), (-30, True), (0, True), (30, True), (60, False)]
)
def test_code_when_the_clock_is_wrong_then_one_step_either_way_fits(
    late_s: int, fits: bool
) -> None:
    code = code_at(SECRET, step_at(NOW))

    step = fitting_step(SECRET, code, now=NOW + timedelta(seconds=late_s), last_step=0)

    assert (step == step_at(NOW)) is fits


def test_code_when_used_before_then_neither_it_nor_an_older_one_fits() -> None:
    used = step_at(NOW)

    for step in (used, used - 1):
        assert fitting_step(SECRET, code_at(SECRET, step), now=NOW, last_step=used) is None
    assert fitting_step(SECRET, code_at(SECRET, used + 1), now=NOW, last_step=used) == used + 1


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "٣٤٥٦٧٨"])
def test_code_when_it_is_none_then_nothing_fits(code: str) -> None:
    assert not is_app_code(code)
    assert fitting_step(SECRET, code, now=NOW, last_step=0) is None


def test_code_when_typed_in_groups_then_the_same() -> None:
    assert plain_code(" 123 456 ") == plain_code("123-456") == "123456"
