"""Facts of a finished session, gathered for its charge record."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from apps.charge_records.choices import Medium
from apps.charge_records.domain.eka import (
    SIGNED_DATA_WAITING_TIME,
    EkaFacts,
    Verification,
    is_calibration_relevant,
)
from apps.charge_records.domain.plausibility import SessionFacts
from apps.charge_records.models import Activation, ChargingSession, MeterSample
from apps.infrastructure.choices import Protocol
from apps.infrastructure.models import Meter
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
    """Return who bears the session. A medium without a contract is the operator's own."""
    if activation is None:
        return Bearer(Medium.UNKNOWN, "", is_own=False)
    medium = Medium(activation.medium)
    is_own = not activation.emaid or activation.emaid[:5] in tenant.provider_ids
    return Bearer(medium, activation.emaid, is_own and medium is not Medium.UNKNOWN)


def session_facts(session: ChargingSession, bearer: Bearer) -> SessionFacts:
    """Return what the plausibility rules ask for; the session has ended."""
    assert session.stop_received_at is not None
    point = session.charge_point
    return SessionFacts(
        received_at=session.stop_received_at,
        start=session.started_at,
        end=session.ended_at,
        energy_wh=energy_wh(session),
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


def eka_facts(session: ChargingSession, *, now: datetime) -> EkaFacts:
    """Return what the decision on calibration law asks for. Two queries at most.

    Signed data wait for their verification as long as none has been made.
    """
    assert session.ended_at is not None
    assert session.stop_received_at is not None
    has_key = has_public_key(session.charge_point_id, session.ended_at)
    is_relevant = is_calibration_relevant(
        flag=None,
        is_in_germany=session.station.country == GERMANY,
        is_lg2wan=session.station.protocol == Protocol.LG2WAN,
        has_key=has_key,
    )
    has_signed_data = is_relevant and has_signed_samples(session)
    return EkaFacts(
        is_session_ended=True,
        is_relevant=is_relevant,
        has_key=has_key,
        has_signed_data=has_signed_data,
        verification=Verification.PENDING if has_signed_data else None,
        is_waiting_time_over=now - session.stop_received_at >= SIGNED_DATA_WAITING_TIME,
    )


def has_public_key(charge_point_id: int | None, at: datetime) -> bool:
    """Tell whether master data hold a public key of the meter in use at that time."""
    if charge_point_id is None:
        return False
    return (
        Meter.objects.filter(charge_point_id=charge_point_id)
        .filter(Q(valid_from=None) | Q(valid_from__lte=at), Q(valid_to=None) | Q(valid_to__gt=at))
        .exclude(public_key="")
        .exists()
    )


def has_signed_samples(session: ChargingSession) -> bool:
    return MeterSample.objects.filter(
        station_id=session.station_id, transaction_id=session.transaction_id, is_signed=True
    ).exists()
