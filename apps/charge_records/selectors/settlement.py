"""Facts of a finished session, gathered for its charge record."""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from apps.charge_records.choices import Medium
from apps.charge_records.domain.eka import (
    SIGNED_DATA_WAITING_TIME,
    EkaFacts,
    is_calibration_relevant,
)
from apps.charge_records.domain.plausibility import SessionFacts
from apps.charge_records.domain.statuses import EkaStatus
from apps.charge_records.models import Activation, ChargingSession
from apps.charge_records.selectors.calibration import SessionCheck
from apps.infrastructure.choices import Protocol
from apps.tenants.models import Tenant

GERMANY = "DE"
# Charge records hold 64 bits; the difference of two registers may need one more.
ENERGY_LIMIT_WH = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who answers for the energy: medium, contract, and whether that is the tenant itself."""

    medium: Medium
    emaid: str
    is_own: bool

    @property
    def is_known(self) -> bool:
        """Somebody does: a contract, a card, the operator who started it or gave it for free."""
        return self.medium is not Medium.UNKNOWN


def bearer_of(activation: Activation | None, tenant: Tenant) -> Bearer:
    """Return who bears the session, as the activation knew."""
    if activation is None:
        return Bearer(Medium.UNKNOWN, "", is_own=False)
    return bearer_by(Medium(activation.medium), activation.emaid, tenant)


def bearer_by(medium: Medium, emaid: str, tenant: Tenant) -> Bearer:
    """Return the bearer with that medium. One without a contract is the operator's own."""
    is_own = not emaid or emaid[:5] in tenant.provider_ids
    return Bearer(medium, emaid, is_own and medium is not Medium.UNKNOWN)


def session_facts(
    session: ChargingSession, bearer: Bearer, signed_wh: int | None = None
) -> SessionFacts:
    """Return what the plausibility rules ask for; the session has ended.

    `signed_wh`: the energy that the meter signed, where that is what is billed.
    """
    assert session.stop_received_at is not None
    point = session.charge_point
    return SessionFacts(
        received_at=session.stop_received_at,
        start=session.started_at,
        end=session.ended_at,
        energy_wh=energy_wh(session) if signed_wh is None else signed_wh,
        max_power_w=point.max_power_w if point else None,
        is_emp_known=bearer.is_known,
        is_fair_mode=bearer.medium is Medium.FREE,
    )


def energy_wh(session: ChargingSession) -> int | None:
    """Return the energy of the session; None where a register reading is missing."""
    if session.meter_stop_wh is None:
        return None
    energy = session.meter_stop_wh - session.meter_start_wh
    return max(-ENERGY_LIMIT_WH, min(energy, ENERGY_LIMIT_WH))


def eka_facts(session: ChargingSession, check: SessionCheck, *, now: datetime) -> EkaFacts:
    """Return what the decision on calibration law asks for. No query.

    `check`: of the session's signed records, made just now.
    """
    assert session.stop_received_at is not None
    point = session.charge_point
    is_over = now - session.stop_received_at >= SIGNED_DATA_WAITING_TIME
    return EkaFacts(
        is_session_ended=True,
        is_relevant=is_calibration_relevant(
            flag=point.is_under_calibration_law if point else None,
            is_in_germany=session.station.country == GERMANY,
            is_lg2wan=session.station.protocol == Protocol.LG2WAN,
            has_key=check.has_key,
        ),
        has_key=check.has_key,
        has_signed_data=check.verdict is not None,
        verification=check.verification(is_waiting_time_over=is_over),
        is_waiting_time_over=is_over,
    )


def billed_energy_wh(check: SessionCheck, eka: EkaStatus | None) -> int | None:
    """Return the signed energy in whole Wh where it is billed; None where OCPP's counter is.

    Source: DOMAIN 6, billed from the signed record when EKA is Valid. Half a Wh is rounded up.
    """
    if eka is not EkaStatus.VALID or check.verdict is None or check.verdict.energy_wh is None:
        return None
    return int(check.verdict.energy_wh.quantize(Decimal(1), ROUND_HALF_UP))
