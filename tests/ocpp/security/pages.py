"""All that a person sees of a station, and all that is stored of it."""

from django.db import connection
from django.test import Client

from apps.accounts.services.users import ensure_user
from apps.charge_records.models import Activation, ChargeRecord
from apps.infrastructure.models import StationCommand
from apps.ocpp.models import MessageExchange
from tests.conftest import PASSWORD
from tests.factories.pages import log_in
from tests.ocpp.gateway.clients import Place

TABS = ("overview", "charge-points", "commands", "messages", "activations", "security", "edit")


def tables_with(station: Place, text: str) -> list[str]:
    """Return the tables of the tenant and of the platform that hold the text anywhere."""
    found = []
    tables = station.rows(
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN (%s, 'public')",
        station.schema,
    )
    for schema, table in tables:
        rows = f'SELECT count(*) FROM "{schema}"."{table}" t WHERE t::text LIKE %s'
        if station.value(rows, f"%{text}%"):
            found.append(table)
    return found


def addresses(station: Place) -> list[str]:
    """Return the pages, fragments and exports that show what the station sent."""
    page = f"/infrastructure/station/{station.pk}/change/"
    lists = [
        "/",
        "/infrastructure/station/",
        "/infrastructure/chargepoint/",
        "/infrastructure/stationcommand/",
        "/ocpp/messageexchange/?routine=show&period=30d",
        "/ocpp/messageexchange/?fragment=newer&routine=show&after=2000-01-01T00:00:00Z_0",
        "/ocpp/messageexchange/export-csv/?routine=show&period=30d",
        "/charge_records/activation/",
        "/charge_records/activation/?period=30d",
        "/charge_records/chargerecord/",
        f"/search/?s={station.charge_box_id}&extended=1",
        f"/infrastructure/station/?q={station.charge_box_id}",
        f"{page}?fragment=head",
    ]
    lists += [f"{page}?tab={tab}" for tab in TABS]
    rows = [
        (StationCommand, "infrastructure/stationcommand"),
        (MessageExchange, "ocpp/messageexchange"),
        (Activation, "charge_records/activation"),
        (ChargeRecord, "charge_records/chargerecord"),
    ]

    def of_rows() -> list[str]:
        found = []
        for model, path in rows:
            keys = model.objects.filter(station_id=station.pk).values_list("pk", flat=True)
            found += [f"/{path}/{pk}/change/" for pk in keys]
        return found

    return lists + station.look(of_rows)


def security_tab(station: Place) -> str:
    """Return the text of the station's Security tab."""
    address = f"/infrastructure/station/{station.pk}/change/?tab=security"
    return visit(station, [address])[address]


def visit(station: Place, only: list[str] | None = None) -> dict[str, str]:
    """Return the text of each page that an admin may open, by address."""

    def walk() -> dict[str, str]:
        admin = ensure_user("admin@example.com", password=PASSWORD, role="admin")
        client: Client = log_in(admin)
        shown = {}
        for address in only or addresses(station):
            response = client.get(address)
            assert response.status_code in {200, 302, 404}, (address, response.status_code)
            connection.set_schema(station.schema)
            if response.status_code == 200:
                content = b"".join(response) if response.streaming else response.content
                shown[address] = content.decode()
        return shown

    return station.look(walk)


def everything_shown(station: Place) -> str:
    return "\n".join(visit(station).values())
