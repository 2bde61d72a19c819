"""A charging station under the test tool's hand: each answer and request is held to the schema."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from django.utils import timezone

from apps.infrastructure.models import Station, StationCommand
from apps.infrastructure.services.commands import request_command
from apps.ocpp.schemas import Kind, validate
from apps.vocabulary.commands import Command
from tests.ocpp.gateway.clients import Charger, Frame, Place, eventually, time_text

SESSION = "SELECT {} FROM charge_records_chargingsession WHERE station_id = %s ORDER BY id"
CONNECTOR = (
    "SELECT status, error_code FROM infrastructure_connector WHERE station_id = %s AND number = %s"
)
ACCEPTED = {"status": "Accepted"}
ENERGY_WH = 2000


@dataclass(slots=True)
class Post:
    """The station's open socket and its place in the portal."""

    charger: Charger
    place: Place

    @classmethod
    def powered_up(cls, url: str, place: Place, **options: Any) -> Self:
        """Dial in, boot, report all connectors as available."""
        post = cls(Charger.dial(url, place, **options), place)
        post.boots()
        return post

    @property
    def tag(self) -> str:
        """The card that charges here and nowhere else."""
        return self.place.charge_box_id

    # What the station does

    def sends(self, action: str, payload: dict[str, Any]) -> Any:
        """Send a valid request; return the payload of its valid answer."""
        assert validate(action, Kind.REQUEST, payload).ok, payload
        answer = self.charger.result(action, payload)
        verdict = validate(action, Kind.RESPONSE, answer)
        assert verdict.ok, (verdict, answer)
        return answer

    def boots(self) -> None:
        names = {"chargePointVendor": "Vendor", "chargePointModel": "Model"}
        answer = self.sends("BootNotification", names)
        assert answer["status"] == "Accepted"
        assert answer["interval"] > 0
        for connector in (0, 1):
            self.reports("Available", connector=connector)

    def reports(self, status: str, *, connector: int = 1, error: str = "NoError") -> None:
        """Report a connector's status, which shows in the portal at once."""
        payload = {"connectorId": connector, "status": status, "errorCode": error}
        assert self.sends("StatusNotification", payload) == {}
        if connector:
            shown = self.place.rows(CONNECTOR, self.place.pk, connector)
            assert shown == [(status, error)]

    def authorizes(self, id_tag: str = "") -> str:
        answer = self.sends("Authorize", {"idTag": id_tag or self.tag})
        return str(answer["idTagInfo"]["status"])

    def starts(self, id_tag: str = "", *, minutes: float = -30, **fields: Any) -> int:
        """Start an accepted transaction; return its id."""
        answer = self.start_answer(id_tag or self.tag, minutes=minutes, **fields)
        assert answer["idTagInfo"]["status"] == "Accepted"
        return int(answer["transactionId"])

    def start_answer(self, id_tag: str, *, minutes: float = -30, **fields: Any) -> Any:
        payload = {
            "connectorId": 1,
            "idTag": id_tag,
            "meterStart": 1000,
            "timestamp": time_text(minutes=minutes),
            **fields,
        }
        answer = self.sends("StartTransaction", payload)
        assert answer["transactionId"] > 0
        return answer

    def meters(self, transaction_id: int, value_wh: int = 1500) -> None:
        sample = {"value": str(value_wh), "context": "Sample.Periodic", "unit": "Wh"}
        group = {"timestamp": time_text(minutes=-20), "sampledValue": [sample]}
        payload = {"connectorId": 1, "transactionId": transaction_id, "meterValue": [group]}
        assert self.sends("MeterValues", payload) == {}

    def stops(self, transaction_id: int, reason: str, *, minutes: float = -5) -> None:
        """End a transaction; the record holds its energy."""
        payload = {
            "transactionId": transaction_id,
            "meterStop": 1000 + ENERGY_WH,
            "timestamp": time_text(minutes=minutes),
            "reason": reason,
        }
        self.sends("StopTransaction", payload)
        columns = "transaction_id, state, meter_stop_wh - meter_start_wh, stop_reason"
        assert (transaction_id, "ended", ENERGY_WH, reason) in self.sessions(columns)

    def charges(self) -> int:
        """Plug in, authorise, start: the station charges; return the transaction's id."""
        self.reports("Preparing")
        assert self.authorizes() == "Accepted"
        transaction_id = self.starts()
        self.reports("Charging")
        return transaction_id

    def unplugs(self) -> None:
        self.reports("Finishing")
        self.reports("Available")

    # What the operator does

    def is_commanded(
        self,
        command: Command,
        parameters: dict[str, Any] | None = None,
        *,
        gets: tuple[str, dict[str, Any]],
        answers: dict[str, Any],
    ) -> StationCommand:
        """Queue a command as a click does; the station gets exactly this and answers it.

        Returns the command as the portal shows it, answered.
        """
        pk = self.queues(command, parameters or {})
        frame = self.is_asked(*gets)
        assert validate(gets[0], Kind.RESPONSE, answers).ok, answers
        self.charger.reply(frame, answers)
        row = self.ended(pk)
        assert (row.status, row.answer) == ("answered", answers)
        assert row.verdict == answers.get("status", "")
        return row

    def queues(self, command: Command, parameters: dict[str, Any]) -> int:
        def queue() -> int:
            station = Station.objects.get(pk=self.place.pk)
            row = request_command(station, command, parameters, actor=None, now=timezone.now())
            return row.pk

        return self.place.look(queue)

    def is_asked(self, action: str, payload: dict[str, Any]) -> Frame:
        """Wait for the request; return its frame."""
        frame = self.charger.command()
        assert frame[2:] == [action, payload]
        assert validate(action, Kind.REQUEST, frame[3]).ok
        return frame

    def ended(self, pk: int) -> StationCommand:
        """Return the command once it is over."""

        def row() -> StationCommand:
            return StationCommand.objects.get(pk=pk)

        eventually(lambda: self.place.look(row).answered_at is not None)
        return self.place.look(row)

    # What the portal shows

    def sessions(self, columns: str) -> list[tuple[Any, ...]]:
        return self.place.rows(SESSION.format(columns), self.place.pk)

    def station(self, column: str) -> Any:
        statement = f"SELECT {column} FROM infrastructure_station WHERE id = %s"
        return self.place.value(statement, self.place.pk)

    def security_events(self) -> list[str]:
        """Return the types of events that the station reported, oldest first."""
        statement = (
            "SELECT type FROM infrastructure_securityevent "
            "WHERE station_id = %s AND source = 'station' ORDER BY id"
        )
        return [row[0] for row in self.place.rows(statement, self.place.pk)]

    def close(self) -> None:
        self.charger.close()


Dial = Callable[..., Post]
CardMaker = Callable[..., None]
