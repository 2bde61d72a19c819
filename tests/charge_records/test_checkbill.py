"""CheckBill in the portal, meters with their keys, and the driver's link."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.audit.models import Entry
from apps.charge_records.models import (
    ChargeRecord,
    CheckLink,
    OfferedKey,
    SignedRecord,
    VerificationRun,
)
from apps.charge_records.services.check_links import LINKS_MAX, create_link
from apps.charge_records.services.samples import store_samples
from apps.charge_records.services.settlement import decide_again
from apps.infrastructure.models import ChargePoint, Meter, Station
from apps.tenants.models import Tenant
from tests.charge_records.domain.ocmf.signing import METER_NUMBER, reading
from tests.charge_records.domain.ocmf.signing import Meter as SigningMeter
from tests.charge_records.events import sample
from tests.factories.pages import HOSTILE, log_in, make_record

Make = Callable[..., Any]
RECORDS = "/charge_records/chargerecord/"
CHECKBILL = f"{RECORDS}checkbill/"
METERS = "/infrastructure/meter/"
CARD = "04A2B3C4D5E680"
MAX_QUERIES = 25

pytestmark = pytest.mark.req("CDR-04")


@pytest.fixture
def signer() -> SigningMeter:
    return SigningMeter()


@pytest.fixture
def station(alpha: Tenant, make_station: Make) -> Station:
    return make_station(country="DE")


def checked(
    station: Station,
    signer: SigningMeter,
    *,
    text: str = "",
    key: str | None = None,
    number: int = 0,
) -> ChargeRecord:
    """Make a record that was checked: valid unless text or key say otherwise."""
    point = station.charge_points.get()
    if not point.meters.exists():
        public_key = signer.public_key if key is None else key
        Meter.objects.create(charge_point=point, meter_number=METER_NUMBER, public_key=public_key)
    begin = number * 100
    text = text or signer.record(reading("B", f"{begin}.000"), reading("E", f"{begin + 12}.345"))
    record = make_record(station, eka="open", bdr_main="unknown")
    value = sample(record.ended_at, 0, value=None, format="SignedData", raw_value=text)
    store_samples(record.session, [value], now=timezone.now())
    return decide_again(record.session_id, now=timezone.now())


def page_of(client: Client, record: ChargeRecord) -> str:
    response = client.get(f"{RECORDS}{record.pk}/check/")
    assert response.status_code == 200
    return response.content.decode()


def test_check_when_valid_then_each_step_is_in_order(
    station: Station, signer: SigningMeter, make_user: Make
) -> None:
    text = page_of(log_in(make_user()), checked(station, signer))

    assert "in line with calibration law" in text
    assert text.count("In order") == 8
    for words in ("12.345 kWh", METER_NUMBER, "VERIFIED", CARD, "ECDSA-secp256r1-SHA256"):
        assert words in text


@pytest.mark.parametrize(
    "change, words",
    [
        (("12.345", "12.346"), "another meter signed it"),
        (('"TX": "E"', '"TX": "C"'), "another meter signed it"),
    ],
)
def test_check_when_a_digit_was_changed_then_the_signature_does_not_fit(
    station: Station, signer: SigningMeter, make_user: Make, change: tuple[str, str], words: str
) -> None:
    text = signer.record(reading("B", "0.000"), reading("E", "12.345")).replace(*change)

    page = page_of(log_in(make_user()), checked(station, signer, text=text))

    assert words in page
    assert "not in line with calibration law" in page
    assert "Cannot be said" in page


def test_check_when_the_end_is_missing_then_it_says_so(
    station: Station, signer: SigningMeter, make_user: Make
) -> None:
    text = signer.record(reading("B", "0.000"))

    assert "reading of the end is missing" in page_of(
        log_in(make_user()), checked(station, signer, text=text)
    )


def test_check_when_the_meter_was_swapped_then_it_names_both_numbers(
    station: Station, signer: SigningMeter, make_user: Make
) -> None:
    text = signer.record(reading("B", "0"), reading("E", "1"), MS="1NEW1", GS="1NEW1")

    page = page_of(log_in(make_user()), checked(station, signer, text=text))

    assert "a meter with another number" in page
    assert "1NEW1" in page
    assert METER_NUMBER in page


def test_check_when_texts_are_hostile_then_escaped(
    station: Station, signer: SigningMeter, make_user: Make
) -> None:
    text = signer.record(reading("B", "0"), reading("E", "1"), MS=HOSTILE, ID=HOSTILE)

    assert HOSTILE not in page_of(log_in(make_user()), checked(station, signer, text=text))


def test_verify_again_when_the_key_was_mended_by_then_valid(
    station: Station, signer: SigningMeter, make_user: Make
) -> None:
    record = checked(station, signer, key=SigningMeter().public_key)
    Meter.objects.update(public_key=signer.public_key)
    client = log_in(make_user())
    assert "Verify again to decide" in page_of(client, record)

    response = client.post(f"{RECORDS}{record.pk}/verify/", follow=True)

    record.refresh_from_db()
    assert record.eka == "valid"
    assert "it is in line with calibration law" in response.content.decode()
    assert VerificationRun.objects.filter(session=record.session).count() == 2
    entry = Entry.objects.get(kind="command", model="charge_records.chargerecord")
    assert (entry.object_id, entry.details["eka"]) == (str(record.pk), "valid")


def test_verify_when_asked_by_a_link_then_nothing_happens(
    station: Station, signer: SigningMeter, make_user: Make
) -> None:
    record = checked(station, signer)

    assert log_in(make_user()).get(f"{RECORDS}{record.pk}/verify/").status_code == 405
    assert VerificationRun.objects.count() == 1


def test_choose_when_opened_then_records_under_the_law_with_boxes(
    station: Station, signer: SigningMeter, make_user: Make
) -> None:
    record, irrelevant = checked(station, signer), make_record(station)

    text = log_in(make_user()).get(CHECKBILL).content.decode()

    assert f'name="record" value="{record.pk}"' in text
    assert f'name="record" value="{irrelevant.pk}"' not in text


def test_choose_when_there_is_nothing_then_it_says_why(alpha: Tenant, make_user: Make) -> None:
    assert "Nothing to check" in log_in(make_user()).get(CHECKBILL).content.decode()


def test_chosen_when_many_then_few_queries(
    station: Station, signer: SigningMeter, make_user: Make
) -> None:
    records = [checked(station, signer, number=number) for number in range(8)]
    client = log_in(make_user())
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = client.get(CHECKBILL, {"record": [record.pk for record in records]})

    assert response.content.decode().count("cy-check-record") == 8
    assert len(queries) <= MAX_QUERIES
    with CaptureQueriesContext(connection) as queries:
        client.get(CHECKBILL)
    assert len(queries) <= MAX_QUERIES


@pytest.mark.parametrize("chosen", ["", "x", "99999999999999999999", "-1", "4 OR 1=1"])
def test_chosen_when_no_id_then_nothing_chosen(alpha: Tenant, make_user: Make, chosen: str) -> None:
    response = log_in(make_user()).get(CHECKBILL, {"record": chosen})

    assert response.status_code == 200
    assert "No record chosen" in response.content.decode()


def test_download_when_chosen_then_xml_with_key_and_the_text_as_it_came(
    station: Station, signer: SigningMeter, make_user: Make
) -> None:
    record = checked(station, signer)
    client = log_in(make_user())

    xml = client.get(f"{CHECKBILL}xml/", {"record": record.pk})
    raw = client.get(f"{CHECKBILL}records/", {"record": record.pk})

    kept = SignedRecord.objects.get().text
    value = ElementTree.fromstring(xml.content)[0]
    assert value.findtext("signedData") == kept
    assert value.findtext("publicKey") == signer.public_key
    assert raw.content.decode() == f"{kept}\n"
    assert Entry.objects.filter(kind="exported").count() == 2


def test_download_when_the_person_may_not_see_drivers_then_refused_and_masked(
    station: Station, signer: SigningMeter, make_user: Make
) -> None:
    record = checked(station, signer)
    user = make_user()
    user.groups.clear()
    user.user_permissions.set(
        Permission.objects.filter(codename__in=["view_chargerecord", "check_chargerecord"])
    )
    client = log_in(user)

    page = page_of(client, record)
    assert CARD not in page
    assert client.get(f"{CHECKBILL}xml/", {"record": record.pk}).status_code == 403
    assert client.get(f"{CHECKBILL}records/", {"record": record.pk}).status_code == 403


def test_check_when_another_location_or_tenant_then_not_found_and_not_in_files(
    station: Station,
    signer: SigningMeter,
    make_user: Make,
    make_station: Make,
) -> None:
    record = checked(station, signer)
    link = CheckLink.objects.create(record=record, token_hash="x", created_at=timezone.now())
    limited = log_in(make_user(locations=[make_station().location]))

    assert limited.get(f"{RECORDS}{record.pk}/check/").status_code == 404
    for name in ("verify", "check-link", "check-link/revoke"):
        response = limited.post(f"{RECORDS}{record.pk}/{name}/", {"link": link.pk})
        assert response.status_code == 404
    assert "No record chosen" in limited.get(CHECKBILL, {"record": record.pk}).content.decode()
    assert limited.get(f"{CHECKBILL}records/", {"record": record.pk}).content == b""
    assert CheckLink.objects.get().revoked_at is None


def test_check_when_the_right_is_missing_then_refused(
    station: Station, signer: SigningMeter, make_user: Make
) -> None:
    record = checked(station, signer)
    user = make_user()
    user.groups.clear()
    client = log_in(user)

    assert client.get(CHECKBILL).status_code == 403
    assert client.get(f"{RECORDS}{record.pk}/check/").status_code == 403
    assert client.post(f"{RECORDS}{record.pk}/verify/").status_code == 403


def test_record_page_when_checked_then_it_shows_the_chain_in_short(
    station: Station, signer: SigningMeter, make_user: Make
) -> None:
    record = checked(station, signer)

    text = log_in(make_user()).get(f"{RECORDS}{record.pk}/change/").content.decode()

    assert f"{RECORDS}{record.pk}/check/" in text
    assert "Nothing was changed since the meter signed" in text


# -- the driver's link


def driver() -> Client:
    return Client(headers={"host": "alpha.localhost"})


def test_link_when_made_then_the_driver_sees_the_check_without_a_log_in(
    station: Station, signer: SigningMeter, make_user: Make
) -> None:
    record = checked(station, signer)
    made = log_in(make_user()).post(f"{RECORDS}{record.pk}/check-link/").content.decode()
    address = made.split('href="http://alpha.localhost')[1].split('"')[0]

    response = driver().get(address)

    text = response.content.decode()
    assert response.status_code == 200
    assert "in line with calibration law" in text
    assert CARD not in text
    assert f"/{record.pk}/" not in text
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in response.headers["X-Robots-Tag"]
    assert len(address.split("/")[2]) >= 43
    xml = driver().get(f"{address}transparency.xml")
    assert ElementTree.fromstring(xml.content)[0].findtext("publicKey") == signer.public_key
    kept = SignedRecord.objects.get().text
    assert driver().get(f"{address}records.txt").content.decode() == f"{kept}\n"


def test_link_when_the_browser_speaks_german_then_so_does_the_page(
    station: Station, signer: SigningMeter, make_user: Make
) -> None:
    token = create_link(checked(station, signer), make_user(), now=timezone.now())

    response = driver().get(f"/check/{token}/", headers={"accept-language": "de"})

    assert '<html lang="de">' in response.content.decode()


def test_link_when_revoked_or_guessed_or_of_another_tenant_then_gone(
    station: Station, signer: SigningMeter, make_user: Make
) -> None:
    record, user = checked(station, signer), make_user()
    token = create_link(record, user, now=timezone.now())
    elsewhere = Client(headers={"host": "beta.localhost"})
    assert elsewhere.get(f"/check/{token}/").status_code == 404
    connection.set_tenant(Tenant.objects.get(schema_name="alpha"))
    for guess in ("x", "y" * 43, "z" * 5_000):
        assert driver().get(f"/check/{guess}/").status_code == 404

    link = CheckLink.objects.get()
    log_in(user).post(f"{RECORDS}{record.pk}/check-link/revoke/", {"link": link.pk})

    for path in ("", "transparency.xml", "records.txt"):
        assert driver().get(f"/check/{token}/{path}").status_code == 404
    assert token not in str(CheckLink.objects.values())


def test_link_when_there_are_very_many_then_no_more(
    station: Station, signer: SigningMeter, make_user: Make
) -> None:
    record, user = checked(station, signer), make_user()
    for _ in range(LINKS_MAX):
        create_link(record, user, now=timezone.now())

    response = log_in(user).post(f"{RECORDS}{record.pk}/check-link/", follow=True)

    assert "Revoke one" in response.content.decode()
    assert CheckLink.objects.count() == LINKS_MAX


# -- meters and offered keys


@pytest.fixture
def offer(station: Station, signer: SigningMeter) -> OfferedKey:
    now = timezone.now()
    return OfferedKey.objects.create(
        charge_point=station.charge_points.get(),
        public_key=signer.public_key,
        fingerprint="f" * 64,
        curve="secp256r1",
        source="message",
        meter_number=METER_NUMBER,
        first_seen_at=now - timedelta(days=1),
        last_seen_at=now,
    )


def point_page(client: Client, point: ChargePoint) -> str:
    return client.get(f"/infrastructure/chargepoint/{point.pk}/change/").content.decode()


@pytest.mark.req("INF-18")
def test_charge_point_when_a_key_is_offered_then_a_person_can_confirm_it(
    offer: OfferedKey, make_user: Make
) -> None:
    client = log_in(make_user())
    assert "names a public key" in point_page(client, offer.charge_point)

    response = client.post(f"{METERS}offered-key/", {"offer": offer.pk})

    meter = Meter.objects.get()
    assert response.status_code == 302
    assert (meter.public_key, meter.meter_number) == (offer.public_key, METER_NUMBER)
    assert "names a public key" not in point_page(client, offer.charge_point)
    entry = Entry.objects.get(model="infrastructure.chargepoint", kind="changed")
    assert entry.changes == {"offered_key": ["open", "confirmed"]}


def test_charge_point_when_a_key_is_dismissed_then_it_is_not_trusted(
    offer: OfferedKey, make_user: Make
) -> None:
    log_in(make_user()).post(f"{METERS}offered-key/", {"offer": offer.pk, "dismiss": "1"})

    offer.refresh_from_db()
    assert offer.state == "dismissed"
    assert not Meter.objects.exists()


def test_offer_when_another_location_then_not_found(
    offer: OfferedKey, make_user: Make, make_station: Make
) -> None:
    client = log_in(make_user(locations=[make_station().location]))

    assert client.post(f"{METERS}offered-key/", {"offer": offer.pk}).status_code == 404
    assert client.post(f"{METERS}offered-key/", {"offer": "x"}).status_code == 404
    assert client.get(f"{METERS}offered-key/").status_code == 405
    offer.refresh_from_db()
    assert offer.state == "open"


@pytest.mark.req("INF-18")
def test_meter_when_saved_then_waiting_sessions_are_checked(
    station: Station,
    signer: SigningMeter,
    make_user: Make,
    django_capture_on_commit_callbacks: Make,
) -> None:
    record = checked(station, signer, key=SigningMeter().public_key)
    meter = Meter.objects.get()
    fields = {"meter_number": METER_NUMBER, "public_key": signer.public_key}

    with django_capture_on_commit_callbacks(execute=True):
        response = log_in(make_user()).post(f"{METERS}{meter.pk}/change/", fields)

    assert response.status_code == 302
    record.refresh_from_db()
    assert record.eka == "valid"


@pytest.mark.req("INF-18")
@pytest.mark.parametrize(
    "fields, words",
    [
        ({"public_key": "not a key"}, "no public key on one of the curves"),
        (
            {
                "valid_from_0": "2026-02-02", "valid_from_1": "12:00",
                "valid_to_0": "2026-02-01", "valid_to_1": "12:00",
            },
            "The end must lie after the begin.",
        ),
    ],
)  # fmt: skip
def test_meter_when_the_input_is_wrong_then_the_field_and_what_to_do(
    station: Station, make_user: Make, fields: dict[str, str], words: str
) -> None:
    point = station.charge_points.get()

    response = log_in(make_user()).post(f"{METERS}add/", {"charge_point": point.pk, **fields})

    assert words in response.content.decode()
    assert not Meter.objects.exists()


def test_meter_when_of_another_location_then_not_found(
    station: Station, make_user: Make, make_station: Make
) -> None:
    meter = Meter.objects.create(charge_point=station.charge_points.get())
    client = log_in(make_user(locations=[make_station().location]))

    assert client.get(f"{METERS}{meter.pk}/change/").status_code == 404
    body = {"charge_point": meter.charge_point_id, "meter_number": "1"}
    client.post(f"{METERS}add/", body)
    assert Meter.objects.count() == 1
