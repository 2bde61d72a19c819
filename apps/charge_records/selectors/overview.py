"""Activations as the portal's pages show them; whoever calls starts from `visible_to`."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Upper
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.charge_records.choices import (
    ACTIVATION_STATE_BADGES,
    BDR_MAIN_BADGES,
    BDR_MAIN_SENTENCES,
    Refusal,
)
from apps.charge_records.domain.statuses import (
    LIVE_ACTIVATION_STATES,
    ActivationState,
    SessionState,
)
from apps.charge_records.models import Activation, ChargeRecord, ChargingSession
from apps.charge_records.remedies import (
    ANSWER_OF,
    ANSWER_SENTENCES,
    ANSWER_WORDS,
    END_MISSING,
    END_MISSING_REMEDY,
    ERROR_REMEDIES,
    REFUSAL_REMEDIES,
    STATE_SENTENCES,
)
from apps.emaid.models import Card
from apps.portal import formats
from apps.portal.badges import Badge
from apps.vocabulary.answers import AuthorizationStatus
from apps.vocabulary.identifiers import normalise_uid, reverse_uid

DONE, NOW, FAILED, AHEAD = "done", "now", "failed", "ahead"
AUTHENTICATION, START, CHARGING, STOP, RECEIPT = range(5)
NEW_FOR = timedelta(seconds=5)
# Readers cut 7 bytes to 4, or add a checksum to 4 or 7 (DOMAIN 4); two hex digits a byte.
UID_DIGITS = (8, 14)
NEAR_CARDS = 3

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an activation: when it was reached, and done, now, failed or still ahead.

    `details`: what is known of it, in words; empty in lists.
    """

    label: Text
    at: datetime | None
    state: str
    details: list[Text] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ActivationRow:
    """An activation with what its row shows; energy and power so far in Wh and W.

    `reason` and `remedy`: why it got no further and what to do; empty where nothing is wrong.
    """

    activation: Activation
    badge: Badge
    steps: list[Step]
    energy_wh: int | None
    power_w: int | None
    duration_s: int | None
    reason: Text
    remedy: Text
    record: ChargeRecord | None
    card: Card | None
    is_new: bool

    @property
    def sentence(self) -> Text:
        """Where it stands, and what comes next."""
        return STATE_SENTENCES[ActivationState(self.activation.state)]


def with_details(activations: QuerySet[Any]) -> QuerySet[Any]:
    """Return the activations with all that a row shows, in one query."""
    return activations.select_related(
        "station", "station__location", "charge_point", "session", "session__record"
    )


def activation_rows(
    activations: Iterable[Activation], user: Any, *, now: datetime
) -> list[ActivationRow]:
    """Return what the rows of activations show, with the cards that the person may see."""
    activations = list(activations)
    cards = cards_of((activation.id_tag for activation in activations), user)
    return [
        activation_row(activation, now=now, card=cards.get(activation.id_tag))
        for activation in activations
    ]


def activation_row(
    activation: Activation, *, now: datetime, card: Card | None = None
) -> ActivationRow:
    """Return what the row of an activation shows."""
    session = activation.session
    record = getattr(session, "record", None) if session else None
    return ActivationRow(
        activation=activation,
        badge=ACTIVATION_STATE_BADGES[activation.state],
        steps=steps(activation),
        energy_wh=record.energy_wh if record else energy_so_far(session),
        power_w=session.last_power_w if session and is_running(session) else None,
        duration_s=duration_so_far(session, now=now),
        reason=reason(activation),
        remedy=remedy(activation),
        record=record,
        card=card,
        is_new=activation.changed_at > now - NEW_FOR,
    )


def is_running(session: ChargingSession) -> bool:
    return session.state == SessionState.ACTIVE.value


def energy_so_far(session: ChargingSession | None) -> int | None:
    """Return the newest reading less the one at the start, in Wh; None without one."""
    if session is None:
        return None
    newest = session.meter_stop_wh if session.meter_stop_wh is not None else session.last_meter_wh
    return None if newest is None else newest - session.meter_start_wh


