"""`manage.py show_session`: what is on record, in exactly these words."""

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.charge_records.services.sessions import end_session, start_session
from apps.infrastructure.models import Station
from apps.tenants.models import Tenant
from tests.charge_records.events import TAG, ended, started
from tests.conftest import NOW

pytestmark = pytest.mark.req("OCP-06")


def show(*arguments: str) -> object:
    connection.set_schema_to_public()
    output = StringIO()
    call_command("show_session", *arguments, stdout=output)
    return json.loads(output.getvalue())


def test_show_session_when_it_ended_then_all_of_it(
    alpha: Tenant, make_station: Callable[..., Station]
) -> None:
    station = make_station("CB-SHOW")
    id_ = start_session(station.pk, started(), now=NOW).transaction_id
    end_session(station.pk, ended(id_, at=NOW + timedelta(seconds=90.5)), now=NOW)

    assert show("cb-show", str(id_)) == {
        "idTag": TAG,
        "connectorId": 1,
        "meterStart": 1_000,
        "meterStop": 11_000,
        "start": "2026-11-24T12:00:00Z",
        "stop": "2026-11-24T12:01:30.500000Z",
        "reason": "Local",
    }


def test_show_session_when_it_runs_then_null_for_the_end(
    alpha: Tenant, make_station: Callable[..., Station]
) -> None:
    station = make_station("CB-SHOW")
    id_ = start_session(station.pk, started(), now=NOW).transaction_id

    shown = show("CB-SHOW", str(id_))

    assert isinstance(shown, dict)
    assert (shown["meterStop"], shown["stop"], shown["reason"]) == (None, None, None)


@pytest.mark.parametrize(
    "arguments, missing", [(("NOBODY", "1"), "NOBODY"), (("CB-SHOW", "2147483647"), "2147483647")]
)
def test_show_session_when_there_is_none_then_a_clear_error(
    alpha: Tenant,
    make_station: Callable[..., Station],
    arguments: tuple[str, str],
    missing: str,
) -> None:
    make_station("CB-SHOW")

    with pytest.raises(CommandError, match=f"no .*{missing}"):
        show(*arguments)
