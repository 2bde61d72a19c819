"""Meter values of OCPP 1.6 to samples: defaults filled in, units brought to Wh, W, VA and var."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any

from apps.ocpp.adapters.fields import number, word
from apps.ocpp.adapters.times import read_time
from apps.ocpp.frames import JsonObject, json_text, storable
from apps.vocabulary.events import Sample

VALUE_NOT_A_NUMBER = "value_not_a_number"
VALUE_NOT_A_TEXT = "value_not_a_text"
VALUE_OUT_OF_RANGE = "value_out_of_range"
SHAPE_FORGIVEN = "meter_value_shape"

# OCPP 1.6, edition 2, 7.43 (SampledValue).
DEFAULT_MEASURAND = "Energy.Active.Import.Register"
DEFAULT_CONTEXT = "Sample.Periodic"
DEFAULT_LOCATION = "Outlet"
DEFAULT_FORMAT = "Raw"
DEFAULT_ENERGY_UNIT = "Wh"
SIGNED_DATA = "SignedData"

_THOUSANDS = {"kWh": "Wh", "kvarh": "varh", "kW": "W", "kVA": "VA", "kvar": "var"}
_UNIT_SPELLINGS = {
    unit.lower(): unit
    for unit in (
        *("Wh", "kWh", "varh", "kvarh", "W", "kW", "VA", "kVA", "var", "kvar"),
        *("A", "V", "K", "Celsius", "Fahrenheit", "Percent", "Hertz"),
    )
} | {"celcius": "Celsius"}

# Ours: above any register; after kWh became Wh a value stays below 10^15, with six places at most.
VALUE_LIMIT = Decimal(10) ** 12
VALUE_PLACES = 6
VALUE_STEP = Decimal(1).scaleb(-VALUE_PLACES)
# Signed records are sometimes sent as Raw: known beginnings of OCMF and of Alfen's format.
_SIGNED_BEGINNINGS = ("OCMF|", "AP;")


def read_samples(value: Any, *, now: datetime, zone: tzinfo) -> tuple[Sample, ...]:
    """Return the samples of a `meterValue` or `transactionData` field, sorted by time.

    Forgiven: one object where a list is due, `values` or `value` for `sampledValue`, a bare value
    for an object, a missing time (time of receipt). What is no object at all yields nothing.
    """
    samples: list[Sample] = []
    for group in _listed(value):
        if isinstance(group, dict):
            samples.extend(_read_group(group, now=now, zone=zone))
    samples.sort(key=lambda sample: sample.at)
    return tuple(samples)


def sample_flags(samples: tuple[Sample, ...]) -> tuple[str, ...]:
    """Return the flags of all samples, each once."""
    return tuple(dict.fromkeys(flag for sample in samples for flag in sample.flags))


def _listed(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _read_group(group: JsonObject, *, now: datetime, zone: tzinfo) -> Iterator[Sample]:
    time = read_time(group.get("timestamp"), now=now, zone=zone)
    at = time.at or now
    key = next((key for key in ("sampledValue", "values", "value") if key in group), "")
    content = group.get(key)
    is_regular = key == "sampledValue" and isinstance(content, list)
    flags = time.flags if is_regular else (*time.flags, SHAPE_FORGIVEN)
    for item in _listed(content):
        if isinstance(item, dict):
            yield _sample(item, at, time.raw, flags)
        elif isinstance(item, (str, int, float)):
            bare_flags = tuple(dict.fromkeys((*flags, SHAPE_FORGIVEN)))
            yield _sample({"value": item}, at, time.raw, bare_flags)


def _sample(item: JsonObject, at: datetime, at_raw: str, flags: tuple[str, ...]) -> Sample:
    sent = item["value"] if "value" in item else item.get("values")
    raw_value = storable(sent if isinstance(sent, str) else json_text(sent))
    measurand = word(item, "measurand") or DEFAULT_MEASURAND
    form = word(item, "format") or DEFAULT_FORMAT
    found: list[str] = []
    if not isinstance(sent, str):
        found.append(VALUE_NOT_A_TEXT)
    value = _value(sent, raw_value, form, found)
    unit = _unit(word(item, "unit"), measurand)
    if unit in _THOUSANDS:
        unit = _THOUSANDS[unit]
        value = None if value is None else value * 1000
    return Sample(
        at=at,
        at_raw=at_raw,
        measurand=measurand,
        value=value,
        unit=unit,
        phase=word(item, "phase") or None,
        context=word(item, "context") or DEFAULT_CONTEXT,
        location=word(item, "location") or DEFAULT_LOCATION,
        format=form,
        raw_value=raw_value,
        flags=tuple(dict.fromkeys((*flags, *found))) if found else flags,
    )


def _value(sent: Any, raw_value: str, form: str, flags: list[str]) -> Decimal | None:
    """Return the number, None for signed data; what is neither is flagged."""
    if form == SIGNED_DATA or raw_value.lstrip().startswith(_SIGNED_BEGINNINGS):
        return None
    value = number(sent)
    if value is None:
        flags.append(VALUE_NOT_A_NUMBER)
        return None
    if abs(value) >= VALUE_LIMIT:
        flags.append(VALUE_OUT_OF_RANGE)
        return None
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent >= -VALUE_PLACES:
        return value
    return value.quantize(VALUE_STEP).normalize()


def _unit(sent: str, measurand: str) -> str:
    """Return the unit in the protocol's spelling; Wh is the default of energy only."""
    if sent:
        return _UNIT_SPELLINGS.get(sent.lower(), sent)
    if measurand.startswith("Energy.Active"):
        return DEFAULT_ENERGY_UNIT
    return "varh" if measurand.startswith("Energy.Reactive") else ""
