"""`manage.py ocpp_call CB-1 ACTION ['{json}']`: any OCPP call, sent as a click would send it."""

import json
import sys
import time
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.infrastructure.models import Station, StationCommand, StationConnection
from apps.infrastructure.services.commands import (
    ProfileLowered,
    SecretParameter,
    expire_commands,
    request_command,
)
from apps.ocpp.dispatch import TIMEOUT_KEY, TIMEOUT_MAX_S
from apps.ocpp.schemas import TO_CHARGER
from apps.tenants.context import run_in_schema
from apps.tenants.selectors import find_route
from apps.vocabulary.commands import OPEN_COMMAND_STATUSES, CommandStatus
from apps.vocabulary.commands import Command as StationCommandName

CALL_ERROR, NO_ANSWER, USAGE, NOT_OFFERED = 1, 2, 64, 77
DEFAULT_TIMEOUT_S = 30.0
OFFLINE_PATIENCE_S = 5.0
"""A station that is away may be back in a moment, after a reset for example."""
POLL_S = 0.02
# Beyond the station's own time: to be taken, and to be recorded.
MARGIN_S = 5.0


class Command(BaseCommand):
    """Exit code 0: CALLRESULT, 1: CALLERROR, 2: offline or no answer in time, 77: not offered."""

    help = "Send an OCPP call to a station through the running gateway and print its answer."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("charge_box_id")
        parser.add_argument("action", help="for example Reset, ChangeConfiguration")
        parser.add_argument("payload", nargs="?", default="{}", help="a JSON object")
        parser.add_argument(
            "--timeout",
            type=float,
            default=DEFAULT_TIMEOUT_S,
            help="seconds for the station to answer (30)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        payload = read_payload(options["payload"])
        timeout_s = min(max(options["timeout"], 0.1), TIMEOUT_MAX_S)
        action = options["action"]
        if action not in TO_CHARGER:
            raise CommandError(f"{action} is not offered to stations.", returncode=NOT_OFFERED)
        route = find_route(options["charge_box_id"])
        if route is None:
            raise CommandError(
                f"There is no station {options['charge_box_id']}.", returncode=NO_ANSWER
            )
        parameters = {"action": action, "payload": payload, TIMEOUT_KEY: timeout_s}
        try:
            row = run_in_schema(
                route.tenant.schema_name, carry, route.station_pk, parameters, timeout_s
            )
        except (SecretParameter, ProfileLowered) as error:
            raise CommandError(str(error), returncode=USAGE) from None
        sys.exit(self.show(row))

    def show(self, row: StationCommand) -> int:
        """Print the answer; return the exit code."""
        if row.status == CommandStatus.ANSWERED:
            self.stdout.write(json.dumps(row.answer))
            return 0
        if row.status == CommandStatus.REJECTED:
            error = {"errorCode": row.error_code, "errorDescription": row.error_description}
            self.stdout.write(json.dumps(error))
            return CALL_ERROR
        if row.status == CommandStatus.NOT_OFFERED:
            self.stderr.write(row.error_description or "Not offered.")
            return NOT_OFFERED
        is_late = row.status == CommandStatus.TIMED_OUT
        self.stderr.write("No answer in time." if is_late else "The station is offline.")
        return NO_ANSWER


def read_payload(text: str) -> dict[str, Any]:
    """Return the JSON object. Raises CommandError."""
    try:
        payload = json.loads(text)
    except ValueError as error:
        raise CommandError(f"The payload is no JSON: {error}", returncode=USAGE) from None
    if not isinstance(payload, dict):
        raise CommandError("The payload must be a JSON object.", returncode=USAGE)
    return payload


def carry(station_id: int, parameters: dict[str, Any], timeout_s: float) -> StationCommand:
    """Queue the call and wait for its end; called in the tenant's schema."""
    station = Station.objects.get(pk=station_id)
    row = request_command(
        station,
        StationCommandName.OCPP_CALL,
        parameters,
        actor=None,
        now=timezone.now(),
        patience=timedelta(seconds=timeout_s),
    )
    began = time.monotonic()
    while row.status in OPEN_COMMAND_STATUSES:
        time.sleep(POLL_S)
        row.refresh_from_db()
        waited = time.monotonic() - began
        if row.status == CommandStatus.QUEUED and waited > patience(station_id, timeout_s):
            give_up(row)
        elif waited > timeout_s * 2 + MARGIN_S:
            break
    return row


def patience(station_id: int, timeout_s: float) -> float:
    """Return how long a command may stay queued: briefly while the station is away."""
    if StationConnection.objects.filter(pk=station_id, is_online=True).exists():
        return timeout_s
    return min(timeout_s, OFFLINE_PATIENCE_S)


def give_up(row: StationCommand) -> None:
    """End the command unless a gateway has taken it this moment."""
    StationCommand.objects.filter(pk=row.pk, status=CommandStatus.QUEUED.value).update(
        expires_at=timezone.now()
    )
    expire_commands(now=timezone.now())
    row.refresh_from_db()
