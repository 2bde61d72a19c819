"""Smart charging commands (OCPP 1.6, section 5): profiles lower the power on offer."""

from typing import TYPE_CHECKING

from apps.ocpp.simulator.clock import to_text
from apps.ocpp.simulator.frames import Payload
from apps.ocpp.simulator.profiles import clear, composite_periods, install, read_profile
from apps.ocpp.simulator.replies import (
    Handler,
    MalformedCallError,
    Reply,
    integer_field,
    object_field,
    status,
)
from apps.ocpp.simulator.vehicle import VOLTAGE_V

if TYPE_CHECKING:
    from apps.ocpp.simulator.charger import SimulatedCharger


def set_charging_profile(charger: "SimulatedCharger", payload: Payload) -> Reply:
    """Install a profile; TxProfile needs the transaction that runs on that connector."""
    number = integer_field(payload, "connectorId")
    body = object_field(payload, "csChargingProfiles")
    try:
        profile = read_profile(number, body, charger.now())
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedCallError("FormationViolation", f"csChargingProfiles: {error}") from error
    if number and number not in charger.connectors:
        return status("Rejected")
    if profile.stack_level > charger.configuration.integer("ChargeProfileMaxStackLevel"):
        return status("Rejected")
    if profile.purpose == "TxProfile":
        connector = charger.connectors.get(number)
        running = connector.transaction if connector else None
        if running is None or profile.transaction_id not in (None, running.id):
            return status("Rejected")
    charger.profiles = install(charger.profiles, profile)
    return status("Accepted", charger.report_changes)


def clear_charging_profile(charger: "SimulatedCharger", payload: Payload) -> Reply:
    """Remove what matches; Unknown when nothing does."""
    left = clear(charger.profiles, payload)
    if len(left) == len(charger.profiles):
        return status("Unknown")
    charger.profiles = left
    return status("Accepted", charger.report_changes)


def get_composite_schedule(charger: "SimulatedCharger", payload: Payload) -> Reply:
    """Report the limits over the time asked for, in W or in A over three phases."""
    number = integer_field(payload, "connectorId")
    duration_s = integer_field(payload, "duration")
    if number and number not in charger.connectors:
        return status("Rejected")
    now = charger.now()
    unit = payload.get("chargingRateUnit", "W")
    per_unit = VOLTAGE_V * 3 if unit == "A" else 1.0
    periods = composite_periods(
        charger.profiles, number, now, duration_s=duration_s, power_w=charger.power_w
    )
    schedule = {
        "duration": duration_s,
        "chargingRateUnit": unit,
        "chargingSchedulePeriod": [
            {"startPeriod": start, "limit": round(limit / per_unit, 1)} for start, limit in periods
        ],
    }
    return Reply(
        {
            "status": "Accepted",
            "connectorId": number,
            "scheduleStart": to_text(now),
            "chargingSchedule": schedule,
        }
    )


HANDLERS: dict[str, Handler] = {
    "SetChargingProfile": set_charging_profile,
    "ClearChargingProfile": clear_charging_profile,
    "GetCompositeSchedule": get_composite_schedule,
}
