"""Print what is on record of one transaction of a station."""

import json
from datetime import UTC, datetime
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from apps.charge_records.models import ChargingSession
from apps.charge_records.selectors.sessions import find_session
from apps.tenants.context import run_in_schema
from apps.tenants.selectors import find_route


class Command(BaseCommand):
    help = "Print a charging session as JSON: Wh, RFC 3339 in UTC; null where nothing is known."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("charge_box_id")
        parser.add_argument("transaction", type=int, help="transaction id as the station got it")

    def handle(self, *args: Any, **options: Any) -> None:
        route = find_route(options["charge_box_id"])
        if route is None:
            raise CommandError(f"There is no charging station {options['charge_box_id']!r}.")
        session = run_in_schema(
            route.tenant.schema_name, find_session, route.station_pk, options["transaction"]
        )
        if session is None:
            raise CommandError(
                f"{route.charge_box_id} has no transaction {options['transaction']} on record."
            )
        self.stdout.write(json.dumps(describe(session)))


def describe(session: ChargingSession) -> dict[str, str | int | None]:
    """Return the session in the words of OCPP."""
    return {
        "idTag": session.id_tag,
        "connectorId": session.connector_number,
        "meterStart": session.meter_start_wh,
        "meterStop": session.meter_stop_wh,
        "start": rfc3339(session.started_at),
        "stop": rfc3339(session.ended_at),
        "reason": session.stop_reason or None,
    }


def rfc3339(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")
