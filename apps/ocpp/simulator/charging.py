"""Charging: cards, transactions and meter values of a station."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Unpack, cast

from apps.ocpp.simulator.clock import to_text
from apps.ocpp.simulator.connector import Connector, Reservation
from apps.ocpp.simulator.frames import Payload
from apps.ocpp.simulator.link import LinkError
from apps.ocpp.simulator.options import StationOptions
from apps.ocpp.simulator.profiles import Profile, offered_w
from apps.ocpp.simulator.readings import energy_entry, meter_value
from apps.ocpp.simulator.session import Stay, run_session
from apps.ocpp.simulator.signing import BEGIN, END, Fault
from apps.ocpp.simulator.station import Station
from apps.ocpp.simulator.transactions import UNKNOWN_TRANSACTION, QueuedMessage, Transaction
from apps.ocpp.simulator.vehicle import Vehicle

if TYPE_CHECKING:
    from apps.ocpp.simulator.charger import SimulatedCharger


class ChargingStation(Station):
    """A station that charges; what drivers do is called from outside."""

    def __init__(self, url: str, charge_box_id: str, **options: Unpack[StationOptions]) -> None:
        super().__init__(url, charge_box_id, **options)
        self.cache: dict[str, Payload] = {}
        self.local_list: dict[str, Payload] = {}
        self.local_list_version = 0
        self.profiles: list[Profile] = []
        self.draw_visit: Callable[[], tuple[Vehicle, Stay]] = lambda: (Vehicle(), Stay())
        self._aligned_timer: asyncio.TimerHandle | None = None
        self.arrives_after_s = 0.0  # the vehicle of a remote start
        self.unplugs_after_s: float | None = None  # None: it stays until somebody unplugs it

    # -- cards

    async def authorize(self, id_tag: str) -> Payload:
        """Send Authorize and return the idTagInfo answered."""
        answer = await self.call("Authorize", {"idTag": id_tag})
        return self._learn(id_tag, answer)

    async def may_charge(self, id_tag: str) -> bool:
        """Ask list, central system or cache, as the configuration says (section 3.4)."""
        configuration = self.configuration
        if configuration.flag("LocalPreAuthorize") and self._is_known(id_tag):
            return True
        if self.is_accepted:
            try:
                is_accepted = (await self.authorize(id_tag)).get("status") == "Accepted"
            except LinkError:
                return self._may_charge_offline(id_tag)
            self.counters.authorisations_refused += not is_accepted
            return is_accepted
        return self._may_charge_offline(id_tag)

    def _may_charge_offline(self, id_tag: str) -> bool:
        if self.configuration.flag("LocalAuthorizeOffline") and self._is_known(id_tag):
            return True
        return self.configuration.flag("AllowOfflineTxForUnknownId")

    def _is_known(self, id_tag: str) -> bool:
        info = self.local_list.get(id_tag) or self.cache.get(id_tag) or {}
        return info.get("status") == "Accepted"

    def _learn(self, id_tag: str, answer: Payload | None) -> Payload:
        info: Payload = (answer or {}).get("idTagInfo") or {}
        if info and self.configuration.flag("AuthorizationCacheEnabled"):
            self.cache[id_tag] = info
        return info

    # -- transactions

    def begin(
        self,
        connector: Connector,
        id_tag: str,
        *,
        meter_wh: int | None = None,
        at: datetime | None = None,
    ) -> Transaction:
        """Start a transaction and queue StartTransaction."""
        self.advance(connector)
        if meter_wh is not None:
            connector.register_wh = float(meter_wh)
        reservation, connector.reservation = connector.reservation, None
        transaction = Transaction(
            connector.number, id_tag, at or self.now(), int(connector.register_wh)
        )
        if reservation is not None and reservation.id_tag == id_tag:
            transaction.reservation_id = reservation.reservation_id
        transaction.samples.append(energy_entry(connector.reading(at=at), "Transaction.Begin"))
        connector.transaction = transaction
        self.advance(connector)
        payload: Payload = {
            "connectorId": connector.number,
            "idTag": id_tag,
            "meterStart": transaction.meter_start_wh,
            "timestamp": to_text(transaction.started_at),
        }
        if transaction.reservation_id is not None:
            payload["reservationId"] = transaction.reservation_id
        self.outbox.put(
            QueuedMessage(
                "StartTransaction",
                lambda: payload,
                lambda answer: self._started(connector, transaction, answer),
            )
        )
        self._sign_begin(connector, transaction, at)
        return transaction

    def _sign_begin(
        self, connector: Connector, transaction: Transaction, at: datetime | None
    ) -> None:
        meter = self.meters.get(connector.number)
        if meter is None or meter.fault is Fault.SILENT:
            return
        shown = connector.reading(at=at)
        transaction.begin_reading = meter.reading(shown, BEGIN)
        if self.configuration.flag("SampledDataSignStartedReadings"):
            record = meter.record(transaction.id_tag, transaction.begin_reading)
            entry = meter.entry(record, shown.at, "Transaction.Begin")
            self.queue_meter_values(connector.number, transaction, [entry])

    def _sign_end(
        self, connector: Connector, transaction: Transaction, at: datetime | None
    ) -> None:
        meter = self.meters.get(connector.number)
        if meter is None or transaction.begin_reading is None:
            return
        shown = connector.reading(at=at)
        readings = [transaction.begin_reading]
        if meter.fault is not Fault.WITHOUT_END:
            readings.append(meter.reading(shown, END))
        record = meter.record(transaction.id_tag, *readings)
        if meter.fault is Fault.TAMPERED:
            record = meter.tamper(record)
        transaction.samples.append(meter.entry(record, shown.at, "Transaction.End"))

    def _started(
        self, connector: Connector, transaction: Transaction, answer: Payload | None
    ) -> None:
        if answer is not None:
            self.counters.started += 1
            transaction.id = answer.get("transactionId")
            transaction.status = self._learn(transaction.id_tag, answer).get("status")
        transaction.answered.set()
        if (
            transaction.is_refused
            and connector.transaction is transaction
            and self.configuration.flag("StopTransactionOnInvalidId")
        ):
            connector.request_stop("DeAuthorized")

    def end(
        self,
        transaction: Transaction,
        reason: str | None,
        *,
        meter_wh: int | None = None,
        at: datetime | None = None,
        id_tag: str | None = None,
    ) -> QueuedMessage:
        """End a transaction and queue StopTransaction with its transactionData."""
        connector = self.connectors[transaction.connector]
        self.advance(connector)
        if meter_wh is not None:
            connector.register_wh = float(meter_wh)
        transaction.is_ended = True
        transaction.samples.append(energy_entry(connector.reading(at=at), "Transaction.End"))
        self._sign_end(connector, transaction, at)
        if connector.transaction is transaction:
            self._free(connector)
        body: Payload = {
            "meterStop": int(connector.register_wh),
            "timestamp": to_text(at or self.now()),
            "transactionData": transaction.samples,
        }
        if reason is not None:
            body["reason"] = reason
        if id_tag is not None:
            body["idTag"] = id_tag
        return self.outbox.put(
            QueuedMessage(
                "StopTransaction",
                lambda: {"transactionId": _sent_id(transaction), **body},
                self._stopped,
            )
        )

    def _stopped(self, answer: Payload | None) -> None:
        self.counters.stopped += answer is not None

    def _free(self, connector: Connector) -> None:
        connector.transaction = None
        connector.was_charged = True
        self.profiles = [
            profile
            for profile in self.profiles
            if profile.purpose != "TxProfile" or profile.connector != connector.number
        ]
        if connector.scheduled is not None:
            connector.is_operative, connector.scheduled = connector.scheduled, None

    def arm_heartbeat(self) -> None:
        """Arm the clock-aligned meter values along with the heartbeat."""
        super().arm_heartbeat()
        self.arm_aligned_data()

    def arm_aligned_data(self) -> None:
        """Read all meters at multiples of ClockAlignedDataInterval since midnight; 0 is off."""
        if self._aligned_timer is not None:
            self._aligned_timer.cancel()
        interval_s = self.configuration.integer("ClockAlignedDataInterval")
        if interval_s and self.is_accepted:
            now = self.now()
            since_midnight_s = now.hour * 3600 + now.minute * 60 + now.second
            wait_s = interval_s - since_midnight_s % interval_s
            self._aligned_timer = self.clock.later(wait_s, self._read_all_meters)

    def _read_all_meters(self) -> None:
        for connector in self.connectors.values():
            self.sample(connector, "Sample.Clock", key="MeterValuesAlignedData")
        self.arm_aligned_data()

    def sample(
        self, connector: Connector, context: str, *, key: str = "MeterValuesSampledData"
    ) -> QueuedMessage:
        """Read the meter and queue MeterValues with the measurands that `key` lists."""
        self.advance(connector)
        measurands = tuple(self.configuration.text(key).split(","))
        voltage_v = connector.reading().voltage_v * self.rng.uniform(0.985, 1.015)
        entry = meter_value(connector.reading(voltage_v=voltage_v), context, measurands)
        return self.queue_meter_values(connector.number, connector.transaction, [entry])

    def queue_meter_values(
        self, number: int, transaction: Transaction | None, entries: list[Payload]
    ) -> QueuedMessage:
        """Queue MeterValues with ready entries; the transaction's id is added when known."""

        def payload() -> Payload:
            body: Payload = {"connectorId": number, "meterValue": entries}
            if transaction is not None and transaction.id is not None:
                body["transactionId"] = transaction.id
            return body

        return self.outbox.put(QueuedMessage("MeterValues", payload, lambda answer: None))

    def advance(self, connector: Connector) -> None:
        """Let energy flow up to now, then look at what the profiles leave."""
        now = self.now()
        if connector.error_code != "NoError":
            connector.advance(now, 0.0)
            return
        running = connector.transaction
        offered = offered_w(
            self.profiles,
            connector.number,
            now,
            power_w=self.power_w,
            transaction_began=running.started_at if running else None,
        )
        connector.advance(now, offered)

    # -- drivers

    async def plug(self, connector: Connector, vehicle: Vehicle) -> None:
        """Plug a vehicle in."""
        connector.vehicle = vehicle
        connector.was_charged = False
        await self.report(connector)

    async def unplug(self, connector: Connector) -> None:
        """Take the plug out; what still runs ends with reason EVDisconnected."""
        await self.stop_at(connector, "EVDisconnected")
        connector.vehicle = None
        connector.was_charged = False
        await self.report(connector)

    def start_session(self, connector: Connector, id_tag: str, stay: Stay) -> "asyncio.Task[str]":
        """Charge in a task of its own until the driver or somebody else ends it."""
        session = self.spawn(run_session(cast("SimulatedCharger", self), connector, id_tag, stay))
        connector.session = session

        def forget(task: "asyncio.Task[str]") -> None:
            if connector.session is task:
                connector.session = None

        session.add_done_callback(forget)
        return session

    async def start_remotely(self, connector: Connector, id_tag: str) -> None:
        """Do what RemoteStartTransaction asks: authorise, wait for the vehicle, charge."""
        asks_first = self.configuration.flag("AuthorizeRemoteTxRequests")
        if asks_first and not await self.may_charge(id_tag):
            return
        vehicle, stay = self.draw_visit()
        is_arriving = connector.vehicle is None
        if is_arriving:
            await self.clock.sleep(self.arrives_after_s)
            if not connector.is_free:
                return
            await self.plug(connector, vehicle)
        if connector.session is not None:
            return
        await self.start_session(connector, id_tag, stay)
        if is_arriving and self.unplugs_after_s is not None:
            await self.clock.sleep(self.unplugs_after_s)
            await self.unplug(connector)

    async def stop_at(self, connector: Connector, reason: str) -> None:
        """End the transaction at a connector, if there is one, and wait until it has ended."""
        session = connector.session
        if connector.request_stop(reason):
            if session is not None and session is not asyncio.current_task():
                await asyncio.wait([session])
        elif connector.transaction is not None:
            self.end(connector.transaction, reason)
            await self.report(connector)

    async def unlock(self, connector: Connector) -> None:
        """Free the plug, as UnlockConnector asks."""
        await self.stop_at(connector, "UnlockCommand")
        await self.unplug(connector)

    async def keep_reservation(self, connector: Connector, reservation: Reservation) -> None:
        """Show Reserved, and Available again once the reservation has expired."""
        await self.report(connector)
        left = reservation.expires_at - self.now()
        await self.clock.sleep(left.total_seconds())
        if connector.reservation is reservation:
            connector.reservation = None
            await self.report(connector)


def _sent_id(transaction: Transaction) -> int:
    return UNKNOWN_TRANSACTION if transaction.id is None else transaction.id
