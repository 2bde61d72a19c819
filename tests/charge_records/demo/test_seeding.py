"""The demo: seeded once for this module, in a transaction that is rolled back at its end."""

import json
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Count, F, Max, Min, Sum
from django.test import override_settings

from apps.accounts.models import Location, User
from apps.charge_records.demo.fleet import fleet_path
from apps.charge_records.demo.plans import PASSWORD, TENANTS
from apps.charge_records.demo.seeding import seed
from apps.charge_records.domain.eka import decide_eka
from apps.charge_records.models import (
    Activation,
    ChargeRecord,
    ChargingSession,
    DailyTotal,
    MeterSample,
    OfferedKey,
    VerificationRun,
)
from apps.charge_records.selectors.calibration import check_of
from apps.charge_records.selectors.settlement import (
    bearer_of,
    billed_energy_wh,
    eka_facts,
    session_facts,
)
from apps.charge_records.services.settlement import judge_session
from apps.infrastructure.models import Station, StatusChange
from apps.infrastructure.services.passwords import verify_key
from apps.ocpp.simulator.fleet import read_fleet
from apps.tenants.context import run_in_schema
from apps.tenants.models import BookedProduct, Tenant
from tests.conftest import NOW

pytestmark = [pytest.mark.req("CDR-01"), pytest.mark.slow]
SCHEMAS = [plan.short_name for plan in TENANTS]


@pytest.fixture(scope="module")
def said(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[str]]:
    lines: list[str] = []
    folder = tmp_path_factory.mktemp("data")
    with django_db_blocker.unblock(), override_settings(DATA_DIR=folder), transaction.atomic():
        seed(now=NOW, say=lines.append)
        yield lines
        transaction.set_rollback(True)


def counts() -> list[tuple[int, ...]]:
    def here() -> tuple[int, ...]:
        models = (Station, User, Activation, ChargingSession, ChargeRecord, MeterSample, DailyTotal)
        return tuple(model.objects.count() for model in models)

    return [run_in_schema(name, here) for name in SCHEMAS]


def test_seed_when_done_then_two_tenants_with_ten_stations_and_all_products(
    said: list[str],
) -> None:
    assert [line.split(":")[0] for line in said] == ["Volt", "Nordlys"]
    assert [run_in_schema(name, Station.objects.count) for name in SCHEMAS] == [10, 10]
    assert BookedProduct.objects.filter(tenant__schema_name="volt").count() == 5


@pytest.mark.parametrize("name", SCHEMAS)
def test_seed_when_done_then_a_believable_history_of_six_weeks(said: list[str], name: str) -> None:
    def look() -> None:
        sessions = ChargingSession.objects.count()
        by_status = dict(
            ChargeRecord.objects.values_list("bdr_main").annotate(Count("pk")).order_by()
        )
        span = ChargeRecord.objects.aggregate(first=Min("started_at"), last=Max("settled_at"))
        assert 1_900 < sessions < 3_200
        assert 0.9 < (sessions - by_status["error"] - by_status["exclusion"]) / sessions < 1
        assert by_status["successful"] > 500
        assert by_status["successful_with_restrictions"] > 500
        assert NOW - span["first"] > timedelta(days=40)
        assert span["last"] < NOW
        assert set(Activation.objects.values_list("state", flat=True)) == {
            "completed",
            "failed",
            "refused",
        }
        completed = Activation.objects.filter(state="completed")
        assert not completed.exclude(changed_at=F("completed_at")).exists()
        assert not MeterSample.objects.filter(transaction_id=None).exists()
        assert MeterSample.objects.count() > 2_000
        assert StatusChange.objects.count() > 1_000

    run_in_schema(name, look)


@pytest.mark.req("CDR-09")
@pytest.mark.parametrize("name", SCHEMAS)
def test_seed_when_done_then_the_roll_ups_agree_with_the_records(
    said: list[str], name: str
) -> None:
    def look() -> None:
        plausible = ChargeRecord.objects.exclude(bdr_main__in=["error", "exclusion"])
        sums = DailyTotal.objects.aggregate(
            energy=Sum("energy_wh"), good=Sum("sessions"), bad=Sum("implausible_sessions")
        )
        assert sums == {
            "energy": plausible.aggregate(sum=Sum("energy_wh"))["sum"],
            "good": plausible.count(),
            "bad": ChargeRecord.objects.count() - plausible.count(),
        }

    run_in_schema(name, look)


