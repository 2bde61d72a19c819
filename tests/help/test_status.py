"""Malfunctions, banners and the status pages: for everybody, for tenants, for the operator."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.core import queues
from apps.core.kept import Kept
from apps.core.schemas import run_in_schema
from apps.help.domain.health import Health, QueueFigure, State, measured_states, summary_of
from apps.help.domain.malfunctions import Component, Kind, Phase, Stage, phase
from apps.help.models import HealthReport, Malfunction
from apps.help.selectors import health as measuring
from apps.help.selectors import notices
from apps.help.selectors.notices import open_notices
from apps.help.services.malfunctions import tell
from apps.help.tasks import report_health
from apps.notifications.models import OutgoingMail
from apps.tenants.models import GatewayProcess, Tenant
from tests.conftest import make_client
from tests.factories.pages import go_online
from tests.help.conftest import OPERATOR, text_of

pytestmark = pytest.mark.req("TEN-06")

Make = Callable[..., Any]
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


# --- rules -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind, began, ends, resolved, expected",
    [
        (Kind.MALFUNCTION, -HOUR, None, None, Phase.ACTIVE),
        (Kind.MALFUNCTION, HOUR, None, None, Phase.ACTIVE),
        (Kind.MALFUNCTION, -HOUR, None, -HOUR / 2, Phase.OVER),
        (Kind.MAINTENANCE, 96 * HOUR, 97 * HOUR, None, Phase.LATER),
        (Kind.MAINTENANCE, 72 * HOUR, 73 * HOUR, None, Phase.ANNOUNCED),
        (Kind.MAINTENANCE, 0 * HOUR, HOUR, None, Phase.ACTIVE),
        (Kind.MAINTENANCE, -HOUR, 0 * HOUR, None, Phase.OVER),
        (Kind.MAINTENANCE, -HOUR, HOUR, -HOUR / 2, Phase.OVER),
    ],
)
def test_phase_when_time_goes_on_then_follows(
    kind: Kind, began: timedelta, ends: timedelta | None, resolved: Any, expected: Phase
) -> None:
    found = phase(
        kind,
        began_at=NOW + began,
        ends_at=None if ends is None else NOW + ends,
        resolved_at=None if resolved is None else NOW + resolved,
        now=NOW,
    )

    assert found is expected


WELL = {"database_ms": 2.0, "worker_age_s": 20.0, "gateways": 2}


@pytest.mark.parametrize(
    "measured, component, state",
    [
        ({}, Component.PORTAL, State.WORKING),
        ({}, Component.CHARGERS, State.WORKING),
        ({}, Component.JOBS, State.WORKING),
        ({"database_ms": None}, Component.PORTAL, State.DOWN),
        ({"database_ms": None}, Component.MAILS, State.DOWN),
        ({"database_ms": 1_500.0}, Component.PORTAL, State.IMPAIRED),
        ({"redis_up": False}, Component.PORTAL, State.IMPAIRED),
        ({"redis_up": False}, Component.JOBS, State.PARTLY_DOWN),
        ({"worker_age_s": None}, Component.JOBS, State.UNKNOWN),
        ({"worker_age_s": 200.0}, Component.JOBS, State.IMPAIRED),
        ({"worker_age_s": 700.0}, Component.JOBS, State.DOWN),
        ({"worker_age_s": 700.0}, Component.SESSIONS, State.IMPAIRED),
        ({"queues": (QueueFigure("exports", 9, 300.0),)}, Component.JOBS, State.IMPAIRED),
        ({"mails_overdue": 3}, Component.MAILS, State.IMPAIRED),
        ({"gateways": 0}, Component.CHARGERS, State.DOWN),
    ],
)
def test_states_when_measured_then_each_part_by_what_it_needs(
    measured: dict[str, Any], component: Component, state: State
) -> None:
    found = measured_states(Health(measured_at=NOW, **{**WELL, **measured}))

    assert found[component] is state
    assert found.keys() == set(Component)


@pytest.mark.parametrize(
    "states, summary",
    [
        ([State.WORKING, State.WORKING], State.WORKING),
        ([State.WORKING, State.UNKNOWN], State.UNKNOWN),
        ([State.DOWN, State.UNKNOWN], State.DOWN),
        ([State.MAINTENANCE, State.WORKING], State.MAINTENANCE),
    ],
)
def test_summary_when_parts_differ_then_the_worst(states: list[State], summary: State) -> None:
    assert summary_of(states) is summary


def test_kept_when_asked_often_then_made_once_and_anew_when_forgotten() -> None:
    made: list[int] = []

    def make() -> int:
        made.append(len(made))
        return made[-1]

    kept = Kept(make, for_s=60)

    assert [kept.get(), kept.get()] == [0, 0]
    kept.forget()
    assert kept.get() == 1


def test_kept_when_making_fails_then_the_next_one_tries_again() -> None:
    answers: list[Any] = [OSError("away"), 7]

    def make() -> int:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    kept = Kept(make, for_s=60)

    with pytest.raises(OSError):
        kept.get()
    assert kept.get() == 7


# --- measuring -------------------------------------------------------------------------------


def test_measure_when_everything_runs_then_it_is_told(alpha: Tenant) -> None:
    now = timezone.now()
    GatewayProcess.objects.all().delete()
    GatewayProcess.objects.create(gateway_id="g1", started_at=now, beat_at=now, connections=3)
    GatewayProcess.objects.create(gateway_id="dead", started_at=now, beat_at=now - HOUR)
    HealthReport.objects.create(pk=1, reported_at=now - timedelta(seconds=30))

    found = measuring.measure()

    assert found.database_ms is not None
    assert (found.gateways, found.connections) == (1, 3)
    assert found.worker_age_s == pytest.approx(30, abs=5)


def test_report_when_mails_wait_too_long_then_counted_over_all_tenants(alpha: Tenant) -> None:
    def let_wait(message_id: str) -> None:
        mail = OutgoingMail.objects.create(
            kind="test", recipient="a@example.com", language="en", sender="x", subject="x",
            message_id=message_id, next_attempt_at=timezone.now(),
        )  # fmt: skip
        OutgoingMail.objects.filter(pk=mail.pk).update(created_at=timezone.now() - HOUR)

    let_wait("one")
    run_in_schema("beta", let_wait, "two")

    report_health.delay()

    report = HealthReport.objects.get()
    assert report.mails_overdue == 2
    assert timezone.now() - report.reported_at < timedelta(minutes=1)


# --- the public page -------------------------------------------------------------------------


def test_public_page_when_nobody_is_logged_in_then_what_is_for_all_is_shown(
    alpha: Tenant, make_malfunction: Make
) -> None:
    make_malfunction("Chargers cannot connect", text="A cable was cut.")
    make_malfunction("Only for Alpha", only_for=("alpha",))
    make_malfunction("Only for Beta", only_for=("beta",))

    text = text_of(make_client(), "/status/")

    assert "Status of Alpha" in text
    assert "Chargers cannot connect" in text
    assert "A cable was cut." in text
    assert "Only for" not in text


def test_public_page_when_read_then_nothing_internal(alpha: Tenant, make_malfunction: Make) -> None:
    malfunction = make_malfunction()

    text = text_of(make_client(), "/status/")

    for word in ("0.1.0", "PostgreSQL", "Redis", "beta", OPERATOR, f"={malfunction.pk}", "gateway"):
        assert word not in text, word


def test_public_page_when_on_the_platform_host_then_in_its_name(db: None) -> None:
    text = text_of(make_client(host="localhost"), "/status/")

    assert "Status of Chargeyard" in text


def test_public_page_when_the_host_is_unknown_or_suspended_then_not_found(alpha: Tenant) -> None:
    assert make_client(host="nobody.localhost").get("/status/").status_code == 404
    Tenant.objects.filter(pk=alpha.pk).update(is_suspended=True)
    assert make_client().get("/status/").status_code == 404


def test_public_page_when_asked_again_then_it_reads_nothing_but_the_host(
    alpha: Tenant, make_malfunction: Make
) -> None:
    for number in range(5):
        make_malfunction(f"Fault {number}")
    visitor = make_client()

    def reads() -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            text_of(visitor, "/status/")
        return [one["sql"] for one in queries if one["sql"].startswith("SELECT")]

    assert len(reads()) <= 12
    [host] = reads()
    assert "tenants_host" in host


def test_public_page_when_not_read_by_get_then_refused(alpha: Tenant) -> None:
    assert make_client().post("/status/").status_code == 405


def test_public_page_when_the_database_is_away_then_it_says_so(
    alpha: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise OperationalError("no route to host")

    with monkeypatch.context() as patch:
        patch.setattr(connection, "ensure_connection", away)
        patch.setattr(connection, "close", lambda: None)
        response = make_client().get("/status/", headers={"accept-language": "en"})

    text = response.content.decode()
    assert response.status_code == 503
    assert "Database unreachable" in text
    assert "alpha.localhost" in text
    assert "Chargeyard" not in text
    assert response["Retry-After"] == "30"


def test_public_page_when_a_text_is_missing_in_the_language_then_english_marked_as_such(
    alpha: Tenant, make_malfunction: Make
) -> None:
    malfunction = make_malfunction("Mails are late")
    malfunction.titles = {"en": "Mails are late", "de": "Mails sind verspätet"}
    malfunction.save()
    open_notices.forget()
    visitor = make_client()

    def shown(language: str) -> str:
        return visitor.get("/status/", headers={"accept-language": language}).content.decode()

    assert 'lang="de">Mails sind verspätet' in shown("de")
    assert 'lang="en">Mails are late' in shown("fr")


def test_public_page_when_a_text_is_hostile_then_it_stays_text(
    alpha: Tenant, make_malfunction: Make
) -> None:
    make_malfunction("<script>alert(1)</script>", text="<img src=x onerror=alert(1)>")

    text = text_of(make_client(), "/status/")

    assert "<script>alert" not in text
    assert "<img src=x" not in text


# --- the portal's page and banners -----------------------------------------------------------


def test_status_when_signed_in_then_the_own_malfunctions_and_figures(
    client: Client, make_malfunction: Make
) -> None:
    make_malfunction("Only for Alpha", only_for=("alpha",))
    make_malfunction("Only for Beta", only_for=("beta",))
    make_malfunction("Was long ago", stage=Stage.RESOLVED)
    make_malfunction("Was of Beta", only_for=("beta",), stage=Stage.RESOLVED)

    text = text_of(client, "/help/status/")

    assert "Only for Alpha" in text
    assert "Was long ago" in text
    assert "of Beta" not in text
    assert "for Beta" not in text
    assert "Overdue mails" in text
    assert "alive," not in text  # how many gateways there are is the operator's business


@pytest.mark.req("ACC-03")
def test_status_when_limited_to_a_location_then_its_stations_are_counted(
    alpha: Tenant, make_user: Make, make_station: Make
) -> None:
    own, other = make_station(), make_station()
    go_online(own)
    go_online(other)

    limited = text_of(make_client(make_user("operator", locations=[own.location])), "/help/status/")
    nobody = make_user("operator")
    nobody.groups.clear()

    assert "1 of 1 connected" in limited
    assert "2 of 2 connected" in text_of(make_client(make_user("operator")), "/help/status/")
    assert "Your charging stations" not in text_of(make_client(nobody), "/help/status/")


def test_status_when_there_is_much_then_queries_stay_few(
    client: Client, make_malfunction: Make, django_assert_max_num_queries: Any
) -> None:
    for number in range(10):
        make_malfunction(f"Fault {number}")
        make_malfunction(f"Past {number}", stage=Stage.RESOLVED)

    with django_assert_max_num_queries(25):
        text_of(client, "/help/status/")


def test_status_when_something_is_told_then_the_worse_counts(
    alpha: Tenant, make_malfunction: Make
) -> None:
    make_malfunction(severity="critical", components=["mails"])
    current = notices.current(timezone.now(), alpha)

    states = notices.states_with(dict.fromkeys(Component, State.WORKING), current, timezone.now())

    assert states[Component.MAILS] is State.DOWN
    assert states[Component.PORTAL] is State.WORKING


def test_banner_when_active_then_on_every_page_of_whom_it_concerns(
    client: Client, make_malfunction: Make, make_user: Make
) -> None:
    make_malfunction("Only for Alpha", only_for=("alpha",))

    def in_beta() -> str:
        return text_of(make_client(make_user("operator"), host="beta.localhost"), "/")

    assert "Only for Alpha" in text_of(client, "/")
    assert "Only for Alpha" in text_of(client, "/infrastructure/station/")
    assert "Only for Alpha" not in text_of(make_client(), "/login/")
    assert "Only for Alpha" not in run_in_schema("beta", in_beta)


def test_banner_when_put_away_then_gone_for_this_person_until_the_next_update(
    client: Client, make_malfunction: Make, make_user: Make
) -> None:
    malfunction = make_malfunction("Chargers cannot connect")
    response = client.post(
        "/help/status/dismiss/", {"notice": malfunction.pk, "next": "/infrastructure/station/?q=1"}
    )
    assert response.status_code == 302
    assert response["Location"] == "/infrastructure/station/?q=1"
    assert "Chargers cannot connect" not in text_of(client, "/")
    assert "Chargers cannot connect" in text_of(make_client(make_user("operator")), "/")

    tell(malfunction, Stage.FOUND, {"en": "A router."}, by=OPERATOR, now=timezone.now())
    open_notices.forget()

    assert "Chargers cannot connect" in text_of(client, "/")


@pytest.mark.parametrize("back", ["https://elsewhere.example/", "//elsewhere.example", "", "x"])
def test_banner_when_the_way_back_leads_elsewhere_then_to_the_status(
    client: Client, make_malfunction: Make, back: str
) -> None:
    body = {"notice": make_malfunction().pk, "next": back}

    assert client.post("/help/status/dismiss/", body)["Location"] == "/help/status/"


@pytest.mark.parametrize("notice", ["", "x", "0", "99999999999999999999", "-1"])
def test_banner_when_there_is_no_such_then_not_found(client: Client, notice: str) -> None:
    assert client.post("/help/status/dismiss/", {"notice": notice}).status_code == 404


def test_banner_when_it_is_another_tenants_then_not_found(
    client: Client, make_malfunction: Make
) -> None:
    foreign = make_malfunction(only_for=("beta",))

    assert client.post("/help/status/dismiss/", {"notice": foreign.pk}).status_code == 404
    assert client.get("/help/status/dismiss/").status_code == 405


def test_banner_when_resolved_then_gone_and_told_among_the_past(
    client: Client, make_malfunction: Make
) -> None:
    malfunction = make_malfunction("Chargers cannot connect")
    tell(malfunction, Stage.RESOLVED, {"en": "All is well."}, by=OPERATOR, now=timezone.now())
    open_notices.forget()

    assert "Chargers cannot connect" not in text_of(client, "/")
    assert "All is well." in text_of(client, "/help/status/")
    assert Malfunction.objects.get().resolved_at is not None


def test_banner_when_maintenance_is_near_then_announced(
    client: Client, make_malfunction: Make
) -> None:
    now = timezone.now()
    window = {"kind": "maintenance", "stage": Stage.PLANNED}
    make_malfunction("Soon", began_at=now + HOUR, ends_at=now + 2 * HOUR, **window)
    make_malfunction("Later", began_at=now + 200 * HOUR, ends_at=now + 201 * HOUR, **window)

    text = text_of(client, "/")

    assert "Soon" in text
    assert "<strong>Later</strong>" not in text


def test_banner_when_nothing_is_wrong_then_no_query_on_the_next_page(
    client: Client, django_assert_num_queries: Any
) -> None:
    text_of(client, "/help/faq/")

    with django_assert_num_queries(0):
        assert notices.current(timezone.now()) == []


def test_broker_when_there_is_none_then_nothing_is_said_of_it(settings: Any) -> None:
    settings.REDIS_URL = ""

    assert measuring.broker() == (None, ())


def test_broker_when_nobody_listens_then_away(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    queues.broker.cache_clear()
    try:
        assert measuring.broker() == (False, ())
    finally:
        queues.broker.cache_clear()


@pytest.mark.redis
def test_broker_when_redis_answers_then_its_queues_are_told() -> None:
    is_up, waiting = measuring.broker()

    assert is_up is True
    assert {queue.name for queue in waiting} == set(queues.QUEUES)
