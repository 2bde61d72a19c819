"""Six weeks of history: visits become activations, sessions and records by the house's rules."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models.functions import Coalesce

from apps.charge_records.choices import Medium, Refusal
from apps.charge_records.demo.details import draft_sample, meter_samples, status_changes
from apps.charge_records.demo.master_data import METER_CHANGED, Property, StationCards
from apps.charge_records.demo.signing import (
    DemoMeter,
    Signing,
    demo_meter,
    hanging_meter,
    sign_visit,
)
from apps.charge_records.demo.visits import WITHOUT_SESSION, Course, Visit, draw_visits
from apps.charge_records.domain.calibration import check_session
from apps.charge_records.domain.eka import SIGNED_DATA_WAITING_TIME, decide_eka
from apps.charge_records.domain.evaluation import EvaluationCause
from apps.charge_records.domain.ocmf.records import record_fingerprint
from apps.charge_records.domain.signed_formats import SignedFormat
from apps.charge_records.domain.statuses import (
    ActivationState,
    EkaStatus,
    ErrorClass,
    SessionState,
)
from apps.charge_records.domain.timing import effective_time
from apps.charge_records.models import (
    Activation,
    ChargeRecord,
    ChargingSession,
    Evaluation,
    MeterSample,
    SignedRecord,
    VerificationRun,
)
from apps.charge_records.remedies import ANSWER_OF
from apps.charge_records.selectors.calibration import SessionCheck, claim_of, is_in_use, meter_data
from apps.charge_records.selectors.settlement import (
    bearer_of,
    billed_energy_wh,
    eka_facts,
    session_facts,
)
from apps.charge_records.services.access import Verdict, fault_of
from apps.charge_records.services.activations import move, write_verdict
from apps.charge_records.services.judgement import draft_evaluation, write_outcome
from apps.charge_records.services.rebuild import rebuild_totals
from apps.charge_records.services.settlement import draft_record, give_receipt, judge_session
from apps.charge_records.services.verification import draft_run
from apps.emaid.models import Card
from apps.infrastructure.choices import Current
from apps.infrastructure.domain.statuses import ConnectorStatus
from apps.infrastructure.models import ChargePoint, Connector, Meter, Station, StatusChange
from apps.tenants.models import Tenant

REMOTE_TAG = "PORTAL"
# Meter values and status changes are kept for the last days only, as an operator would look at.
SAMPLES_SINCE = timedelta(days=4)
STATUSES_SINCE = timedelta(days=14)
BATCH = 2_000
A_DAY = timedelta(days=1)


@dataclass(slots=True)
class Rows:
    """What is written at the end, in a few statements."""

    sessions: list[ChargingSession] = field(default_factory=list)
    activations: list[Activation] = field(default_factory=list)
    records: list[ChargeRecord] = field(default_factory=list)
    signed: list[SignedRecord] = field(default_factory=list)
    runs: list[VerificationRun] = field(default_factory=list)
    samples: list[tuple[ChargingSession, list[MeterSample]]] = field(default_factory=list)
    changes: list[StatusChange] = field(default_factory=list)


@dataclass(slots=True)
class PointHistory:
    """One charge point while its history is written; `register_wh` runs on from visit to visit."""

    tenant: Tenant
    point: ChargePoint
    cards: StationCards
    rng: random.Random
    register_wh: int
    signing: Signing
    # As master data know them, the newest first.
    meters: list[Meter]
    swapped_at: datetime
    page: int = 0

    @property
    def station(self) -> Station:
        return self.point.station

    def meter_at(self, at: datetime) -> Meter | None:
        """Return the meter that master data name for a moment."""
        return next((meter for meter in self.meters if is_in_use(meter, at)), None)

    def signing_meter(self, at: datetime) -> DemoMeter | None:
        """Return the meter that signs what begins then; None where none does."""
        if self.signing not in (Signing.SIGNS, Signing.SWAPPED):
            return None
        number = self.meters[0].meter_number
        if self.signing is Signing.SWAPPED and at >= self.swapped_at:
            return hanging_meter(self.signing, self.point, number)
        return demo_meter(self.point, number)


def write_history(owned: Property, *, now: datetime) -> int:
    """Write the tenant's history, in its schema; return the number of sessions."""
    rows = Rows()
    for station_plan, station in owned.stations:
        cards = owned.cards[station.charge_box_id]
        for point in station.charge_points.select_related("station__location"):
            rng = random.Random(f"history of {point}")
            history = PointHistory(
                tenant=owned.tenant,
                point=point,
                cards=cards,
                rng=rng,
                register_wh=rng.randrange(10**7),
                signing=Signing(station_plan.signing),
                meters=list(point.meters.order_by("-valid_from", "-pk")),
                swapped_at=now - METER_CHANGED,
            )
            write_point(history, station_plan.model.current is Current.DC, rows, now=now)
    save(rows)
    return len(rows.sessions)


