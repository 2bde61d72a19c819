"""A record's check as CheckBill shows it: the chain step by step, its facts, its history."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.domain.identity import masked
from apps.charge_records.choices import EKA_BADGES, VERIFICATION_BADGES
from apps.charge_records.domain.check_steps import Step, StepResult, StepState, check_steps
from apps.charge_records.domain.ocmf.records import Reading, Record
from apps.charge_records.domain.statuses import EkaStatus
from apps.charge_records.domain.transparency_container import Part
from apps.charge_records.models import (
    ChargeRecord,
    ChargingSession,
    CheckLink,
    SignedRecord,
    VerificationRun,
)
from apps.charge_records.selectors.calibration import SessionCheck, check_of, meters_of
from apps.charge_records.wording import (
    OPEN_SENTENCES,
    REASON_SENTENCES,
    RESULT_SENTENCES,
    STEP_BADGES,
    STEP_SENTENCES,
    STEP_TITLES,
    WARNING_SENTENCES,
)
from apps.infrastructure.models import Meter
from apps.portal import formats
from apps.portal.badges import Badge

RUNS_SHOWN = 10
FINGERPRINT_SHOWN = 16

Fact = tuple[str | Promise, str]


@dataclass(frozen=True, slots=True)
class ShownStep:
    """One step in words: what was found, and the facts it was found by."""

    name: Step
    title: str | Promise
    badge: Badge
    sentences: list[str | Promise]
    facts: list[Fact]

    @property
    def tone(self) -> str:
        return self.badge.tone


@dataclass(frozen=True, slots=True)
class ShownRun:
    """One check of the history."""

    run: VerificationRun
    badge: Badge | None
    sentences: list[str | Promise]


@dataclass(frozen=True, slots=True)
class ShownCheck:
    """A record with its check. `is_outdated`: a check made now would come to something else."""

    record: ChargeRecord
    session: ChargingSession
    eka: Badge | None
    steps: list[ShownStep]
    runs: list[ShownRun]
    signed: tuple[SignedRecord, ...]
    is_outdated: bool
    public_key: str

    @property
    def format(self) -> str:
        return ", ".join(sorted({row.format for row in self.signed}))

    @property
    def result(self) -> str | Promise:
        """What the check comes to, in words."""
        return RESULT_SENTENCES[EkaStatus(self.record.eka)]


def shown_checks(records: Iterable[ChargeRecord], *, shows_drivers: bool) -> list[ShownCheck]:
    """Return the checks of records that the person may see; four queries."""
    records = list(records)
    sessions = ChargingSession.objects.in_bulk([record.session_id for record in records])
    signed: dict[int, list[SignedRecord]] = {}
    for row in SignedRecord.objects.filter(session__in=sessions).order_by("pk"):
        signed.setdefault(row.session_id, []).append(row)
    runs: dict[int, list[VerificationRun]] = {}
    for run in VerificationRun.objects.filter(session__in=sessions).order_by("-ran_at", "-pk"):
        runs.setdefault(run.session_id, []).append(run)
    meters: dict[int, list[Meter]] = {}
    for meter in meters_of(session.charge_point_id for session in sessions.values()):
        meters.setdefault(meter.charge_point_id, []).append(meter)
    return [
        shown_check(
            record,
            sessions[record.session_id],
            signed.get(record.session_id, []),
            meters.get(sessions[record.session_id].charge_point_id or 0, []),
            runs.get(record.session_id, [])[:RUNS_SHOWN],
            shows_drivers=shows_drivers,
        )
        for record in records
    ]


def shown_check(
    record: ChargeRecord,
    session: ChargingSession,
    signed: Sequence[SignedRecord],
    meters: Sequence[Meter],
    runs: Sequence[VerificationRun],
    *,
    shows_drivers: bool,
) -> ShownCheck:
    """Return one record's check; `session` is not masked, for the check compares its card."""
    check = check_of(session, signed, meters)
    results = check_steps(
        check.verdict,
        has_meter=check.meter is not None,
        has_key=check.has_key,
        is_waiting=record.eka in (EkaStatus.OPEN, EkaStatus.IRRELEVANT),
    )
    facts = facts_of(record, session, check, shows_drivers=shows_drivers)
    return ShownCheck(
        record=record,
        session=session,
        eka=EKA_BADGES.get(record.eka),
        steps=[shown_step(result, facts[result.step]) for result in results],
        runs=[shown_run(run) for run in runs],
        signed=tuple(signed),
        is_outdated=is_outdated(record, check, runs),
        public_key=check.meter.public_key if check.meter else "",
    )


def shown_step(result: StepResult, facts: list[Fact]) -> ShownStep:
    sentences: list[str | Promise] = [REASON_SENTENCES[code] for code in result.reasons]
    sentences += [WARNING_SENTENCES[code] for code in result.warnings]
    if result.state is StepState.OPEN:
        sentences = [OPEN_SENTENCES[result.step]]
    elif not sentences:
        sentences = [STEP_SENTENCES[result.step]]
    return ShownStep(
        name=result.step,
        title=STEP_TITLES[result.step],
        badge=STEP_BADGES[result.state],
        sentences=sentences,
        facts=[(label, value) for label, value in facts if value],
    )


