"""Rows of models by statements that are composed once (apps/core/rows.py)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.charge_records.models import ChargingSession
from apps.core import rows
from apps.emaid.models import Card
from apps.infrastructure.models import Station
from apps.tenants.context import run_in_schema
from apps.tenants.models import Tenant
from tests.conftest import NOW


@pytest.fixture
def session(alpha: Tenant, make_station: Callable[..., Station]) -> ChargingSession:
    """An unsaved session with texts, times, a null and a list."""
    return ChargingSession(
        station=make_station(),
        connector_number=1,
        transaction_id=7,
        id_tag="It's 100 % \\ mine",
        authorization_status="accepted",
        started_at=NOW,
        start_received_at=NOW,
        meter_start_wh=5,
        flags=["time_missing"],
    )


def test_insert_when_done_then_the_orm_reads_the_same(session: ChargingSession) -> None:
    assert rows.insert(session)

    stored = ChargingSession.objects.get(pk=session.pk)
    for field in ChargingSession._meta.concrete_fields:
        assert getattr(stored, field.attname) == getattr(session, field.attname), field.name


def test_insert_when_a_row_stands_there_then_false_and_the_transaction_lives(
    session: ChargingSession,
) -> None:
    rows.insert(session)
    session.pk = None

    assert not rows.insert(session, "ON CONFLICT DO NOTHING")
    assert session.pk is None
    assert ChargingSession.objects.count() == 1


def test_fetch_when_rows_fit_then_instances_with_their_values(session: ChargingSession) -> None:
    session.save()

    found = rows.fetch(ChargingSession, "WHERE id_tag = %(tag)s", {"tag": session.id_tag})

    assert found == [session]
    for field in ChargingSession._meta.concrete_fields:
        assert getattr(found[0], field.attname) == getattr(session, field.attname), field.name
    assert rows.fetch_one(ChargingSession, "WHERE id = %(id)s", {"id": 0}) is None


def test_update_when_fields_are_named_then_only_they_are_written(session: ChargingSession) -> None:
    session.save()
    session.flags, session.stop_reason, session.ended_at = ["a", "b"], "Local", NOW
    session.meter_start_wh = 9

    rows.update(session, "flags", "stop_reason", "ended_at")

    stored = ChargingSession.objects.get()
    assert (stored.flags, stored.stop_reason, stored.ended_at) == (["a", "b"], "Local", NOW)
    assert stored.meter_start_wh == 5


def test_update_when_a_field_sets_itself_then_it_does(alpha: Tenant) -> None:
    card = Card.objects.create(tag="A")
    long_ago = NOW - timedelta(days=400)
    Card.objects.update(updated_at=long_ago)

    rows.update(card, "updated_at")

    assert Card.objects.get().updated_at > long_ago


def test_fetch_when_the_same_runs_in_two_tenants_then_each_sees_its_own(alpha: Tenant) -> None:
    def tags() -> list[str]:
        return [card.tag for card in rows.fetch(Card, "ORDER BY tag", {})]

    rows.insert(Card(tag="OF-ALPHA"))
    run_in_schema("beta", rows.insert, Card(tag="OF-BETA"))

    assert tags() == ["OF-ALPHA"]
    assert run_in_schema("beta", tags) == ["OF-BETA"]


def test_fetch_when_called_then_one_statement(session: ChargingSession) -> None:
    session.save()
    with CaptureQueriesContext(connection) as queries:
        rows.fetch(ChargingSession, "", {})
    assert len(queries) == 1
