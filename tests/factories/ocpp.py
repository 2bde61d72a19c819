"""Rows of ocpp."""

from uuid import UUID

from apps.ocpp.models import MessageExchange
from tests.factories.base import NOW, Place
from tests.factories.infrastructure import make_station


def make_exchange(place: Place) -> MessageExchange:
    return MessageExchange.objects.create(
        station=make_station(place),
        connection_id=UUID(int=1),
        direction="in",
        message_id=f"{place.mark}-message",
        action="BootNotification",
        request=f'[2,"1","BootNotification",{{"chargePointModel":"{place.mark}"}}]',
        requested_at=NOW,
        answer=f'[3,"1",{{"status":"{place.mark}"}}]',
        answered_at=NOW,
        outcome="result",
    )


FACTORIES = {MessageExchange: make_exchange}
