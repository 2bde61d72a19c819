"""Judging records in the portal: who may, what the preview says, what it does, what is kept."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.charge_records.domain.evaluation import Mark
from apps.charge_records.models import ChargeRecord, Evaluation, RecordMark
from apps.charge_records.services.exclusion import set_mark
from apps.emaid.services import ensure_card
from apps.infrastructure.models import ChargePoint, Station
from apps.jobs.models import Job
from apps.jobs.services import jobs
from apps.tenants.models import Tenant
from tests.factories.pages import HOSTILE, log_in, make_record

Make = Callable[..., Any]
RECORDS = "/charge_records/chargerecord/"
ALL = f"{RECORDS}evaluate-all/"
CARD = "04A2B3C4D5E680"
CONTRACT = "DE8AACA2B3C4D5L"
MAX_QUERIES = 30

pytestmark = pytest.mark.req("CDR-11")


@pytest.fixture
def station(alpha: Tenant, make_station: Make) -> Station:
    return make_station()


@pytest.fixture
def record(station: Station) -> ChargeRecord:
    return make_record(station, emaid=CONTRACT)


def of(record: ChargeRecord, name: str) -> str:
    return f"{RECORDS}{record.pk}/{name}/"


def unknown(station: Station, **fields: Any) -> ChargeRecord:
    """Make a record whose provider is unknown, though its card is known by now."""
    values = {"bdr_main": "error", "bdr_detail": "emp_unknown", "findings": ["emp_unknown"]}
    return make_record(station, **{**values, "medium": "unknown", **fields})


def with_rights(user: Any, *names: str) -> Client:
    """Log in somebody who holds these rights alone."""
    user.groups.clear()
    codenames = [f"{name}_chargerecord" for name in names]
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return log_in(user)


@pytest.mark.req("CDR-05")
def test_dialog_when_a_record_is_to_be_excluded_then_it_says_what_follows(
    record: ChargeRecord, make_user: Make
) -> None:
    client = log_in(make_user())
    assert "Take the exclusion back" not in client.get(of(record, "change")).content.decode()

    text = client.get(of(record, "exclude")).content.decode()

    for words in ("Successful", "Exclusion", "Manual", "no longer count in the figures", "Reason"):
        assert words in text, words
    assert not RecordMark.objects.exists()


def test_exclude_when_a_reason_is_given_then_done_and_the_page_tells_the_history(
    record: ChargeRecord, make_user: Make
) -> None:
    user = make_user()
    client = log_in(user)

    response = client.post(
        of(record, "exclude"), {"reason": "Test of the fitter"}, headers={"HX-Request": "true"}
    )

    assert (response.status_code, response.headers["HX-Redirect"]) == (204, of(record, "change"))
    record.refresh_from_db()
    assert (record.bdr_main, record.bdr_detail) == ("exclusion", "manual")
    text = client.get(of(record, "change")).content.decode()
    for words in (
        "History of statuses", "Excluded by hand", "Test of the fitter", user.email,
        "Take the exclusion back",
    ):  # fmt: skip
        assert words in text, words
    trail = client.get(of(record, "history")).content.decode()
    assert "Test of the fitter" in trail


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_exclude_when_the_reason_is_missing_or_too_long_then_asked_again(
    record: ChargeRecord, make_user: Make, reason: str
) -> None:
    response = log_in(make_user()).post(of(record, "exclude"), {"reason": reason})

    assert response.status_code == 200
    assert 'class="errorlist' in response.content.decode()
    assert not RecordMark.objects.exists()


def test_exclude_when_somebody_was_faster_then_told_so(
    record: ChargeRecord, make_user: Make
) -> None:
    set_mark(record.session_id, Mark.MANUAL, "first", None, now=timezone.now())

    text = log_in(make_user()).post(of(record, "exclude"), {"reason": "x"}).content.decode()

    assert "Somebody has done that meanwhile" in text
    assert RecordMark.objects.count() == 1


def test_goodwill_when_given_and_taken_back_then_as_before(
    record: ChargeRecord, make_user: Make
) -> None:
    client = log_in(make_user())

    client.post(of(record, "goodwill"), {"reason": "a guest"})
    record.refresh_from_db()
    assert record.bdr_detail == "goodwill"
    response = client.post(of(record, "goodwill-end"), {"reason": "no guest"})

    record.refresh_from_db()
    assert (response.status_code, record.bdr_main, record.bdr_detail) == (302, "successful", "")


@pytest.mark.req("CDR-05")
def test_dialog_when_the_record_is_an_error_then_it_says_that_errors_come_before(
    station: Station, make_user: Make
) -> None:
    record = unknown(station)

    text = log_in(make_user()).get(of(record, "exclude")).content.decode()

    assert "An error comes before" in text


def test_evaluate_when_the_card_is_known_now_then_the_preview_says_so_and_it_is_done(
    station: Station, make_user: Make
) -> None:
    record = unknown(station)
    ensure_card(CARD, emaid=CONTRACT[:14])
    client = log_in(make_user())

    preview = client.get(of(record, "evaluate")).content.decode()
    assert "EMP unknown" in preview
    assert "Successful" in preview
    assert not Evaluation.objects.exists()
    client.post(of(record, "evaluate"))

    record.refresh_from_db()
    assert (record.bdr_main, record.emaid[:14]) == ("successful", CONTRACT[:14])
    assert "Evaluated again" in client.get(of(record, "change")).content.decode()


def test_evaluate_when_nothing_was_mended_then_it_says_what_is_still_found(
    station: Station, make_user: Make
) -> None:
    record = unknown(station)
    client = log_in(make_user())

    assert "Still found: EMP unknown." in client.get(of(record, "evaluate")).content.decode()
    text = client.post(of(record, "evaluate"), follow=True).content.decode()

    assert "Nothing changed" in text


@pytest.mark.req("CDR-03")
def test_evaluate_when_valid_and_the_signed_data_do_not_hold_any_more_then_it_says_why_it_stays(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    ChargePoint.objects.update(is_under_calibration_law=True)
    station = make_station(country="DE")
    station.charge_points.update(is_under_calibration_law=True)
    record = make_record(station, emaid=CONTRACT, eka="valid")

    text = log_in(make_user()).get(of(record, "evaluate")).content.decode()

    assert "EKA stays valid" in text


def test_history_when_the_reason_is_hostile_then_escaped(
    record: ChargeRecord, make_user: Make
) -> None:
    set_mark(record.session_id, Mark.MANUAL, HOSTILE, None, now=timezone.now())

    assert HOSTILE not in log_in(make_user()).get(of(record, "change")).content.decode()


# -- a selection


def test_list_when_opened_then_boxes_and_what_to_do_with_the_chosen(
    record: ChargeRecord, make_user: Make
) -> None:
    client = log_in(make_user())

    text = client.get(RECORDS, {"main": "successful"}).content.decode()

    assert f'name="record" value="{record.pk}"' in text
    assert f'action="{RECORDS}evaluate-chosen/"' in text
    assert f'href="{ALL}?main=successful"' in text
    fragment = client.get(RECORDS, {"fragment": "rows"}).content.decode()
    assert f'name="record" value="{record.pk}"' in fragment


def test_selection_when_excluded_then_previewed_done_and_back_to_the_filter(
    station: Station, record: ChargeRecord, make_user: Make
) -> None:
    other, left = unknown(station), make_record(station)
    client = log_in(make_user())
    query = {"record": [record.pk, other.pk], "deed": "exclude", "back": "main=error"}

    text = client.get(f"{RECORDS}exclude-chosen/", query).content.decode()
    assert "2 records are chosen." in text
    assert "1 gets another status." not in text  # the error gets the finding beside it
    assert "An error comes before" in text
    response = client.post(
        f"{RECORDS}exclude-chosen/?deed=exclude&back=main%3Derror",
        {"record": [record.pk, other.pk], "reason": "Works on the grid"},
    )

    assert response.headers["Location"] == f"{RECORDS}?main=error"
    assert RecordMark.objects.count() == 2
    for row, main in ((record, "exclusion"), (other, "error"), (left, "successful")):
        row.refresh_from_db()
        assert row.bdr_main == main


def test_selection_when_the_reason_is_missing_then_the_choice_stays(
    record: ChargeRecord, make_user: Make
) -> None:
    response = log_in(make_user()).post(
        f"{RECORDS}exclude-chosen/", {"record": [record.pk], "reason": ""}
    )

    assert f'name="record" value="{record.pk}"' in response.content.decode()
    assert not RecordMark.objects.exists()


def test_selection_when_evaluated_then_only_the_chosen_are(
    station: Station, make_user: Make
) -> None:
    chosen, other = unknown(station), unknown(station)
    ensure_card(CARD, emaid=CONTRACT[:14])
    client = log_in(make_user())

    text = client.get(f"{RECORDS}evaluate-chosen/", {"record": chosen.pk}).content.decode()
    assert "1 gets another status." in text
    response = client.post(f"{RECORDS}evaluate-chosen/", {"record": [chosen.pk]}, follow=True)

    assert "1 record was changed." in response.content.decode()
    chosen.refresh_from_db()
    other.refresh_from_db()
    assert (chosen.bdr_main, other.bdr_main) == ("successful", "error")


@pytest.mark.parametrize("page", ["exclude-chosen", "evaluate-chosen"])
@pytest.mark.parametrize("chosen", ["", "x", "99999999999999999999", "-1", "4 OR 1=1"])
def test_selection_when_no_id_then_nothing_chosen(
    alpha: Tenant, make_user: Make, page: str, chosen: str
) -> None:
    response = log_in(make_user()).get(f"{RECORDS}{page}/", {"record": chosen})

    assert "No record chosen" in response.content.decode()


def test_selection_when_the_deed_is_unknown_then_not_found(alpha: Tenant, make_user: Make) -> None:
    response = log_in(make_user()).get(f"{RECORDS}exclude-chosen/", {"deed": "bill-twice"})

    assert response.status_code == 404


@pytest.mark.parametrize("page", ["exclude-chosen", "evaluate-chosen"])
def test_selection_when_many_then_few_queries(station: Station, make_user: Make, page: str) -> None:
    records = [
        unknown(station, started_at=timezone.now() - timedelta(hours=hour + 2))
        for hour in range(20)
    ]
    client = log_in(make_user())
    client.get(RECORDS)
    with CaptureQueriesContext(connection) as one:
        client.get(f"{RECORDS}{page}/", {"record": [records[0].pk]})
    with CaptureQueriesContext(connection) as many:
        response = client.get(f"{RECORDS}{page}/", {"record": [row.pk for row in records]})

    assert response.content.decode().count('name="record"') == 20
    assert len(many) <= len(one) <= MAX_QUERIES


def test_record_when_its_history_is_long_then_few_queries(
    record: ChargeRecord, make_user: Make
) -> None:
    for _turn in range(6):
        set_mark(record.session_id, Mark.GOODWILL, "x", None, now=timezone.now())
        log_in(make_user()).post(of(record, "goodwill-end"), {"reason": "y"})
    client = log_in(make_user())
    with CaptureQueriesContext(connection) as queries:
        text = client.get(of(record, "change")).content.decode()

    assert text.count("Given as goodwill") >= 6
    assert len(queries) <= MAX_QUERIES


# -- all of a filter


def test_all_when_asked_then_it_says_how_many_and_starts_a_job(
    station: Station, make_user: Make, django_capture_on_commit_callbacks: Make
) -> None:
    record = unknown(station)
    make_record(station, emaid=CONTRACT)
    ensure_card(CARD, emaid=CONTRACT[:14])
    client = log_in(make_user())
    address = f"{ALL}?main=error"

    assert "1 record matches the filter." in client.get(address).content.decode()
    client.post(address)
    assert not Job.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(address, {"start": "1"})

    record.refresh_from_db()
    assert record.bdr_main == "successful"
    text = client.get(response.headers["Location"]).content.decode()
    for words in ("1 record evaluated", "1 changed", "EMP unknown", "Successful", "Done"):
        assert words in text, words
    fragment = client.get(f"{response.headers['Location']}&fragment=result").content.decode()
    assert "<html" not in fragment


def test_all_when_nothing_matches_then_nothing_can_be_started(
    alpha: Tenant, make_user: Make
) -> None:
    response = log_in(make_user()).post(ALL, {"start": "1"})

    assert "No charge record matches the filter" in response.content.decode()
    assert not Job.objects.exists()


def test_job_page_when_the_job_is_another_persons_then_not_found(
    record: ChargeRecord, make_user: Make
) -> None:
    job = jobs.start("charge_records.evaluate", make_user("admin"), {}, now=timezone.now())

    for user in (make_user(), make_user("admin")):
        assert log_in(user).get(ALL, {"job": job.pk}).status_code == 404
    assert log_in(make_user()).get(ALL, {"job": "x"}).status_code == 404


# -- who may not

NAMES = ("exclude", "exclude-end", "goodwill", "goodwill-end", "evaluate")


@pytest.mark.req("ACC-03")
def test_judging_when_the_location_is_foreign_then_not_found_and_nothing_shown(
    record: ChargeRecord, make_user: Make, make_station: Make
) -> None:
    client = log_in(make_user(locations=[make_station().location]))

    for name in NAMES:
        assert client.get(of(record, name)).status_code == 404, name
        assert client.post(of(record, name), {"reason": "x"}).status_code == 404, name
    for page in ("exclude-chosen", "evaluate-chosen"):
        for response in (
            client.get(f"{RECORDS}{page}/", {"record": record.pk}),
            client.post(f"{RECORDS}{page}/", {"record": record.pk, "reason": "x"}),
        ):
            text = response.content.decode()
            assert "No record chosen" in text
            assert record.station.charge_box_id not in text
    assert "No charge record matches" in client.get(ALL).content.decode()
    assert not RecordMark.objects.exists()
    assert not Evaluation.objects.exists()


@pytest.mark.req("TEN-01")
def test_judging_when_the_tenant_is_another_then_not_found(
    record: ChargeRecord, make_user: Make
) -> None:
    urls = [of(record, name) for name in NAMES]
    connection.set_tenant(Tenant.objects.get(schema_name="beta"))
    client = log_in(make_user("admin"))

    for url in urls:
        assert client.get(url).status_code == 404, url
        assert client.post(url, {"reason": "x"}).status_code == 404, url
    connection.set_tenant(Tenant.objects.get(schema_name="alpha"))
    assert not RecordMark.objects.exists()


@pytest.mark.req("ACC-01")
@pytest.mark.parametrize("role", ["admin", "operator"])
def test_judging_when_the_role_is_shipped_then_it_may(
    record: ChargeRecord, make_user: Make, role: str
) -> None:
    text = log_in(make_user(role)).get(of(record, "change")).content.decode()

    assert of(record, "exclude") in text
    assert of(record, "evaluate") in text


@pytest.mark.req("ACC-02")
@pytest.mark.parametrize(
    "held, open_, closed",
    [
        ((), (), NAMES),
        (("exclude",), NAMES[:4], NAMES[4:]),
        (("evaluate",), NAMES[4:], NAMES[:4]),
    ],
)
def test_judging_when_the_right_is_missing_then_refused_and_no_button(
    record: ChargeRecord, make_user: Make, held: tuple[str, ...], open_: Any, closed: Any
) -> None:
    client = with_rights(make_user(), "view", *held)

    page = client.get(of(record, "change")).content.decode()
    listing = client.get(RECORDS).content.decode()
    for name in open_:
        assert client.get(of(record, name)).status_code == 200, name
    for name in closed:
        assert client.get(of(record, name)).status_code == 403, name
        assert client.post(of(record, name), {"reason": "x"}).status_code == 403, name
        assert of(record, name) not in page, name
    assert (f"{RECORDS}exclude-chosen/" in listing) is ("exclude" in held)
    assert (ALL in listing) is ("evaluate" in held)
    assert ('name="record"' in listing) is bool(held)


def test_judging_when_asked_for_by_a_link_then_nothing_happens(
    record: ChargeRecord, make_user: Make
) -> None:
    client = log_in(make_user())
    for name in NAMES:
        client.get(of(record, name), {"reason": "x"})
    client.get(f"{RECORDS}exclude-chosen/", {"record": record.pk, "reason": "x"})
    client.get(ALL, {"start": "1"})

    assert not RecordMark.objects.exists()
    assert not Evaluation.objects.exists()
    assert not Job.objects.exists()


def test_preview_when_the_person_may_not_see_drivers_then_judged_all_the_same_without_them(
    station: Station, make_user: Make
) -> None:
    record = unknown(station)
    ensure_card(CARD, emaid=CONTRACT[:14])
    client = with_rights(make_user(), "view", "evaluate")

    text = client.get(of(record, "evaluate")).content.decode()
    assert "Successful" in text
    assert CARD not in text
    assert CONTRACT[:14] not in text
    client.post(of(record, "evaluate"))

    kept = ChargeRecord.objects.get(pk=record.pk)
    assert (kept.bdr_main, kept.id_tag, kept.emaid[:14]) == ("successful", CARD, CONTRACT[:14])
