"""The one table: what follows which message of a station, and in which lane it is stored.

Fast: answered from memory, written by group commit. Slow: one function in the tenant's schema, its
row of the message log in the same transaction. Followers are queued by the services on commit.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from apps.charge_records.services import activations, sessions
from apps.infrastructure.models import Station
from apps.infrastructure.services import reports, stations
from apps.infrastructure.services.certificate_requests import take_request
from apps.infrastructure.services.security_events import record_reported
from apps.ocpp.adapters import v16
from apps.ocpp.frames import CallResult, serialise
from apps.ocpp.message_log import Work, find_answer, store_exchange
from apps.vocabulary import answers, events
from apps.vocabulary.answers import Answer, DataStatus, RegistrationStatus

logger = logging.getLogger(__name__)

# Ours: more than any station has; one that names a new connector each time is not believed.
CONNECTORS_MAX = 64


@dataclass(frozen=True, slots=True)
class Answered:
    """What to send, and the answer behind it (None where a stored one is sent again)."""

    text: str
    answer: Answer | None


SlowAnswer = Callable[[int, Any, datetime], Answer]
FastAnswer = Callable[[datetime], Answer]


def boot(station_id: int, event: events.StationBooted, now: datetime) -> Answer:
    reports.record_boot(station_id, event, now=now)
    return answers.BootAnswer(
        status=RegistrationStatus.ACCEPTED,
        interval_s=settings.OCPP_HEARTBEAT_INTERVAL_S,
        now=now,
    )


def authorize(station_id: int, event: events.AuthorizationRequested, now: datetime) -> Answer:
    return activations.authorize(station_id, event.id_tag, now=now)


def start(station_id: int, event: events.TransactionStarted, now: datetime) -> Answer:
    return sessions.start_session(station_id, event, now=now)


def stop(station_id: int, event: events.TransactionEnded, now: datetime) -> Answer:
    return sessions.end_session(station_id, event, now=now)


def firmware(station_id: int, event: events.FirmwareReported, now: datetime) -> Answer:
    reports.record_firmware(station_id, event.status, now=now)
    return answers.EmptyAnswer()


def diagnostics(station_id: int, event: events.DiagnosticsReported, now: datetime) -> Answer:
    reports.record_diagnostics(station_id, event.status, now=now)
    return answers.EmptyAnswer()


def security_event(station_id: int, event: events.SecurityEventReported, now: datetime) -> Answer:
    record_reported(station_id, event=event.type, detail=event.tech_info, at=event.at, now=now)
    return answers.EmptyAnswer()


def vendor_data(station_id: int, event: events.DataReceived, now: datetime) -> Answer:
    """No vendor's messages are known yet; they are kept in the message log."""
    return answers.DataAnswer(status=DataStatus.UNKNOWN_VENDOR_ID)


def certificate(station_id: int, event: events.CertificateRequested, now: datetime) -> Answer:
    """Accepted, then signed: here or by somebody outside; what is signed goes out by the outbox.

    Source: security white paper, edition 3, use cases A02 and A03.
    """
    is_taken = take_request(station_id, event.csr, now=now)
    return answers.DataAnswer(status=DataStatus.ACCEPTED if is_taken else DataStatus.REJECTED)


SLOW: dict[type[events.Event], SlowAnswer] = {
    events.StationBooted: boot,
    events.AuthorizationRequested: authorize,
    events.TransactionStarted: start,
    events.TransactionEnded: stop,
    events.FirmwareReported: firmware,
    events.DiagnosticsReported: diagnostics,
    events.DataReceived: vendor_data,
    events.CertificateRequested: certificate,
    events.SecurityEventReported: security_event,
}
FAST: dict[type[events.Event], FastAnswer] = {
    events.HeartbeatReceived: lambda now: answers.HeartbeatAnswer(now=now),
    events.StatusReported: lambda now: answers.EmptyAnswer(),
    events.MeterSampled: lambda now: answers.EmptyAnswer(),
}


def answer_and_store(work: Work) -> Answered:
    """Answer one message of the slow lane; called in the tenant's schema, all in one transaction.

    What fails after the commit (a bell, a broker) does not take the answer back.
    """
    is_committed: list[bool] = []
    try:
        with transaction.atomic():
            # Registered first, so that it runs before any follower.
            transaction.on_commit(lambda: is_committed.append(True))
            answered = stored_answer(work) or new_answer(work)
    except Exception:
        if not is_committed:
            raise
        logger.exception("station %s: a follower failed after the commit", work.station_id)
    return answered


def new_answer(work: Work) -> Answered:
    answer = SLOW[type(work.event)](work.station_id, work.event, work.now)
    payload = v16.encode_answer(work.call.action, answer)
    text = serialise(CallResult(work.call.message_id, payload))
    store_exchange(work, text, work.event.flags)
    return Answered(text, answer)


def stored_answer(work: Work) -> Answered | None:
    """Return the answer that the same message got through another socket; else None."""
    text = find_answer(work) if work.may_be_repeated else None
    if text is None:
        return None
    store_exchange(work, text, (*work.event.flags, "repeated"))
    return Answered(text, None)


def ensure_connector(station_id: int, number: int) -> bool:
    """Make a connector that master data do not know; False where the station has too many."""
    station = Station.objects.get(pk=station_id)
    if station.connectors.count() >= CONNECTORS_MAX:
        return False
    stations.ensure_connector(station, number)
    return True
