"""Charging profiles: which power they leave to a connector (OCPP 1.6, section 3.13)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from apps.ocpp.simulator.clock import from_text
from apps.ocpp.simulator.vehicle import VOLTAGE_V

RECURRENCY_S = {"Daily": 86_400, "Weekly": 604_800}
PURPOSES = ("ChargePointMaxProfile", "TxDefaultProfile", "TxProfile")


@dataclass(frozen=True, slots=True)
class Profile:
    """An installed profile; `periods` are (start in s, limit in W), oldest first."""

    connector: int
    profile_id: int
    stack_level: int
    purpose: str
    kind: str
    recurrency_s: int | None
    valid_from: datetime | None
    valid_to: datetime | None
    transaction_id: int | None
    starts_at: datetime | None
    duration_s: int | None
    periods: tuple[tuple[int, float], ...]
    received_at: datetime

    def limit_w(self, now: datetime, transaction_began: datetime | None) -> float | None:
        """Return the limit that holds now, None when the profile says nothing for now."""
        if (self.valid_from and now < self.valid_from) or (self.valid_to and now >= self.valid_to):
            return None
        if self.kind == "Relative":
            begin = transaction_began or self.received_at
        else:
            begin = self.starts_at or self.received_at
        offset = (now - begin).total_seconds()
        if self.recurrency_s:
            offset %= self.recurrency_s
        if offset < 0 or (self.duration_s is not None and offset >= self.duration_s):
            return None
        limits = [limit for start, limit in self.periods if start <= offset]
        return limits[-1] if limits else None


def read_profile(connector: int, body: dict[str, Any], now: datetime) -> Profile:
    """Return the profile of a csChargingProfiles object; raise KeyError or ValueError if broken."""
    schedule = body["chargingSchedule"]
    purpose = body["chargingProfilePurpose"]
    if purpose not in PURPOSES:
        raise ValueError(f"unknown purpose {purpose}")
    in_amperes = schedule["chargingRateUnit"] == "A"
    periods = [
        (int(period["startPeriod"]), _limit_w(period, in_amperes=in_amperes))
        for period in schedule["chargingSchedulePeriod"]
    ]
    kind = body["chargingProfileKind"]
    recurrency = RECURRENCY_S.get(body.get("recurrencyKind", "Daily"))
    return Profile(
        connector=connector,
        profile_id=int(body["chargingProfileId"]),
        stack_level=int(body["stackLevel"]),
        purpose=purpose,
        kind=kind,
        recurrency_s=recurrency if kind == "Recurring" else None,
        valid_from=from_text(body.get("validFrom")),
        valid_to=from_text(body.get("validTo")),
        transaction_id=body.get("transactionId"),
        starts_at=from_text(schedule.get("startSchedule")),
        duration_s=schedule.get("duration"),
        periods=tuple(sorted(periods)),
        received_at=now,
    )


def _limit_w(period: dict[str, Any], *, in_amperes: bool) -> float:
    limit = float(period["limit"])
    return limit * VOLTAGE_V * int(period.get("numberPhases") or 3) if in_amperes else limit


def install(profiles: list[Profile], new: Profile) -> list[Profile]:
    """Return the profiles with a new one, which replaces its like (section 3.13.2)."""
    kept = [
        old
        for old in profiles
        if old.profile_id != new.profile_id
        and (old.connector, old.purpose, old.stack_level)
        != (new.connector, new.purpose, new.stack_level)
    ]
    return [*kept, new]


def clear(profiles: list[Profile], wanted: dict[str, Any]) -> list[Profile]:
    """Return what ClearChargingProfile leaves; each given field narrows, none clears all."""

    def matches(profile: Profile) -> bool:
        if "id" in wanted:
            return bool(profile.profile_id == wanted["id"])
        has = {
            "connectorId": profile.connector,
            "chargingProfilePurpose": profile.purpose,
            "stackLevel": profile.stack_level,
        }
        return all(wanted.get(name, value) == value for name, value in has.items())

    return [profile for profile in profiles if not matches(profile)]


def offered_w(
    profiles: Iterable[Profile],
    connector: int,
    now: datetime,
    *,
    power_w: float,
    transaction_began: datetime | None = None,
) -> float:
    """Return the power in W that the profiles leave of `power_w` to a connector."""
    best: dict[str, tuple[int, float]] = {}
    for profile in profiles:
        if profile.connector not in (0, connector):
            continue
        limit = profile.limit_w(now, transaction_began)
        if limit is None or profile.stack_level < best.get(profile.purpose, (-1, 0.0))[0]:
            continue
        best[profile.purpose] = (profile.stack_level, limit)
    limits = [power_w]
    if "ChargePointMaxProfile" in best:
        limits.append(best["ChargePointMaxProfile"][1])
    if transaction_limit := best.get("TxProfile") or best.get("TxDefaultProfile"):
        limits.append(transaction_limit[1])
    return max(min(limits), 0.0)


def composite_periods(
    profiles: Iterable[Profile], connector: int, now: datetime, *, duration_s: int, power_w: float
) -> list[tuple[int, float]]:
    """Return (start in s, limit in W) over `duration_s`, to the minute."""
    profiles = list(profiles)
    periods: list[tuple[int, float]] = []
    for second in range(0, max(min(duration_s, 86_400), 1), 60):
        moment = now + timedelta(seconds=second)
        limit = offered_w(profiles, connector, moment, power_w=power_w)
        if not periods or periods[-1][1] != limit:
            periods.append((second, limit))
    return periods