def duration_so_far(session: ChargingSession | None, *, now: datetime) -> int | None:
    """Return the seconds since the start, up to the end where there is one.

    One whose end is missing did not run on: it is known up to its latest meter values.
    """
    if session is None:
        return None
    until = session.ended_at or (now if is_running(session) else session.last_sample_at)
    return None if until is None else int((until - session.started_at).total_seconds())


def lacks_end(activation: Activation) -> bool:
    """Tell whether another session followed and the end may still come."""
    session = activation.session
    is_hanging = session is not None and session.state == SessionState.HANGING
    return is_hanging and activation.state == ActivationState.CHARGING


def reason(activation: Activation) -> Text:
    """Return why the activation got no further, in words; "" where nothing is wrong."""
    if activation.refusal:
        return str(activation.get_refusal_display())
    if activation.error_class:
        return str(activation.get_error_class_display())
    return END_MISSING if lacks_end(activation) else ""


def remedy(activation: Activation) -> Text:
    """Return what to do about the reason; "" where there is none."""
    if activation.refusal:
        return REFUSAL_REMEDIES.get(activation.refusal, "")
    if activation.error_class:
        return ERROR_REMEDIES.get(activation.error_class, "")
    return END_MISSING_REMEDY if lacks_end(activation) else ""


def steps(activation: Activation) -> list[Step]:
    """Return the way from authentication to the receipt, each step with its time."""
    position, how = position_of(activation)
    is_refused = activation.state == ActivationState.REFUSED
    way = (
        (_("Authentication"), activation.began_at if is_refused else activation.authorized_at),
        (_("Start"), activation.started_at),
        (_("Charging"), None),
        (_("Stop"), activation.ended_at),
        (_("Receipt"), activation.completed_at),
    )
    states = [DONE] * position + [how] + [AHEAD] * (RECEIPT - position)
    if is_refused:
        # The station may charge all the same.
        states[AUTHENTICATION] = FAILED
    return [
        Step(label, at if index <= position else None, state)
        for index, ((label, at), state) in enumerate(zip(way, states, strict=True))
    ]


def position_of(activation: Activation) -> tuple[int, str]:
    """Return the step at which the activation stands, and as what: done, now or failed."""
    has_failed = activation.state == ActivationState.FAILED
    if activation.completed_at:
        return RECEIPT, FAILED if has_failed else DONE
    if activation.started_at is None:
        is_live = activation.state in LIVE_ACTIVATION_STATES
        at = AUTHENTICATION if activation.state == ActivationState.REFUSED else START
        return at, NOW if is_live else FAILED
    if activation.ended_at:
        return RECEIPT, FAILED if has_failed else NOW
    return (STOP, FAILED) if has_failed else (CHARGING, NOW)


def story(row: ActivationRow, *, now: datetime) -> list[Step]:
    """Return the steps of one activation with what is known of each."""
    session = row.activation.session
    told: dict[int, list[Text]] = {AUTHENTICATION: told_of_answer(row.activation)}
    if session is not None:
        told |= {
            START: told_of_start(session),
            CHARGING: told_of_charging(row, session, now=now),
            STOP: told_of_stop(session),
        }
    if row.record is not None:
        told[RECEIPT] = told_of_record(row.record)
    return [
        replace(step, details=[detail for detail in told.get(index, []) if detail])
        for index, step in enumerate(row.steps)
    ]


def told_of_answer(activation: Activation) -> list[Text]:
    """Return medium, answer and its reason. What was answered to the start is the last word."""
    session = activation.session
    known = answer_of(session.authorization_status if session else "", activation.refusal)
    return [
        activation.get_medium_display(),
        activation.get_refusal_display() if activation.refusal else "",
        ANSWER_SENTENCES[known],
        gettext("Answer: %(word)s") % {"word": ANSWER_WORDS[known]},
    ]


