"""Charging profiles in the words of OCPP 1.6 (edition 2, 7.8 to 7.14)."""

from __future__ import annotations

from apps.ocpp.adapters.models import ModelProfile, limit_for, stack_level_for
from apps.ocpp.adapters.v16.parameters import (
    Parameters,
    is_given,
    required_choice,
    required_integer,
    required_list,
    required_number,
    required_object,
    required_time,
)
from apps.ocpp.frames import JsonObject
from apps.vocabulary.commands import ParametersInvalidError

PURPOSES = {
    "station_maximum": "ChargePointMaxProfile",
    "default": "TxDefaultProfile",
    "transaction": "TxProfile",
}
RATE_UNITS = {"A": "A", "W": "W"}
_KINDS = {"absolute": "Absolute", "recurring": "Recurring", "relative": "Relative"}
_RECURRENCIES = {"daily": "Daily", "weekly": "Weekly"}


def charging_profile(profile: Parameters) -> JsonObject:
    """Return a ChargingProfile; ParametersInvalidError names what is missing."""
    payload: JsonObject = {
        "chargingProfileId": required_integer(profile, "id"),
        "stackLevel": required_integer(profile, "stack_level", minimum=0),
        "chargingProfilePurpose": required_choice(profile, "purpose", PURPOSES),
        "chargingProfileKind": required_choice(profile, "kind", _KINDS),
    }
    if is_given(profile, "transaction_id"):
        payload["transactionId"] = required_integer(profile, "transaction_id")
    if is_given(profile, "recurrency"):
        payload["recurrencyKind"] = required_choice(profile, "recurrency", _RECURRENCIES)
    if is_given(profile, "valid_from"):
        payload["validFrom"] = required_time(profile, "valid_from")
    if is_given(profile, "valid_to"):
        payload["validTo"] = required_time(profile, "valid_to")
    payload["chargingSchedule"] = _charging_schedule(profile)
    return payload


def _charging_schedule(profile: Parameters) -> JsonObject:
    schedule: JsonObject = {"chargingRateUnit": required_choice(profile, "unit", RATE_UNITS)}
    if is_given(profile, "duration_s"):
        schedule["duration"] = required_integer(profile, "duration_s", minimum=0)
    if is_given(profile, "start"):
        schedule["startSchedule"] = required_time(profile, "start")
    if is_given(profile, "minimum_rate"):
        schedule["minChargingRate"] = required_number(profile, "minimum_rate")
    schedule["chargingSchedulePeriod"] = _periods(profile)
    return schedule


def _periods(profile: Parameters) -> list[JsonObject]:
    """Return the periods; the first starts at 0 and they ascend (OCPP 1.6, 7.14)."""
    periods: list[JsonObject] = []
    for item in required_list(profile, "periods"):
        entry = required_object({"periods": item}, "periods")
        period: JsonObject = {
            "startPeriod": required_integer(entry, "start_s", minimum=0),
            "limit": required_number(entry, "limit"),
        }
        if is_given(entry, "phases"):
            period["numberPhases"] = required_integer(entry, "phases", minimum=1)
        periods.append(period)
    starts = [period["startPeriod"] for period in periods]
    if not starts or starts[0] != 0 or starts != sorted(set(starts)):
        raise ParametersInvalidError("periods: start_s must begin at 0 and ascend")
    return periods


def fitted(payload: JsonObject, model: ModelProfile) -> JsonObject:
    """Return a request with its profile, if any, as the model takes it: limits, stack level."""
    for key in ("csChargingProfiles", "chargingProfile"):
        profile = payload.get(key)
        if profile is None:
            continue
        profile["stackLevel"] = stack_level_for(profile["stackLevel"], model)
        schedule = profile["chargingSchedule"]
        if schedule["chargingRateUnit"] == "A":
            for period in schedule["chargingSchedulePeriod"]:
                period["limit"] = limit_for(period["limit"], model)
            if "minChargingRate" in schedule:
                schedule["minChargingRate"] = limit_for(schedule["minChargingRate"], model)
    return payload
