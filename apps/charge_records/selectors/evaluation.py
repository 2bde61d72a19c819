"""What a record would say: judged once more by the rules, from facts at hand; nothing is written.

The services write what comes of this, and pages show it before anybody asks for it, so that both
are the same.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from itertools import zip_longest

from apps.charge_records.choices import Medium
from apps.charge_records.domain.eka import decide_eka
from apps.charge_records.domain.evaluation import (
    Kept,
    Mark,
    Standing,
    eka_after,
    marks_in_force,
)
from apps.charge_records.domain.outcome import Outcome, judge
from apps.charge_records.domain.statuses import BdrDetail, BdrMain, EkaStatus, ErrorClass
from apps.charge_records.models import (
    ChargeRecord,
    ChargingSession,
    Evaluation,
    RecordMark,
    SignedRecord,
)
from apps.charge_records.selectors.calibration import SessionCheck, check_of, meters_of
from apps.charge_records.selectors.settlement import (
    Bearer,
    bearer_by,
    billed_energy_wh,
    eka_facts,
    session_facts,
)
from apps.emaid.selectors import CardMatch, FoundBy, find_card
from apps.infrastructure.models import Meter
from apps.tenants.models import Tenant

TURNS_SHOWN = 50
Marks = frozenset[Mark]
FindCard = Callable[[str], CardMatch]


@dataclass(frozen=True, slots=True)
class Prospect:
    """What would become of a record. `kept`: why its EKA would stay whatever is found."""

    record: ChargeRecord
    before: Standing
    after: Standing
    marks: Marks
    kept: Kept | None = None

    @property
    def has_changed(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the rules make of a record. `kept`: why its EKA is not what was found just now."""

    outcome: Outcome
    eka: EkaStatus
    energy_wh: int
    max_power_w: int | None
    bearer: Bearer
    kept: Kept | None = None

    @property
    def standing(self) -> Standing:
        classes = self.outcome.error_classes
        return Standing(
            main=self.outcome.main,
            detail=self.outcome.detail,
            findings=self.outcome.findings,
            error_class=classes[0] if classes else None,
            eka=self.eka,
            energy_wh=self.energy_wh,
            medium=self.bearer.medium.value,
            emaid=self.bearer.emaid,
        )


def standing_of(record: ChargeRecord) -> Standing:
    """Return what the record says now."""
    return Standing(
        main=BdrMain(record.bdr_main),
        detail=BdrDetail(record.bdr_detail) if record.bdr_detail else None,
        findings=tuple(BdrDetail(code) for code in record.findings),
        error_class=ErrorClass(record.error_class) if record.error_class else None,
        eka=EkaStatus(record.eka),
        energy_wh=record.energy_wh,
        medium=record.medium,
        emaid=record.emaid,
    )


def bearer_on(record: ChargeRecord, tenant: Tenant) -> Bearer:
    """Return who bears the session, as the record says."""
    return bearer_by(Medium(record.medium), record.emaid, tenant)


def mended(bearer: Bearer, id_tag: str, tenant: Tenant, find: FindCard = find_card) -> Bearer:
    """Return the bearer with the card or contract that was missing and is known now.

    What was known at the time stays, whatever the card belongs to by now. One query, by `find`.
    """
    if bearer.emaid or bearer.medium not in (Medium.UNKNOWN, Medium.RFID):
        return bearer
    match = find(id_tag)
    if match.card is None:
        return bearer
    medium = Medium.EMAID if match.found_by is FoundBy.EMAID else Medium.RFID
    return bearer_by(medium, match.card.emaid, tenant)


def marks_on(record: ChargeRecord) -> Marks:
    """Return what people said of the record and did not take back. One query."""
    return marks_of([record.pk]).get(record.pk, frozenset())


def marks_of(record_ids: Iterable[int]) -> dict[int, Marks]:
    """Return the marks in force, by record; records without any step are left out. One query."""
    steps: dict[int, list[tuple[Mark, bool]]] = {}
    rows = RecordMark.objects.filter(record__in=list(record_ids)).order_by("pk")
    for record_id, mark, is_set in rows.values_list("record_id", "mark", "is_set"):
        steps.setdefault(record_id, []).append((Mark(mark), is_set))
    return {record_id: marks_in_force(taken) for record_id, taken in steps.items()}


def judged_with(
    record: ChargeRecord, session: ChargingSession, marks: Marks, tenant: Tenant
) -> Judgement:
    """Return the judgement by these marks; all other facts are those of the last evaluation."""
    return judged(
        session,
        bearer=bearer_on(record, tenant),
        marks=marks,
        eka=EkaStatus(record.eka),
        signed_wh=billed_as_signed(record),
        max_power_w=record.configured_power_w,
    )


def billed_as_signed(record: ChargeRecord) -> int | None:
    """Return the energy that the meter signed, where that is billed."""
    return record.energy_wh if record.eka == EkaStatus.VALID else None