def answer_of(status: str, refusal: str) -> AuthorizationStatus:
    """Return the answer that a session keeps, or else the one that a refusal got."""
    known = {word.value: word for word in AuthorizationStatus}
    return known.get(status) or ANSWER_OF[Refusal(refusal) if refusal else None]


def told_of_start(session: ChargingSession) -> list[Text]:
    reading = formats.energy(session.meter_start_wh)
    return [
        gettext("Transaction %(number)s") % {"number": session.transaction_id},
        gettext("Meter: %(reading)s") % {"reading": reading},
    ]


def told_of_charging(row: ActivationRow, session: ChargingSession, *, now: datetime) -> list[Text]:
    told: list[Text] = []
    if row.energy_wh is not None:
        told.append(gettext("Energy: %(energy)s") % {"energy": formats.energy(row.energy_wh)})
    if row.power_w is not None:
        told.append(gettext("Power now: %(power)s") % {"power": formats.power(row.power_w)})
    if session.last_sample_at is not None:
        age = formats.age(session.last_sample_at, now)
        told.append(gettext("Latest meter values: %(age)s") % {"age": age})
    elif is_running(session):
        told.append(_("No meter values yet."))
    return told


def told_of_stop(session: ChargingSession) -> list[Text]:
    if session.ended_at is None:
        return []
    told: list[Text] = [
        gettext("Meter: %(reading)s") % {"reading": formats.energy(session.meter_stop_wh)}
    ]
    if session.stop_reason:
        told.append(gettext("Reason of the station: %(reason)s") % {"reason": session.stop_reason})
    return told


def told_of_record(record: ChargeRecord) -> list[Text]:
    badge = BDR_MAIN_BADGES.get(record.bdr_main)
    detail = record.get_bdr_detail_display() if record.bdr_detail else ""
    return [
        gettext("BDR status: %(status)s") % {"status": badge.label if badge else record.bdr_main},
        detail,
        BDR_MAIN_SENTENCES.get(record.bdr_main, ""),
    ]


def cards_of(id_tags: Iterable[str], user: Any) -> dict[str, Card]:
    """Return by idTag the card with that number, of those that the person may see; one query.

    By the number as sent or by its bytes in the other order, as authorisation finds it.
    """
    spellings = {id_tag: spellings_of(id_tag) for id_tag in id_tags}
    wanted = {one for known in spellings.values() for one in known}
    rows = Card.objects.visible_to(user).annotate(number=Upper("tag")).filter(number__in=wanted)
    cards = {card.tag.upper(): card for card in rows} if wanted else {}
    found = {
        id_tag: next((cards[one] for one in known if one in cards), None)
        for id_tag, known in spellings.items()
    }
    return {id_tag: card for id_tag, card in found.items() if card is not None}


def spellings_of(id_tag: str) -> list[str]:
    """Return the numbers under which a card may be kept, the likeliest first."""
    text, uid = id_tag.strip().upper(), normalise_uid(id_tag)
    return list(dict.fromkeys([text, *([uid, reverse_uid(uid)] if uid else [])]))


def near_cards(activation: Activation, user: Any) -> list[Card]:
    """Return cards whose number an unknown one is a part of, or holds: readers cut and add.

    They are only named; nothing is authorised by that (DOMAIN 4).
    """
    number = activation.id_tag.strip().upper()
    if activation.refusal != Refusal.UNKNOWN_CARD or len(number) < min(UID_DIGITS):
        return []
    beginnings = [number[:digits] for digits in UID_DIGITS if digits < len(number)]
    near = Q(tag__istartswith=number) | Q(number__in=beginnings)
    rows = Card.objects.visible_to(user).annotate(number=Upper("tag")).filter(near)
    return list(rows.order_by("tag")[:NEAR_CARDS])


def running_sessions(sessions: QuerySet[Any]) -> QuerySet[Any]:
    """Return the sessions that charge now, newest first."""
    return (
        sessions.filter(state=SessionState.ACTIVE.value)
        .select_related("station", "station__location", "charge_point")
        .order_by("-started_at", "-pk")
    )