def write_point(history: PointHistory, is_dc: bool, rows: Rows, *, now: datetime) -> None:
    """Add the rows of one charge point; its connector is free at the end."""
    zone = ZoneInfo(history.station.location.time_zone)
    visits = draw_visits(
        history.rng, power_w=history.point.max_power_w, is_dc=is_dc, zone=zone, now=now
    )
    last = now - timedelta(days=1)
    for visit in visits:
        last = visit.end
        activation = draft_activation(history, visit)
        rows.activations.append(activation)
        if visit.end > now - STATUSES_SINCE:
            rows.changes.extend(status_changes(history.point, visit))
        if visit.course in WITHOUT_SESSION:
            continue
        session = draft_session(history, visit, activation)
        rows.sessions.append(session)
        activation.session = session
        if session.state == SessionState.ENDED:
            settle_drafts(history, visit, session, activation, rows)
        if visit.end > now - SAMPLES_SINCE:
            samples = list(meter_samples(history.rng, session, visit, is_dc=is_dc))
            rows.samples.append((session, samples))
    Connector.objects.filter(charge_point=history.point).update(
        status=ConnectorStatus.AVAILABLE.value, status_at=last
    )


def draft_activation(history: PointHistory, visit: Visit) -> Activation:
    """Return the unsaved activation as it stood when the visit was authorised or refused."""
    id_tag, verdict = draw_medium(history, visit)
    began_at = visit.start - timedelta(seconds=history.rng.randint(3, 20))
    activation = Activation(
        station=history.station,
        charge_point=history.point,
        id_tag=id_tag,
        began_at=began_at,
    )
    write_verdict(activation, verdict, now=began_at)
    if visit.course is Course.GIVEN_UP:
        ended_at = began_at + timedelta(minutes=5)
        move(
            activation,
            ActivationState.FAILED,
            error_class=ErrorClass.CANCELED.value,
            ended_at=ended_at,
        )
    return activation


def draw_medium(history: PointHistory, visit: Visit) -> tuple[str, Verdict]:
    """Return the idTag and what it was worth."""
    rng, cards = history.rng, history.cards
    if visit.course is Course.REMOTE:
        return REMOTE_TAG, Verdict(status=ANSWER_OF[None], medium=Medium.REMOTE)
    if visit.course in (Course.UNKNOWN_CARD, Course.CHARGED_ALL_THE_SAME):
        return rng.choice(cards.unknown), verdict_of(None, Refusal.UNKNOWN_CARD)
    if visit.course is Course.REFUSED_CARD:
        card = rng.choice(cards.refused)
        return card.tag, verdict_of(card, fault_of(card, visit.start))
    card = rng.choice(cards.good)
    if not history.point.authentication_required:
        return card.tag, Verdict(status=ANSWER_OF[None], medium=Medium.FREE)
    return card.tag, verdict_of(card, None)


def verdict_of(card: Card | None, refusal: Refusal | None) -> Verdict:
    medium = Medium.RFID if card else Medium.UNKNOWN
    return Verdict(status=ANSWER_OF[refusal], medium=medium, card=card, refusal=refusal)


def draft_session(history: PointHistory, visit: Visit, activation: Activation) -> ChargingSession:
    """Return the unsaved session, with what its course did to clock, meter and end."""
    ahead = timedelta(hours=30) if visit.course is Course.CLOCK_AHEAD else timedelta()
    session = ChargingSession(
        station=history.station,
        charge_point=history.point,
        connector_number=history.point.number,
        id_tag=activation.id_tag,
        authorization_status=ANSWER_OF[
            Refusal(activation.refusal) if activation.refusal else None
        ].value,
        started_at=visit.start + ahead,
        start_received_at=visit.start + timedelta(milliseconds=180),
        meter_start_wh=history.register_wh,
        last_meter_wh=history.register_wh + visit.energy_wh,
        last_sample_at=visit.end,
    )
    activation.started_at = session.started_at
    move(activation, ActivationState.CHARGING)
    if visit.course is Course.NO_END:
        session.state = SessionState.HANGING.value
        move(activation, ActivationState.FAILED, error_class=ErrorClass.NO_CHARGE_RECORD.value)
    else:
        write_end(session, visit, activation, ahead)
    history.register_wh += max(visit.energy_wh, 0)
    return session


