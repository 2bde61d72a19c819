"""The charger's meter: readings as OCPP 1.6 `meterValue` entries."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.ocpp.simulator.clock import to_text
from apps.ocpp.simulator.vehicle import VOLTAGE_V

DC_VOLTAGE_V = 400.0
MEASURANDS = (
    "Energy.Active.Import.Register",
    "Power.Active.Import",
    "Current.Import",
    "Voltage",
    "SoC",
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the meter of a connector shows at one moment; `phases` 0 for DC, `soc` only for DC."""

    at: datetime
    register_wh: int
    power_w: float = 0.0
    phases: int = 3
    soc: float | None = None
    voltage_v: float = VOLTAGE_V


def energy_entry(reading: Reading, context: str) -> dict[str, Any]:
    """Return an entry with the register only, as sent at the begin and end of a transaction."""
    return meter_value(reading, context, ("Energy.Active.Import.Register",))


def meter_value(reading: Reading, context: str, measurands: tuple[str, ...]) -> dict[str, Any]:
    """Return one `meterValue` entry with the chosen measurands; unknown ones are left out."""
    values: list[dict[str, str]] = []
    for measurand in measurands:
        values += _values(reading, measurand)
    for value in values:
        value["context"] = context
    return {"timestamp": to_text(reading.at), "sampledValue": values}


def _values(reading: Reading, measurand: str) -> list[dict[str, str]]:
    match measurand:
        case "Energy.Active.Import.Register":
            return [_value(measurand, str(reading.register_wh), "Wh", location="Outlet")]
        case "Power.Active.Import":
            return [_value(measurand, f"{reading.power_w:.0f}", "W")]
        case "Current.Import":
            return _per_phase(reading, measurand, _current_a(reading), "A")
        case "Voltage":
            return _per_phase(reading, measurand, reading.voltage_v, "V")
        case "SoC" if reading.soc is not None:
            return [_value(measurand, f"{reading.soc:.0f}", "Percent", location="EV")]
    return []


def _current_a(reading: Reading) -> float:
    return reading.power_w / (reading.voltage_v * max(reading.phases, 1))


def _per_phase(reading: Reading, measurand: str, amount: float, unit: str) -> list[dict[str, str]]:
    if reading.phases == 0:
        return [_value(measurand, f"{amount:.1f}", unit)]
    suffix = "-N" if measurand == "Voltage" else ""
    return [
        _value(measurand, f"{amount:.1f}", unit, phase=f"L{phase}{suffix}")
        for phase in range(1, reading.phases + 1)
    ]


def _value(
    measurand: str, amount: str, unit: str, *, phase: str = "", location: str = ""
) -> dict[str, str]:
    value = {"value": amount, "format": "Raw", "measurand": measurand, "unit": unit}
    if phase:
        value["phase"] = phase
    if location:
        value["location"] = location
    return value
