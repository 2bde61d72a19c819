"""The station around the connectors: connection, registration, heartbeat, status, commands."""

import asyncio
import logging
import random
import ssl
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from apps.ocpp.simulator.clock import Clock, from_text, to_text
from apps.ocpp.simulator.commands import HANDLERS
from apps.ocpp.simulator.configuration import Configuration
from apps.ocpp.simulator.connector import Connector, first_register_wh
from apps.ocpp.simulator.counters import Counters
from apps.ocpp.simulator.frames import Call, Error, Payload, Result, dump
from apps.ocpp.simulator.keyring import Keyring
from apps.ocpp.simulator.link import CallTimeoutError, HandshakeRefusedError, Link, LinkError
from apps.ocpp.simulator.options import Identity
from apps.ocpp.simulator.replies import MalformedCallError
from apps.ocpp.simulator.signing import SigningMeter
from apps.ocpp.simulator.transactions import Outbox

if TYPE_CHECKING:
    from apps.ocpp.simulator.charger import SimulatedCharger

logger = logging.getLogger(__name__)

LARGEST_SKEW_S = 2.0
STABLE_AFTER_S = 10.0
HEX_DIGITS = frozenset("0123456789abcdefABCDEF")

Hook = Callable[[Payload], "Payload | Error | Coroutine[Any, Any, Payload | Error | None] | None"]