@pytest.mark.req("CDR-05")
@pytest.mark.parametrize("name", SCHEMAS)
def test_seed_when_done_then_settlement_would_have_found_the_same(
    said: list[str], name: str
) -> None:
    def look() -> None:
        tenant = Tenant.objects.get(schema_name=name)
        records = ChargeRecord.objects.select_related(
            "session__station", "session__charge_point", "session__activation"
        )
        for record in records.order_by("pk")[::40]:
            session = record.session
            bearer = bearer_of(session.activation, tenant)
            check = check_of(session, list(session.signed_records.all()))
            later = record.settled_at + timedelta(days=1)
            eka = decide_eka(eka_facts(session, check, now=later))
            facts = session_facts(session, bearer, billed_energy_wh(check, eka.status))
            outcome = judge_session(session, facts, eka, bearer)
            assert (record.bdr_main, record.bdr_detail) == (outcome.main, outcome.detail or "")
            assert record.eka == eka.status

    run_in_schema(name, look)


@pytest.mark.parametrize("name", SCHEMAS)
def test_seed_when_done_then_sessions_of_a_charge_point_do_not_overlap(
    said: list[str], name: str
) -> None:
    def look() -> None:
        last: dict[int, Any] = {}
        rows = ChargingSession.objects.order_by("start_received_at").annotate(
            until=F("stop_received_at")
        )
        for session in rows:
            assert session.charge_point_id is not None
            before = last.get(session.charge_point_id)
            assert before is None or session.start_received_at > before
            last[session.charge_point_id] = session.until

    run_in_schema(name, look)


@pytest.mark.req("ACC-03")
def test_seed_when_done_then_people_can_log_in_and_the_manager_sees_one_location(
    said: list[str],
) -> None:
    def look(name: str) -> None:
        for person in ("admin", "operator", "manager"):
            user = User.objects.get(email=f"{person}@{name}.example")
            assert user.check_password(PASSWORD)
        assert Location.objects.visible_to(user).count() == 1
        assert Station.objects.visible_to(user).count() < 5

    for name in SCHEMAS:
        run_in_schema(name, look, name)
    operator = run_in_schema("public", User.objects.get, email="root@chargeyard.example")
    assert operator.is_superuser


@pytest.mark.req("INF-05")
def test_seed_when_done_then_the_simulator_reads_the_fleet_and_the_keys_fit(
    said: list[str],
) -> None:
    path = fleet_path()
    fleet = read_fleet(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(fleet.stations) == 20
    for plan in fleet.stations:
        schema = "volt" if plan.charge_box_id.startswith("VLT") else "nordlys"
        station = run_in_schema(schema, Station.objects.get, charge_box_id=plan.charge_box_id)
        assert plan.password is not None
        assert verify_key(plan.password.encode(), station.password_hash)
        assert plan.cards.good
        assert plan.cards.blocked


def test_seed_when_called_again_then_nothing_is_added(said: list[str]) -> None:
    before, lines = counts(), list(said)
    text = fleet_path().read_text()

    seed(now=NOW + timedelta(hours=1), say=said.append)

    assert counts() == before
    assert said == lines
    assert fleet_path().read_text() == text


def test_seed_when_the_file_was_lost_then_new_keys_and_no_new_rows(said: list[str]) -> None:
    before = counts()
    old = json.loads(fleet_path().read_text())["stations"][0]
    Path(fleet_path()).unlink()

    seed(now=NOW, say=said.append)

    new = json.loads(fleet_path().read_text())["stations"][0]
    station = run_in_schema("volt", Station.objects.get, charge_box_id=new["id"])
    assert counts() == before
    assert new["password"] != old["password"]
    assert verify_key(new["password"].encode(), station.password_hash)


@pytest.mark.req("CDR-03")
def test_seed_when_done_then_some_meters_sign_and_one_was_swapped(said: list[str]) -> None:
    def look() -> None:
        by_station = {
            name: set(
                ChargeRecord.objects.filter(station__charge_box_id=name)
                .values_list("eka", flat=True)
                .order_by()
            )
            for name in ("VLT-HAM-01", "VLT-MUC-02", "VLT-BER-03")
        }
        valid = ChargeRecord.objects.filter(eka="valid").count()
        runs = VerificationRun.objects.filter(verification="passed").count()
        offer = OfferedKey.objects.get()
        assert by_station["VLT-HAM-01"] == {"valid", "invalid"}
        assert by_station["VLT-MUC-02"] == {"valid", "invalid"}
        assert by_station["VLT-BER-03"] == {"irrelevant", "invalid"}
        assert valid == runs > 300
        assert (offer.charge_point.station.charge_box_id, offer.state) == ("VLT-MUC-02", "open")

    run_in_schema("volt", look)
    fleet = {station.charge_box_id: station for station in read_fleet(fleet_path()).stations}
    assert sorted(fleet["VLT-HAM-01"].meters) == [1, 2]
    assert fleet["VLT-BER-03"].meters[1].fault == "silent"
