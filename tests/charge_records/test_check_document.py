"""The PDF of a check: the chain of the page, on the tenant's paper, in the reader's language."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone, translation
from PIL import Image

from apps.audit.models import Entry
from apps.charge_records.check_document import check_pdf, letterhead_of
from apps.charge_records.models import ChargeRecord
from apps.charge_records.selectors.calibration import fingerprint_of
from apps.charge_records.selectors.checkbill import shown_checks
from apps.charge_records.services.check_links import create_link, revoke_link
from apps.infrastructure.models import Station
from apps.tenants.models import Brand, Tenant
from tests.charge_records.domain.ocmf.signing import METER_NUMBER, reading
from tests.charge_records.domain.ocmf.signing import Meter as SigningMeter
from tests.charge_records.pdf_text import text_of
from tests.charge_records.test_checkbill import CARD, CHECKBILL, checked
from tests.factories.pages import log_in

Make = Callable[..., Any]
PDF = f"{CHECKBILL}pdf/"

pytestmark = pytest.mark.req("CDR-04")


@pytest.fixture
def signer() -> SigningMeter:
    return SigningMeter()


@pytest.fixture
def record(alpha: Tenant, make_station: Make, signer: SigningMeter) -> ChargeRecord:
    return checked(make_station(country="DE"), signer)


def joined(text: str) -> str:
    """Return the text without the line breaks of the paper."""
    return " ".join(text.split())


def unbroken(text: str) -> str:
    return "".join(text.split())


def pdf_text(client: Client, record: ChargeRecord) -> str:
    response = client.get(PDF, {"record": record.pk})
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF-")
    return text_of(response.content)


def test_pdf_when_valid_then_chain_verdict_key_and_record_as_on_the_page(
    record: ChargeRecord, signer: SigningMeter, make_user: Make
) -> None:
    text = pdf_text(log_in(make_user()), record)

    assert text.count("In order") == 8
    for words in ("in line with calibration law", "12.345 kWh", METER_NUMBER, "Page 1 of", CARD):
        assert words in joined(text)
    for whole in (fingerprint_of(signer.public_key), record.session.signed_records.get().text):
        assert unbroken(whole) in unbroken(text)
    assert Entry.objects.filter(kind="exported").count() == 1


def test_pdf_when_a_digit_was_changed_then_it_says_so(
    alpha: Tenant, make_station: Make, signer: SigningMeter, make_user: Make
) -> None:
    signed = signer.record(reading("B", "0.000"), reading("E", "12.345"))
    record = checked(make_station(country="DE"), signer, text=signed.replace("12.345", "12.346"))

    text = joined(pdf_text(log_in(make_user()), record))

    assert "not in line with calibration law" in text
    assert "another meter signed it" in text
    assert "Not in order" in text


@pytest.mark.req("TEN-03")
@pytest.mark.parametrize(
    "language, words",
    [("de", ["Öffentlicher Schlüssel", "12,345 kWh"]), ("hu", ["Nyilvános kulcs", "12,345 kWh"])],
)
def test_pdf_when_the_reader_speaks_another_language_then_so_does_the_file(
    record: ChargeRecord, language: str, words: list[str]
) -> None:
    with translation.override(language):
        text = pdf_of(record)
        [check] = shown_checks([record], shows_drivers=True)
        expected = [str(step.title) for step in check.steps]
        expected += [str(sentence) for step in check.steps for sentence in step.sentences]

    for line in (*words, *expected):
        assert line in joined(text)
    assert "\N{REPLACEMENT CHARACTER}" not in text


def pdf_of(record: ChargeRecord, brand: Brand | None = None) -> str:
    [check] = shown_checks([record], shows_drivers=True)
    head = letterhead_of(brand, "Alpha", [])
    return text_of(check_pdf([check], head, with_records=True, now=timezone.now()))


@pytest.mark.req("TEN-03")
@pytest.mark.parametrize("language", ["da", "de", "en", "es", "fr", "hu", "it", "nl", "sv"])
def test_pdf_when_in_any_language_then_the_fonts_have_all_its_letters(
    record: ChargeRecord, language: str
) -> None:
    with translation.override(language):
        assert "\N{REPLACEMENT CHARACTER}" not in pdf_of(record)


@pytest.mark.req("TEN-02")
def test_pdf_when_the_tenant_has_a_brand_then_name_contact_and_imprint_are_on_it(
    alpha: Tenant, record: ChargeRecord, make_user: Make
) -> None:
    Brand.objects.filter(tenant=alpha).update(
        product_name="Alpha Laden",
        support_email="help@alpha.example",
        imprint_url="https://alpha.example/imprint",
    )

    text = pdf_text(log_in(make_user()), record)

    for words in ("Alpha Laden", "help@alpha.example", "https://alpha.example/imprint"):
        assert words in text


@pytest.mark.req("TEN-02")
@pytest.mark.parametrize("is_whole", [True, False])
def test_pdf_when_there_is_a_logo_then_it_stands_for_the_name_unless_it_cannot_be_read(
    record: ChargeRecord, is_whole: bool
) -> None:
    picture = BytesIO()
    Image.new("RGB", (40, 10), "teal").save(picture, "PNG")
    content = picture.getvalue() if is_whole else b"\x89PNG nothing"
    brand = Brand(logo=ContentFile(content, name="logo.png"))

    assert ("Alpha" not in pdf_of(record, brand)) == is_whole


def test_pdf_when_a_text_has_signs_that_no_font_has_then_the_file_is_made_all_the_same(
    alpha: Tenant, make_station: Make, signer: SigningMeter
) -> None:
    text = signer.record(reading("B", "0"), reading("E", "1"), ID="\U0001f50b\x07\u6f22")
    record = checked(make_station(country="DE"), signer, text=text)

    assert "\N{REPLACEMENT CHARACTER}" in pdf_of(record)


@pytest.mark.req("ACC-03")
def test_pdf_when_drivers_are_hidden_then_masked_and_without_what_was_signed(
    record: ChargeRecord, make_user: Make
) -> None:
    user = make_user()
    user.groups.clear()
    names = ["view_chargerecord", "check_chargerecord"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))

    text = pdf_text(log_in(user), record)

    assert "12.345 kWh" in text
    assert CARD not in unbroken(text)
    assert "OCMF|" not in text


@pytest.mark.req("ACC-03", "TEN-01")
def test_pdf_when_of_another_location_or_without_the_right_then_nothing(
    record: ChargeRecord, make_user: Make, make_station: Make
) -> None:
    elsewhere: Station = make_station()
    limited = log_in(make_user(locations=[elsewhere.location]))
    user = make_user()
    user.groups.clear()

    assert limited.get(PDF, {"record": record.pk}).status_code == 404
    assert log_in(user).get(PDF, {"record": record.pk}).status_code == 403
    assert log_in(make_user()).get(PDF).status_code == 404


def test_pdf_when_the_driver_opens_it_by_the_link_then_masked_until_revoked(
    record: ChargeRecord, make_user: Make
) -> None:
    user = make_user()
    token = create_link(record, user, now=timezone.now())
    client = Client(headers={"host": "alpha.localhost"})

    response = client.get(f"/check/{token}/check.pdf", headers={"accept-language": "de"})

    text = text_of(response.content)
    assert "12,345 kWh" in text
    chain = text.split("OCMF|")[0]
    assert CARD not in unbroken(chain)
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    revoke_link(record, record.check_links.get().pk, user, now=timezone.now())
    assert client.get(f"/check/{token}/check.pdf").status_code == 404
