"""What a message of the slow lane costs in statements."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from apps.charge_records.models import Activation, ChargingSession
from apps.emaid.services import ensure_card
from apps.infrastructure.models import Station
from apps.ocpp import inbox
from apps.ocpp.adapters import v16
from apps.ocpp.adapters.times import write_time
from apps.ocpp.frames import Call, serialise
from apps.ocpp.message_log import Work
from apps.ocpp.models import MessageExchange
from apps.tenants.models import Tenant
from apps.vocabulary.answers import StartAnswer
from tests.conftest import NOW
from tests.ocpp.statements import counted

CARD = "04A2B3C4D5E680"
BOOT = {"chargePointVendor": "V", "chargePointModel": "M"}

Cost = tuple[int, inbox.Answered]
Send = Callable[..., Cost]


@pytest.fixture
def send(alpha: Tenant, make_station: Callable[..., Station]) -> Send:
    """Send a message through the slow lane; return how many statements it took and the answer."""
    station = make_station()
    ensure_card(CARD)

    def one(action: str, payload: dict[str, Any], *, now: datetime = NOW, **options: Any) -> Cost:
        call = Call(str(uuid4()), action, payload)
        event = v16.decode(action, payload, now)
        work = Work(station.pk, uuid4(), call, serialise(call), event, now, **options)
        return counted(lambda: inbox.answer_and_store(work))

    return one


def start(meter_wh: int = 5, at: datetime = NOW) -> dict[str, Any]:
    values = {"connectorId": 1, "idTag": CARD, "meterStart": meter_wh}
    return values | {"timestamp": write_time(at)}


def stop(transaction_id: int) -> dict[str, Any]:
    values = {"transactionId": transaction_id, "idTag": CARD, "meterStop": 9}
    return values | {"timestamp": write_time(NOW), "reason": "Local"}


def transaction_of(answered: inbox.Answered) -> int:
    assert isinstance(answered.answer, StartAnswer)
    return answered.answer.transaction_id


def test_boot_costs_the_station_and_the_log(send: Send) -> None:
    assert send("BootNotification", BOOT)[0] == 2


def test_authorize_costs_six_statements(send: Send) -> None:
    """Place, card, its sessions, the awaiting activation, that one's row, the log."""
    assert send("Authorize", {"idTag": CARD})[0] == 6
    assert send("Authorize", {"idTag": CARD})[0] == 6
    assert Activation.objects.count() == 1


def test_authorize_of_an_unknown_card_looks_for_a_remote_start(send: Send) -> None:
    """Place, card, remote start, the refused activation, the log."""
    assert send("Authorize", {"idTag": "NOBODY"})[0] == 5


def test_a_session_costs_eleven_statements_at_its_start_and_five_at_its_end(send: Send) -> None:
    """Start: the same one, place, card, its lock, its sessions, id, open sessions, the session, the
    awaiting activation, that one's row, the log. Stop: session twice, activation twice, the log.
    """
    send("Authorize", {"idTag": CARD})
    cost, answered = send("StartTransaction", start())
    assert cost == 11

    # Held to end the session: place, card, its sessions, the log.
    assert send("Authorize", {"idTag": CARD})[0] == 4

    assert send("StopTransaction", stop(transaction_of(answered)))[0] == 5
    session = ChargingSession.objects.get()
    assert (session.state, session.activation.state) == ("ended", "ended")


def test_repetitions_cost_less_than_the_first(send: Send) -> None:
    """With a new id: the same start, the log; the session, the log."""
    answered = send("StartTransaction", start())[1]
    assert send("StartTransaction", start())[0] == 2
    transaction_id = transaction_of(answered)
    send("StopTransaction", stop(transaction_id))
    assert send("StopTransaction", stop(transaction_id))[0] == 2


def test_the_first_of_a_socket_cost_one_look_into_the_log_more(send: Send) -> None:
    plain = send("StartTransaction", start())[0]
    later = NOW + timedelta(hours=1)
    cost, _ = send("StartTransaction", start(9, later), now=later, may_be_repeated=True)
    # And one to hang the session that the new one ends, one to tell of it.
    assert cost == plain + 3
    assert MessageExchange.objects.count() == 2