def shown_run(run: VerificationRun) -> ShownRun:
    sentences = [REASON_SENTENCES.get(code, code) for code in run.reasons]
    return ShownRun(run, VERIFICATION_BADGES.get(run.verification), sentences)


def is_outdated(record: ChargeRecord, check: SessionCheck, runs: Sequence[VerificationRun]) -> bool:
    """Tell whether key or records are others than at the last check."""
    if check.verdict is None or record.eka == EkaStatus.IRRELEVANT:
        return False
    if not runs:
        return True
    found = [reason.value for reason in check.verdict.reasons]
    return runs[0].key_fingerprint != check.key_fingerprint or runs[0].reasons != found


def facts_of(
    record: ChargeRecord, session: ChargingSession, check: SessionCheck, *, shows_drivers: bool
) -> dict[Step, list[Fact]]:
    """Return by step what was compared, in words and values."""
    verdict, meter = check.verdict, check.meter
    read = [one.record for one in verdict.checks if one.record] if verdict else []
    first: Record | None = read[0] if read else None
    begin, end = (verdict.begin, verdict.end) if verdict else (None, None)

    def driver(text: str) -> str:
        return text if shows_drivers else masked(text)

    return {
        Step.METER: [
            (_("Number in the master data"), meter.meter_number if meter else ""),
            (_("Number in the records"), joined(one.meter_serial for one in read)),
            (_("Gateway"), joined(one.gateway_serial for one in read)),
            (
                _("Calibrated to"),
                calibrated_to(meter) if meter else "",
            ),
        ],
        Step.KEY: [
            (_("Fingerprint"), check.key_fingerprint[:FINGERPRINT_SHOWN]),
            (_("Curve"), joined(one.curve.name for one in read if one.curve)),
        ],
        Step.SIGNATURE: [
            (_("Records"), str(len(check.records)) if check.records else ""),
            (_("Format"), joined(f"{one.format} {one.version}".strip() for one in read)),
            (_("Algorithm"), joined(one.algorithm for one in read)),
        ],
        Step.BEGIN: reading_facts(begin),
        Step.END: reading_facts(end),
        Step.VALUES: [
            (_("Signed energy"), energy(verdict.energy_wh) if verdict else ""),
            (_("Energy by the station"), energy(ocpp_energy_wh(session))),
            (_("Billed energy"), energy(record.energy_wh)),
        ],
        Step.IDENTIFICATION: [
            (_("In the records"), driver(first.identification) if first else ""),
            (_("Kind"), first.identification_type if first else ""),
            (_("Level"), first.identification_level if first else ""),
            (_("By the station"), driver(session.id_tag)),
        ],
        Step.TIME: [
            (_("Begin"), time_text(begin)),
            (_("End"), time_text(end)),
            (_("Duration"), duration_text(begin, end)),
        ],
    }


def calibrated_to(meter: Meter) -> str:
    """Return the last day of validity; nothing is compared where none is kept, so it says that."""
    return formats.day(meter.calibrated_to) if meter.calibrated_to else gettext("No date is kept")


def joined(texts: Iterable[str]) -> str:
    """Return each text once."""
    return ", ".join(dict.fromkeys(text for text in texts if text))


def ocpp_energy_wh(session: ChargingSession) -> int | None:
    if session.meter_stop_wh is None:
        return None
    return session.meter_stop_wh - session.meter_start_wh


def energy(value_wh: Any) -> str:
    """Return kWh with as many places as the meter signed, three at least."""
    if value_wh is None:
        return ""
    number = formats.decimal(Decimal(value_wh) / formats.WH_PER_KWH, "#,##0.000######")
    return gettext("%(number)s kWh") % {"number": number}


def reading_facts(reading: Reading | None) -> list[Fact]:
    if reading is None:
        return []
    return [
        (_("Reading"), energy(reading.energy_wh)),
        (_("Register"), reading.register_text),
        (_("Time"), time_text(reading)),
    ]


def time_text(reading: Reading | None) -> str:
    """Return the time as the meter wrote it, in its own offset."""
    if reading is None:
        return ""
    at: datetime | None = reading.at
    return f"{at:%Y-%m-%d %H:%M:%S %z}" if at else reading.at_text


def duration_text(begin: Reading | None, end: Reading | None) -> str:
    if begin is None or end is None or begin.at is None or end.at is None:
        return ""
    return formats.duration(round((end.at - begin.at).total_seconds()))


def container_parts(checks: Iterable[ShownCheck]) -> list[Part]:
    """Return what the transparency software's file holds of these checks."""
    return [
        Part([row.text for row in check.signed], check.public_key, check.session.transaction_id)
        for check in checks
        if check.signed
    ]


def open_links(record: ChargeRecord) -> list[CheckLink]:
    """Return the links to a record's check that still work, the newest first."""
    return list(record.check_links.filter(revoked_at=None).order_by("-created_at", "-pk"))


def find_linked_record(token_hash: str) -> ChargeRecord | None:
    """Return the record that a link leads to; None for a link that is none, or was revoked."""
    link = (
        CheckLink.objects.select_related("record__station__location", "record__charge_point")
        .filter(token_hash=token_hash, revoked_at=None)
        .first()
    )
    return link.record if link else None
