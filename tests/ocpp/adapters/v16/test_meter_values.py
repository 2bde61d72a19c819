"""Meter values: defaults, units, shapes that chargers get wrong, signed data."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from apps.ocpp.adapters.v16.meter_values import read_samples, sample_flags
from apps.vocabulary.events import Sample

pytestmark = [pytest.mark.req("OCP-01"), pytest.mark.req("OCP-07")]

NOW = datetime(2026, 3, 9, 8, 0, 5, tzinfo=UTC)
TIME = "2026-03-09T08:00:00Z"
AT = datetime(2026, 3, 9, 8, tzinfo=UTC)


def read(value: Any) -> tuple[Sample, ...]:
    return read_samples(value, now=NOW, zone=UTC)


def single(**fields: Any) -> Sample:
    (sample,) = read([{"timestamp": TIME, "sampledValue": [fields]}])
    return sample


def test_sample_when_only_value_then_defaults_of_the_protocol() -> None:
    assert single(value="12345") == Sample(
        at=AT,
        at_raw=TIME,
        measurand="Energy.Active.Import.Register",
        value=Decimal(12345),
        unit="Wh",
        phase=None,
        context="Sample.Periodic",
        location="Outlet",
        format="Raw",
        raw_value="12345",
    )


@pytest.mark.parametrize(
    "value, unit, measurand, number, normalised",
    [
        ("12.345", "kWh", "", "12345", "Wh"),
        ("12.345", "KWH", "", "12345", "Wh"),
        ("7.4", "kW", "Power.Active.Import", "7400", "W"),
        ("1", "kvarh", "Energy.Reactive.Import.Register", "1000", "varh"),
        ("1", "kVA", "Power.Offered", "1000", "VA"),
        ("1", "kvar", "Power.Reactive.Import", "1000", "var"),
        ("16", "A", "Current.Import", "16", "A"),
        ("21.5", "Celcius", "Temperature", "21.5", "Celsius"),
        ("80", "", "SoC", "80", ""),
        ("3", "", "Energy.Reactive.Export.Register", "3", "varh"),
        (" 12,5 ", "Wh", "", "12.5", "Wh"),
        ("-0.25", "W", "Power.Active.Import", "-0.25", "W"),
        ("1.606848e7", "Wh", "", "16068480", "Wh"),
        ("0.12345678", "V", "Voltage", "0.123457", "V"),
        ("50", "Hz", "Frequency", "50", "Hz"),
    ],
)
def test_sample_when_unit_is_given_then_brought_to_base(
    value: str, unit: str, measurand: str, number: str, normalised: str
) -> None:
    sample = single(value=value, unit=unit, measurand=measurand)
    assert (sample.value, sample.unit, sample.raw_value) == (Decimal(number), normalised, value)


@pytest.mark.parametrize(
    "group",
    [
        {"timestamp": TIME, "sampledValue": {"value": "7"}},
        {"timestamp": TIME, "values": [{"value": "7"}]},
        {"timestamp": TIME, "value": [{"value": "7"}]},
        {"timestamp": TIME, "sampledValue": ["7"]},
        {"timestamp": TIME, "sampledValue": 7},
        {"timestamp": TIME, "value": "7"},
    ],
)
def test_samples_when_shape_is_odd_then_read_and_flagged(group: dict[str, Any]) -> None:
    for value in (group, [group]):
        (sample,) = read(value)
        assert (sample.at, sample.value) == (AT, Decimal(7))
        assert "meter_value_shape" in sample.flags


@pytest.mark.parametrize("value", [None, [], {}, "text", 7, [7, None, "x"], [{"timestamp": TIME}]])
def test_samples_when_nothing_is_there_then_none(value: Any) -> None:
    assert read(value) == ()


def test_samples_when_unsorted_then_by_time_and_stable() -> None:
    late, early = "2026-03-09T08:10:00Z", "2026-03-09T08:01:00Z"
    samples = read(
        [
            {"timestamp": late, "sampledValue": [{"value": "3"}]},
            {"timestamp": early, "sampledValue": [{"value": "1"}, {"value": "2"}]},
        ]
    )
    assert [sample.raw_value for sample in samples] == ["1", "2", "3"]


def test_samples_when_time_is_missing_then_time_of_receipt() -> None:
    (sample,) = read([{"sampledValue": [{"value": "1"}]}])
    assert (sample.at, sample.at_raw, sample.flags) == (NOW, "", ("time_missing",))


@pytest.mark.parametrize(
    "value, form",
    [
        ('OCMF|{"FV":"1.0"}|{"SD":"30"}', "SignedData"),
        ('OCMF|{"FV":"1.0"}|{"SD":"30"}', "Raw"),
        ("AP;0;3;AAAA;BBBB;CCCC;", "Raw"),
        ("1234", "SignedData"),
    ],
)
@pytest.mark.req("CDR-04")
def test_sample_when_signed_then_text_is_kept_and_no_number(value: str, form: str) -> None:
    sample = single(value=value, format=form)
    assert (sample.value, sample.raw_value, sample.flags) == (None, value, ())


@pytest.mark.parametrize(
    "value, flag",
    [
        ("n/a", "value_not_a_number"),
        ("", "value_not_a_number"),
        ("NaN", "value_not_a_number"),
        ("1e13", "value_out_of_range"),
        (None, "value_not_a_text"),
        (True, "value_not_a_text"),
        ({"a": 1}, "value_not_a_text"),
    ],
)
def test_sample_when_value_is_no_number_then_kept_raw_and_flagged(value: Any, flag: str) -> None:
    sample = single(value=value)
    assert sample.value is None
    assert flag in sample_flags((sample,))


def test_sample_when_word_is_overlong_then_fits_the_column() -> None:
    assert len(single(value="1", measurand="m" * 500).measurand) == 64