def judged(
    session: ChargingSession,
    *,
    bearer: Bearer,
    marks: Marks,
    eka: EkaStatus,
    signed_wh: int | None,
    max_power_w: int | None,
    kept: Kept | None = None,
) -> Judgement:
    """Return the judgement of an ended session by these facts. No query."""
    facts = replace(
        session_facts(session, bearer, signed_wh),
        max_power_w=max_power_w,
        is_manually_excluded=Mark.MANUAL in marks,
        is_goodwill=Mark.GOODWILL in marks,
    )
    outcome = judge(
        facts,
        eka=eka,
        is_own_charge=bearer.is_own,
        stop_reason=session.stop_reason or None,
    )
    return Judgement(
        outcome=outcome,
        eka=eka,
        energy_wh=facts.energy_wh or 0,
        max_power_w=max_power_w,
        bearer=bearer,
        kept=kept,
    )


def judged_now(
    record: ChargeRecord,
    session: ChargingSession,
    check: SessionCheck,
    found: EkaStatus,
    marks: Marks,
    *,
    tenant: Tenant,
    find: FindCard = find_card,
) -> Judgement:
    """Return the judgement by what is known now; `found`: the EKA by `check`, made just now."""
    eka, kept = eka_after(EkaStatus(record.eka), found)
    is_new = eka.value != record.eka
    point = session.charge_point
    return judged(
        session,
        bearer=mended(bearer_on(record, tenant), session.id_tag, tenant, find),
        marks=marks,
        eka=eka,
        signed_wh=billed_energy_wh(check, eka) if is_new else billed_as_signed(record),
        max_power_w=point.max_power_w if point else None,
        kept=kept,
    )


def prospects_with(
    record_ids: Iterable[int], mark: Mark, *, is_set: bool, tenant: Tenant
) -> list[Prospect]:
    """Return what would become of records with the mark set or taken back; two queries."""
    records = judged_rows(record_ids)
    marks = marks_of(record.pk for record in records)
    found = []
    for record in records:
        there = marks.get(record.pk, frozenset())
        then = there | {mark} if is_set else there - {mark}
        judgement = judged_with(record, record.session, then, tenant)
        found.append(Prospect(record, standing_of(record), judgement.standing, there))
    return found


def prospects_now(record_ids: Iterable[int], *, tenant: Tenant, now: datetime) -> list[Prospect]:
    """Return what would become of records that are judged by what is known now.

    Four queries, and one for each card number that was not known.
    """
    records = judged_rows(record_ids)
    marks = marks_of(record.pk for record in records)
    checks = checks_of([record.session for record in records])
    find = cache(find_card)
    found = []
    for record in records:
        session, there = record.session, marks.get(record.pk, frozenset())
        check = checks[session.pk]
        eka = decide_eka(eka_facts(session, check, now=now)).status or EkaStatus.OPEN
        judgement = judged_now(record, session, check, eka, there, tenant=tenant, find=find)
        found.append(
            Prospect(record, standing_of(record), judgement.standing, there, judgement.kept)
        )
    return found


def judged_rows(record_ids: Iterable[int]) -> list[ChargeRecord]:
    """Return the records with all that their judgement asks for, oldest first; nothing masked."""
    rows = ChargeRecord.objects.filter(pk__in=list(record_ids)).select_related(
        "station__location", "charge_point", "session__charge_point", "session__station__location"
    )
    return list(rows.order_by("started_at", "pk"))


def checks_of(sessions: Sequence[ChargingSession]) -> dict[int, SessionCheck]:
    """Return the check of each session by the signed records that are kept; two queries."""
    signed: dict[int, list[SignedRecord]] = {}
    for row in SignedRecord.objects.filter(session__in=sessions).order_by("pk"):
        signed.setdefault(row.session_id, []).append(row)
    meters: dict[int, list[Meter]] = {}
    for meter in meters_of(session.charge_point_id for session in sessions):
        meters.setdefault(meter.charge_point_id, []).append(meter)
    return {
        session.pk: check_of(
            session,
            signed.get(session.pk, []),
            meters.get(session.charge_point_id or 0, []),
        )
        for session in sessions
    }


@dataclass(frozen=True, slots=True)
class Turn:
    """One entry of a record's history, and the one before it."""

    entry: Evaluation
    before: Evaluation | None

    @property
    def has_other_status(self) -> bool:
        return self.before is not None and (
            (self.before.bdr_main, self.before.bdr_detail)
            != (self.entry.bdr_main, self.entry.bdr_detail)
        )

    @property
    def has_other_eka(self) -> bool:
        return self.before is not None and self.before.eka != self.entry.eka

    @property
    def has_other_energy(self) -> bool:
        return self.before is not None and self.before.energy_wh != self.entry.energy_wh


def history_of(record: ChargeRecord) -> list[Turn]:
    """Return the newest entries of the record's history, the newest first; one query."""
    rows = Evaluation.objects.filter(record_id=record.pk).select_related("mark").order_by("-pk")
    entries = list(rows[: TURNS_SHOWN + 1])
    return [Turn(*pair) for pair in zip_longest(entries, entries[1:])][:TURNS_SHOWN]