class Station:
    """Everything of a charger but charging; `delay_factor` 0 lets effects follow at once."""

    def __init__(
        self,
        url: str,
        charge_box_id: str,
        *,
        password: str | bytes | None = None,
        connectors: Sequence[int] = (1,),
        power_w: float = 22_000.0,
        current_type: str = "AC",
        identity: Identity | None = None,
        meters: Mapping[int, SigningMeter] | None = None,
        clock: Clock | None = None,
        counters: Counters | None = None,
        rng: random.Random | None = None,
        keep_frames: int = 1000,
        call_timeout_s: float = 30.0,
        delay_factor: float = 0.0,
        backoff_s: tuple[float, float] = (1.0, 60.0),
        gate: asyncio.Semaphore | None = None,
        on_refusal: Callable[[str, HandshakeRefusedError], None] | None = None,
        make_tls: Callable[[], ssl.SSLContext] = ssl.create_default_context,
    ) -> None:
        self.url = url
        self.charge_box_id = charge_box_id
        self.password = password
        self.power_w = power_w
        self.current_type = current_type.upper()
        self.identity = identity or Identity()
        self.clock = clock or Clock()
        self.counters = counters or Counters()
        self.rng = rng or random.Random(charge_box_id)
        self.delay_factor = delay_factor
        self.backoff_s = backoff_s
        self.configuration = Configuration(number_of_connectors=len(connectors))
        self.meters = dict(meters or {})
        for number, meter in self.meters.items():
            self.configuration.add_fixed(f"MeterPublicKey{number}", meter.public_key)
        self.keyring = Keyring()
        self.make_tls = make_tls
        self.is_operative = True
        self.registration: str | None = None
        self.firmware_status = "Idle"
        self.diagnostics_status = "Idle"
        self.next_firmware: str | None = None
        self.hooks: dict[str, Hook] = {}
        self.is_autonomous = False
        self.outbox = Outbox(cast("SimulatedCharger", self))
        self.link = Link(
            charge_box_id,
            on_call=self._answer,
            counters=self.counters,
            keep_frames=keep_frames,
            call_timeout_s=call_timeout_s,
        )
        self._gate = gate
        self._on_refusal = on_refusal
        self._skew = timedelta()
        self._reader: asyncio.Task[None] | None = None
        self._is_leaving = False
        self._heartbeat_timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._has_connected = False
        self._back_at: float | None = None
        self._reported_whole: str | None = None
        now = self.clock.now()
        self.connectors = {
            number: Connector(
                number,
                power_w,
                first_register_wh(f"{charge_box_id}/{number}", power_w, now),
                now,
                is_dc=self.current_type == "DC",
            )
            for number in connectors
        }

    # -- time and tasks

    def now(self) -> datetime:
        """Return the station's time of day, set by the central system."""
        return self.clock.now() + self._skew

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run work beside; a lost connection ends it silently, anything else is logged."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._task_ended)
        return task

    def _task_ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None and not isinstance(error, LinkError):
            logger.error("%s: %r", self.charge_box_id, error, exc_info=error)

    # -- connection

    @property
    def is_accepted(self) -> bool:
        """Whether messages may be sent; a script may send before any boot."""
        return self.link.is_open and self.registration in (None, "Accepted")

    async def connect(self) -> None:
        """Connect once; raise HandshakeRefusedError, OSError or TimeoutError."""
        ping_s = self.configuration.integer("WebSocketPingInterval")
        if self._gate is None:
            await self.link.open(self.url, self.password, ping_s=ping_s, tls=self.tls())
        else:
            async with self._gate:
                await self.link.open(self.url, self.password, ping_s=ping_s, tls=self.tls())
        self.counters.connects += 1
        self.counters.reconnects += self._has_connected
        self._has_connected = True
        self._reader = asyncio.create_task(self._read())
        if self._is_leaving:  # too late: it was told to leave meanwhile
            await self.close(1001)
        if self.registration == "Accepted":
            self.arm_heartbeat()
            self.outbox.kick()

    def tls(self) -> ssl.SSLContext | None:
        """Return the context of one connect over TLS; None for an address without."""
        is_secure = self.url.startswith("wss:")
        return self.keyring.context(self.make_tls) if is_secure else None

    async def _read(self) -> None:
        await self.link.read()
        if not self.link.is_open:
            self._forget_connection()

    def _forget_connection(self) -> None:
        if self._heartbeat_timer is not None:
            self._heartbeat_timer.cancel()
        self._reported_whole = None
        for connector in self.connectors.values():
            connector.reported = None

    def abort(self) -> None:
        """Let the socket die without a closing handshake."""
        self.link.abort()
        self._forget_connection()

    async def close(self, code: int = 1000) -> None:
        """Close the connection properly."""
        await self.link.close(code)
        self._forget_connection()

    async def run(self) -> None:
        """Live by itself: connect, boot, and connect again whenever the connection is lost."""
        self.is_autonomous = True
        failures = 0
        while True:
            await self._wait_until_back()
            if self._is_leaving:
                return
            began = asyncio.get_running_loop().time()
            if self.registration is None:
                self.registration = "Unknown"
            try:
                await self.connect()
                await self._greet()
                if self._reader is not None:
                    await self._reader
            except HandshakeRefusedError as refusal:
                self.counters.refused += 1
                if 300 <= refusal.status < 500:
                    failures += 3  # no use in hurrying: somebody has to mend something
                if self._on_refusal is not None:
                    self._on_refusal(self.charge_box_id, refusal)
            except (OSError, TimeoutError, LinkError) as error:
                logger.debug("%s: %s", self.charge_box_id, error)
            finally:
                if not self._is_leaving:
                    self.abort()
            lasted_s = asyncio.get_running_loop().time() - began
            if self._back_at is None:
                failures = 0 if lasted_s > STABLE_AFTER_S else failures + 1
                await asyncio.sleep(self.backoff(failures))

    def backoff(self, failures: int) -> float:
        """Return the real seconds to wait: doubled each time, with jitter of a half."""
        first, longest = self.backoff_s
        wait = min(first * 2.0 ** min(failures, 16), longest)
        return wait * self.rng.uniform(0.5, 1.5)

    def stay_away(self, seconds: float) -> None:
        """Do not connect for so long (of the clock)."""
        loop = asyncio.get_running_loop()
        self._back_at = loop.time() + self.clock.real_seconds(seconds)

    async def _wait_until_back(self) -> None:
        while self._back_at is not None:
            wait_s = self._back_at - asyncio.get_running_loop().time()
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            else:
                self._back_at = None

    async def _greet(self) -> None:
        while self.registration != "Accepted":
            answer = await self.boot()
            if self.registration != "Accepted":
                await self.clock.sleep(float(answer.get("interval") or 30))
        await self.report_anew(list(self.connectors.values()))

    async def come_back(self, seconds: float) -> None:
        """Connect and boot again after an absence; when autonomous, `run` does it."""
        self.stay_away(seconds)
        if not self.is_autonomous:
            await self._wait_until_back()
            await self.connect()
            await self._greet()

    # -- registration, heartbeat, status

    async def call(self, action: str, payload: Payload) -> Payload:
        """Send any call; raise CallRefusedError, CallTimeoutError or LinkClosedError."""
        return await self.link.call(action, payload)

    async def boot(self, **changes: object) -> Payload:
        """Send BootNotification and take up what is answered."""
        if self.next_firmware is not None:
            self.identity = replace(self.identity, firmware=self.next_firmware)
        answer = await self.call("BootNotification", {**self.identity.boot_payload(), **changes})
        self.registration = str(answer.get("status", "Rejected"))
        self._set_clock(answer)
        interval = answer.get("interval")
        if self.registration == "Accepted":
            if isinstance(interval, int) and interval > 0:
                self.configuration.force("HeartbeatInterval", interval)
            self.arm_heartbeat()
            self.outbox.kick()
            if self.next_firmware is not None:
                self.next_firmware = None
                self.spawn(self.report_firmware("Installed"))
        return answer

    async def heartbeat(self) -> Payload:
        """Send Heartbeat, set the clock by it, and arm the next one."""
        try:
            answer = await self.call("Heartbeat", {})
        except CallTimeoutError:
            self.abort()  # half open: better a new connection
            raise
        finally:
            self.arm_heartbeat()
        self._set_clock(answer)
        return answer

    def arm_heartbeat(self) -> None:
        """Send the next heartbeat after the interval in force; 0 switches them off."""
        if self._heartbeat_timer is not None:
            self._heartbeat_timer.cancel()
        interval_s = self.configuration.integer("HeartbeatInterval")
        if interval_s and self.link.is_open and self.registration == "Accepted":
            self._heartbeat_timer = self.clock.later(
                interval_s, lambda: self.spawn(self.heartbeat())
            )

    def _set_clock(self, answer: Payload) -> None:
        told = from_text(answer.get("currentTime"))
        if told is None or not self.clock.is_real:
            return
        skew = told - self.clock.now()
        self._skew = skew if abs(skew.total_seconds()) > LARGEST_SKEW_S else timedelta()

    async def report(self, connector: Connector) -> None:
        """Send StatusNotification if the status has changed since the last one."""
        status = connector.status()
        if status == connector.reported or not self.is_accepted:
            return
        connector.reported = status
        await self._send_status(connector.number, status, connector.error_code)

    async def report_changes(self) -> None:
        """Send what has changed, the station as a whole first."""
        whole = "Available" if self.is_operative else "Unavailable"
        if whole != self._reported_whole and self.is_accepted:
            self._reported_whole = whole
            await self._send_status(0, whole, "NoError")
        for connector in self.connectors.values():
            self.advance(connector)
            await self.report(connector)

    async def report_anew(self, connectors: list[Connector]) -> None:
        """Send the status of these connectors, changed or not."""
        for connector in connectors:
            connector.reported = None
        await self.report_changes()

    async def _send_status(self, number: int, status: str, error_code: str) -> None:
        payload = {
            "connectorId": number,
            "errorCode": error_code,
            "status": status,
            "timestamp": to_text(self.now()),
        }
        try:
            await self.call("StatusNotification", payload)
        except LinkError as error:
            logger.debug("%s: status not delivered: %s", self.charge_box_id, error)

    async def report_firmware(self, status: str) -> None:
        """Send FirmwareStatusNotification."""
        self.firmware_status = status
        await self.call("FirmwareStatusNotification", {"status": status})

    async def report_diagnostics(self, status: str) -> None:
        """Send DiagnosticsStatusNotification."""
        self.diagnostics_status = status if status == "Uploading" else "Idle"
        await self.call("DiagnosticsStatusNotification", {"status": status})

    async def report_security_event(self, kind: str) -> None:
        """Send SecurityEventNotification."""
        payload = {"type": kind, "timestamp": to_text(self.now())}
        await self.call("SecurityEventNotification", payload)

    async def ask_certificate(self) -> str:
        """Send SignCertificate for a new key; return the answer's word.

        The O is what the central system has set as CpoName, the CN the serial number or our id.
        """
        name = self.identity.serial or self.charge_box_id
        request = self.keyring.request(self.configuration.text("CpoName"), name)
        answer = await self.call("SignCertificate", {"csr": request})
        return str(answer.get("status", ""))

    def connectors_of(self, number: int) -> list[Connector]:
        """Return the connector of that number, all for 0, none for an unknown one."""
        if number == 0:
            return list(self.connectors.values())
        return [self.connectors[number]] if number in self.connectors else []

    def advance(self, connector: Connector) -> None:
        """Let energy flow up to now."""
        connector.advance(self.now(), self.power_w)

    # -- commands of the central system

    async def take_password(self, text: str) -> None:
        """Use a new AuthorizationKey (hex digits: the bytes) from the next connection on."""
        is_hex = len(text) in range(32, 41, 2) and HEX_DIGITS.issuperset(text)
        self.password = bytes.fromhex(text) if is_hex else text
        await self.close()
        if not self.is_autonomous:
            await self.connect()

    async def _answer(self, call: Call) -> None:
        hook = self.hooks.get(call.action)
        if hook is not None:
            self.spawn(self._answer_by_hand(hook, call))
            return
        handler = HANDLERS.get(call.action)
        if handler is None:
            await self._send_error(call, "NotImplemented", f"{call.action} is not known here")
            return
        try:
            reply = handler(cast("SimulatedCharger", self), call.payload)
        except MalformedCallError as error:
            await self._send_error(call, error.code, str(error))
            return
        await self.link.send_text(dump(Result(call.message_id, reply.payload)))
        if reply.effect is not None:
            self.spawn(reply.effect())

    async def _answer_by_hand(self, hook: Hook, call: Call) -> None:
        answer = hook(call.payload)
        if isinstance(answer, Coroutine):
            answer = await answer
        if isinstance(answer, Error):
            await self._send_error(call, answer.code, answer.description)
        elif answer is not None:
            await self.link.send_text(dump(Result(call.message_id, answer)))

    async def _send_error(self, call: Call, code: str, description: str) -> None:
        await self.link.send_text(dump(Error(call.message_id, code, description)))
