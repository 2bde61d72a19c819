"""A million charge records in a minute or two: one genuine row of each table, multiplied by
PostgreSQL, and the roll-ups of them.
"""

from datetime import timedelta
from typing import Any

DAYS = 365
TAGS = 20_000
PATIENCE_S = 900.0
"""A million rows are one statement, which may take its time on a busy machine."""


def fill(number: int) -> dict[str, int]:
    """Give the stations of the current schema so many sessions with activation and record each,
    spread over a year up to now; return the ids of a station and its location. What is there stays.
    """
    from django.db import connection
    from django.utils import timezone

    from apps.charge_records.models import Activation, ChargeRecord, ChargingSession
    from apps.charge_records.services.rebuild import rebuild_totals
    from apps.infrastructure.models import ChargePoint

    point = ChargePoint.objects.select_related("station").first()
    if ChargeRecord.objects.count() > number:
        return {"station": point.station_id, "location": point.station.location_id}
    session, activation, record = prototypes(point)
    columns = own_columns()
    values = {
        "step_s": DAYS * 24 * 3600 / number,
        "tags": TAGS,
        "number": number,
        "session": session.pk,
        "record": record.pk,
        "first_session": session.pk,
        "first_record": record.pk,
        "activation": activation.pk,
        "first_activation": activation.pk,
    }
    with connection.cursor() as cursor, cursor.connection.within(PATIENCE_S):
        for model, key in (
            (ChargingSession, "session"),
            (Activation, "activation"),
            (ChargeRecord, "record"),
        ):
            cursor.execute(multiplied(model, key, columns[key]), values)
            table = model._meta.db_table
            # Rows to come take numbers behind ours.
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
            )
            cursor.execute(f"ANALYZE {table}")
    today = timezone.now().date()
    rebuild_totals(today - timedelta(days=DAYS + 1), today + timedelta(days=1))
    return {"station": record.station_id, "location": record.station.location_id}


def own_columns() -> dict[str, dict[str, str]]:
    """Return, by the kind of row, the columns in which copy `n` differs from its prototype `p` at
    charge point `s`, as expressions.
    """
    card = "'TAG' || lpad((n %% %(tags)s)::text, 9, '0')"
    place = {"station_id": "s.station_id", "charge_point_id": "s.id"}
    again = place | {
        "started_at": earlier("started_at"),
        "ended_at": earlier("ended_at"),
        "id_tag": card,
    }
    return {
        "session": again
        | {
            "id": "%(first_session)s + n",
            "transaction_id": "p.transaction_id + n",
            "start_received_at": earlier("started_at"),
            "stop_received_at": earlier("ended_at"),
        },
        "activation": place
        | {
            "id": "%(first_activation)s + n",
            "session_id": "%(first_session)s + n",
            "began_at": earlier("began_at"),
            "id_tag": card,
            "state": "(ARRAY['completed', 'completed', 'completed', 'failed'])[1 + n %% 4]",
            "error_class": "(ARRAY['', '', '', 'energy_implausible'])[1 + n %% 4]",
        },
        "record": again
        | {
            "id": "%(first_record)s + n",
            "session_id": "%(first_session)s + n",
            "energy_wh": "1000 + n %% 60000",
            "bdr_main": "(ARRAY['successful', 'successful', 'successful', 'exclusion'])"
            "[1 + n %% 4]",
        },
    }


def earlier(column: str) -> str:
    """Return the prototype's moment, put back by as many steps as the copy's number."""
    return f"p.{column} - make_interval(secs => n * %(step_s)s)"


def prototypes(charge_point: Any) -> tuple[Any, Any, Any]:
    """Make one session that ended, its activation and its record."""
    from django.utils import timezone

    from apps.charge_records.choices import Medium
    from apps.charge_records.models import Activation, ChargeRecord, ChargingSession

    now = timezone.now()
    shared = {
        "station": charge_point.station,
        "charge_point": charge_point,
        "id_tag": "TAG",
        "started_at": now - timedelta(hours=1),
        "ended_at": now,
    }
    session = ChargingSession.objects.create(
        **shared,
        connector_number=1,
        transaction_id=10**12,
        state="ended",
        authorization_status="Accepted",
        start_received_at=now - timedelta(hours=1),
        stop_received_at=now,
        meter_start_wh=0,
        meter_stop_wh=11_000,
        is_settled=True,
    )
    activation = Activation.objects.create(
        station=charge_point.station,
        charge_point=charge_point,
        session=session,
        state="completed",
        id_tag="TAG",
        began_at=now - timedelta(hours=1),
    )
    record = ChargeRecord.objects.create(
        **shared,
        session=session,
        duration_s=3600,
        energy_wh=11_000,
        medium=Medium.UNKNOWN,
        bdr_main="successful",
        eka="irrelevant",
        settled_at=now,
    )
    return session, activation, record


def multiplied(model: Any, key: str, columns: dict[str, str]) -> str:
    """Return the statement that inserts copies of the row `key`, numbered 1 to `number`, with the
    expressions of `columns` in place of its own values, over all charge points in turn.
    """
    names = [field.column for field in model._meta.concrete_fields]
    expressions = [columns.get(name, f"p.{name}") for name in names]
    return (
        f"INSERT INTO {model._meta.db_table} ({', '.join(names)}) "
        f"SELECT {', '.join(expressions)} FROM generate_series(1, %(number)s) AS n "
        f"JOIN {model._meta.db_table} AS p ON p.id = %({key})s "
        "JOIN (SELECT id, station_id, row_number() OVER (ORDER BY id) - 1 AS place, "
        "count(*) OVER () AS many FROM infrastructure_chargepoint) AS s ON s.place = n %% s.many"
    )
