"""What the check of a session by calibration law starts from, and what it comes to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, QuerySet

from apps.charge_records.domain.calibration import check_session, is_incomplete, verification_of
from apps.charge_records.domain.eka import Verification
from apps.charge_records.domain.ocmf.keys import KeyNotReadableError, read_key
from apps.charge_records.domain.ocmf.verdict import MeterData, SessionClaim, Verdict
from apps.charge_records.domain.signed_data import SignedData, merge_signed_data, read_value
from apps.charge_records.domain.timing import effective_time
from apps.charge_records.models import ChargingSession, MeterSample, SignedRecord
from apps.infrastructure.models import Meter

# Ours: signed values of one session that are read; at one a minute more than 16 hours. Of more,
# the first and the last half are, for begin and end stand there.
VALUES_MAX = 1_000


@dataclass(frozen=True, slots=True)
class SessionCheck:
    """A session's signed records against the master data of its meter.

    `meter`: None where master data know none for that time. `verdict`: None without records.
    """

    meter: Meter | None
    records: tuple[SignedRecord, ...]
    verdict: Verdict | None

    @property
    def has_key(self) -> bool:
        return self.meter is not None and bool(self.meter.public_key.strip())

    @property
    def key_fingerprint(self) -> str:
        """SHA-256 of the key; empty where there is none that can be read."""
        return fingerprint_of(self.meter.public_key) if self.meter else ""

    def verification(self, *, is_waiting_time_over: bool) -> Verification | None:
        """Return the outcome for the decision table; None where nothing was signed.

        A begin or end that is missing may still come while the waiting time runs.
        """
        if self.verdict is None:
            return None
        if not is_waiting_time_over and is_incomplete(self.verdict):
            return Verification.PENDING
        return verification_of(self.verdict)


def fingerprint_of(public_key: str) -> str:
    """Return the fingerprint of a key in any notation; empty where it cannot be read."""
    try:
        return read_key(public_key).fingerprint
    except KeyNotReadableError:
        return ""


def signed_data_of(session: ChargingSession) -> SignedData:
    """Return what is signed in the meter values of a session; one query."""
    rows = MeterSample.objects.filter(
        station_id=session.station_id, transaction_id=session.transaction_id, is_signed=True
    ).order_by("received_at", "pk")
    values = list(rows.values_list("raw_value", flat=True)[: VALUES_MAX + 1])
    if len(values) > VALUES_MAX:
        half = VALUES_MAX // 2
        newest = rows.order_by("-received_at", "-pk").values_list("raw_value", flat=True)[:half]
        values = [*values[:half], *reversed(newest)]
    return merge_signed_data(read_value(value, is_signed=True) for value in values)


def check_of(
    session: ChargingSession,
    records: Sequence[SignedRecord],
    meters_of_point: Iterable[Meter] | None = None,
) -> SessionCheck:
    """Check the records with the meter that was in use when the session ended.

    Where master data name several (a swap without dates), the one that the records fit counts.
    `meters_of_point`: all that its charge point ever had, the newest first; None: one query.
    """
    if meters_of_point is None:
        meters_of_point = meters_of([session.charge_point_id])
    known = meters_in_use(session, meters_of_point)
    meters = [meter for meter in known if meter.public_key.strip()] or known
    if not records:
        return SessionCheck(meters[0] if meters else None, (), None)
    claim = claim_of(session, records)
    texts = [record.text for record in records]
    candidates: list[Meter | None] = [*meters] or [None]
    checks = [
        SessionCheck(meter, tuple(records), check_session(texts, meter_data(meter), claim))
        for meter in candidates
    ]
    return min(checks, key=lambda check: len(check.verdict.reasons) if check.verdict else 0)


def meters_in_use(session: ChargingSession, meters: Iterable[Meter]) -> list[Meter]:
    """Return those of a charge point's meters that were in use at the session's end.

    A station whose clock is wrong used the meter of when its end was received.
    """
    if session.ended_at is None:
        return []
    at = effective_time(session.ended_at, session.stop_received_at or session.ended_at)
    return [meter for meter in meters if is_in_use(meter, at)]


def is_in_use(meter: Meter, at: datetime) -> bool:
    """Tell whether master data say that the meter was in use then; its last moment is outside."""
    has_begun = meter.valid_from is None or meter.valid_from <= at
    return has_begun and (meter.valid_to is None or at < meter.valid_to)


def meters_of(charge_point_ids: Iterable[int | None]) -> QuerySet[Meter]:
    """Return all meters that charge points ever had, the newest first."""
    rows = Meter.objects.filter(charge_point_id__in=[key for key in charge_point_ids if key])
    return rows.order_by(F("valid_from").desc(nulls_last=True), "-pk")


def meter_data(meter: Meter | None) -> MeterData:
    if meter is None:
        return MeterData()
    return MeterData(
        public_key=meter.public_key,
        number=meter.meter_number,
        calibrated_to=meter.calibrated_to,
    )


def claim_of(session: ChargingSession, records: Iterable[SignedRecord]) -> SessionClaim:
    """Return what OCPP says of the session, to be compared with what was signed."""
    energy_wh = None
    if session.meter_stop_wh is not None:
        energy_wh = session.meter_stop_wh - session.meter_start_wh
    return SessionClaim(
        id_tag=session.id_tag,
        energy_wh=energy_wh,
        used_fingerprints=frozenset(row.fingerprint for row in records if row.is_reused),
    )