def write_end(
    session: ChargingSession, visit: Visit, activation: Activation, ahead: timedelta
) -> None:
    session.state = SessionState.ENDED.value
    session.is_settled = True
    session.stop_received_at = visit.end + timedelta(milliseconds=150)
    session.ended_at = visit.end + ahead
    if visit.course is Course.CLOCK_SET_BACK:
        session.ended_at = session.started_at - timedelta(minutes=37)
    session.meter_stop_wh = session.meter_start_wh + visit.energy_wh
    session.stop_reason = visit.reason
    if visit.reason == "Local":
        session.stop_id_tag = session.id_tag
    move(activation, ActivationState.ENDED, ended_at=session.ended_at)


def settle_drafts(
    history: PointHistory,
    visit: Visit,
    session: ChargingSession,
    activation: Activation,
    rows: Rows,
) -> None:
    """Do what `services.settlement.settle` does, on unsaved rows: same facts, same rules."""
    assert session.stop_received_at is not None
    assert session.ended_at is not None
    settled_at = session.stop_received_at + timedelta(milliseconds=400)
    bearer = bearer_of(activation, history.tenant)
    check = check_visit(history, session, visit, rows)
    eka = decide_eka(eka_facts(session, check, now=settled_at + SIGNED_DATA_WAITING_TIME))
    if check.verdict is not None:
        rows.runs.append(draft_run(session, check, now=settled_at))
    facts = session_facts(session, bearer, billed_energy_wh(check, eka.status))
    outcome = judge_session(session, facts, eka, bearer)
    record = draft_record(session, facts, bearer, now=settled_at)
    write_outcome(record, outcome, eka.status or EkaStatus.OPEN, now=settled_at)
    give_receipt(activation, outcome, now=settled_at)
    rows.records.append(record)


def check_visit(
    history: PointHistory, session: ChargingSession, visit: Visit, rows: Rows
) -> SessionCheck:
    """Let the meter sign the visit where it does, and check that with what master data say."""
    assert session.ended_at is not None
    assert session.stop_received_at is not None
    at = effective_time(session.ended_at, session.stop_received_at)
    known = history.meter_at(at)
    meter = history.signing_meter(visit.start)
    if meter is None:
        return SessionCheck(known, (), None)
    history.page += 1
    text = sign_visit(meter, session, visit, page=history.page)
    kept = SignedRecord(
        session=session,
        fingerprint=record_fingerprint(text),
        format=SignedFormat.OCMF.value,
        text=text,
        found_at=session.stop_received_at,
    )
    rows.signed.append(kept)
    value = draft_sample(session, visit.end, "Energy.Active.Import.Register", "Wh", None)
    value.context, value.raw_value, value.is_signed = "Transaction.End", text, True
    rows.samples.append((session, [value]))
    verdict = check_session([text], meter_data(known), claim_of(session, [kept]))
    return SessionCheck(known, (kept,), verdict)


def save(rows: Rows) -> None:
    """Write all rows. The order of transactions is that of time, as it would have been."""
    rows.sessions.sort(key=lambda session: session.start_received_at)
    rows.activations.sort(key=lambda activation: activation.began_at)
    for session, transaction_id in zip(
        rows.sessions, transaction_ids(len(rows.sessions)), strict=True
    ):
        session.transaction_id = transaction_id
    ChargingSession.objects.bulk_create(rows.sessions, BATCH)
    Activation.objects.bulk_create(rows.activations, BATCH)
    # Saving stamps them as changed now; nothing of this is news.
    Activation.objects.update(changed_at=Coalesce("completed_at", "ended_at", "began_at"))
    ChargeRecord.objects.bulk_create(rows.records, BATCH)
    Evaluation.objects.bulk_create(
        (draft_evaluation(record, EvaluationCause.SETTLEMENT) for record in rows.records), BATCH
    )
    SignedRecord.objects.bulk_create(rows.signed, BATCH)
    VerificationRun.objects.bulk_create(rows.runs, BATCH)
    began = [activation.began_at.date() for activation in rows.activations]
    if began:
        # A day more on both ends, whatever the zone.
        rebuild_totals(min(began) - A_DAY, max(began) + 2 * A_DAY)
    rows.changes.sort(key=lambda change: change.reported_at)
    StatusChange.objects.bulk_create(rows.changes, BATCH)
    MeterSample.objects.bulk_create(with_transactions(rows), BATCH)


def transaction_ids(count: int) -> list[int]:
    """Return so many new transaction ids of the platform, ascending."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval('public.transaction_ids') FROM generate_series(1, %s)", [count]
        )
        return sorted(row[0] for row in cursor.fetchall())


def with_transactions(rows: Rows) -> Iterator[MeterSample]:
    """Yield the samples with the ids that their sessions got."""
    for session, samples in rows.samples:
        for sample in samples:
            sample.transaction_id = session.transaction_id
            yield sample
