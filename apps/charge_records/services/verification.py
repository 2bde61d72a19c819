"""Keeping what was signed, checking it, and the history of checks (CDR-03)."""

from collections.abc import Iterable
from datetime import datetime

from apps.charge_records.domain.calibration import read_record
from apps.charge_records.domain.eka import Verification, VerificationCause
from apps.charge_records.domain.ocmf.records import MalformedRecordError, record_fingerprint
from apps.charge_records.domain.offers import KeySource
from apps.charge_records.domain.signed_data import SignedData
from apps.charge_records.domain.timing import effective_time
from apps.charge_records.models import ChargingSession, SignedRecord, VerificationRun
from apps.charge_records.selectors.calibration import SessionCheck, check_of, signed_data_of
from apps.charge_records.services.offers import offer_keys

METER_NUMBER_MAX = 64


def check_session(session: ChargingSession, *, now: datetime) -> SessionCheck:
    """Keep what is signed in the session's meter values and check it with its meter's key."""
    data = signed_data_of(session)
    records = keep_records(session, data, now=now) if data.records else []
    return check_of(session, records)


def keep_records(
    session: ChargingSession, data: SignedData, *, now: datetime
) -> list[SignedRecord]:
    """Return the session's records, begin before end; add those that are new, offer new keys.

    A record that another session has already is marked. The database tells, so two sessions that
    are settled at the same time cannot both have it; they wait for each other in one order.
    """
    found = {record_fingerprint(record.text): record for record in data.records}
    known = {row.fingerprint: row for row in SignedRecord.objects.filter(session=session)}
    new = [
        SignedRecord(
            session=session,
            fingerprint=fingerprint,
            format=record.format.value,
            text=record.text,
            found_at=now,
        )
        for fingerprint, record in sorted(found.items())
        if fingerprint not in known
    ]
    if new:
        SignedRecord.objects.bulk_create(new, ignore_conflicts=True)
        mark_reused(session, new)
        rows = SignedRecord.objects.filter(session=session)
        known = {row.fingerprint: row for row in rows}
        offer_found_keys(session, data, now=now)
    # Meter values are never edited, so all that was found before is found again.
    return [known[fingerprint] for fingerprint in found]


def mark_reused(session: ChargingSession, drafts: Iterable[SignedRecord]) -> None:
    """Add the records that were left out, for another session had them first."""
    fingerprints = [draft.fingerprint for draft in drafts]
    rows = SignedRecord.objects.filter(session=session, fingerprint__in=fingerprints)
    there = set(rows.values_list("fingerprint", flat=True))
    left = [draft for draft in drafts if draft.fingerprint not in there]
    for draft in left:
        draft.is_reused = True
    SignedRecord.objects.bulk_create(left, ignore_conflicts=True)


def offer_found_keys(session: ChargingSession, data: SignedData, *, now: datetime) -> None:
    """Offer the keys that came beside the records or inside them; none is trusted by that."""
    if session.charge_point_id is None:
        return
    readable = []
    for signed in data.records:
        try:
            readable.append(read_record(signed.text))
        except MalformedRecordError:
            continue
    number = next((one.meter_serial for one in readable if one.meter_serial), "")
    offered = [(key.hex, KeySource.MESSAGE) for key in data.offered_keys]
    offered += [
        (record.embedded_key, KeySource.RECORD) for record in readable if record.embedded_key
    ]
    offer_keys(
        session.charge_point_id,
        offered,
        meter_number=number[:METER_NUMBER_MAX],
        since=effective_time(session.started_at, session.start_received_at),
        now=now,
    )


def keep_run(
    session: ChargingSession, check: SessionCheck, cause: VerificationCause, *, now: datetime
) -> VerificationRun | None:
    """Add a check to the history of its session; None where there was nothing to check."""
    if check.verdict is None:
        return None
    run = draft_run(session, check, cause, now=now)
    run.save(force_insert=True)
    return run


def draft_run(
    session: ChargingSession,
    check: SessionCheck,
    cause: VerificationCause = VerificationCause.SETTLEMENT,
    *,
    now: datetime,
) -> VerificationRun:
    """Return the unsaved entry of a check that there was something to check in."""
    verdict = check.verdict
    assert verdict is not None
    outcome = check.verification(is_waiting_time_over=True) or Verification.FAILED
    return VerificationRun(
        session=session,
        ran_at=now,
        cause=cause.value,
        verification=outcome.value,
        reasons=[reason.value for reason in verdict.reasons],
        warnings=[warning.value for warning in verdict.warnings],
        meter_number=check.meter.meter_number if check.meter else "",
        key_fingerprint=check.key_fingerprint,
        records=len(check.records),
        energy_wh=verdict.energy_wh,
    )
