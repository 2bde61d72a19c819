"""Pages of certificates and of their authorities: who may do what, what they show (OCP-05)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.core.schemas import run_in_schema
from apps.infrastructure.models import (
    CertificateAuthority,
    SecurityPolicy,
    Station,
    StationCertificate,
    StationCommand,
)
from apps.infrastructure.services.authorities import AuthorityPlan, create_authority
from apps.infrastructure.services.certificate_requests import take_request
from apps.infrastructure.services.certificates import sign_request
from apps.infrastructure.services.commands import record_result, record_timeout
from apps.tenants.models import Tenant
from tests.factories.pages import go_online, log_in
from tests.ocpp.security.certificates import Authority, ec_key, request_of

pytestmark = pytest.mark.req("OCP-05")

Make = Callable[..., Any]
AUTHORITIES = "/infrastructure/certificateauthority/"
CERTIFICATES = "/infrastructure/stationcertificate/"
MAX_QUERIES = 25
NEW = {"name": "Ours", "key_kind": "ec_p256", "years": "10", "certificate_days": "365"}


@pytest.fixture
def admin(alpha: Tenant, make_user: Make) -> Client:
    return log_in(make_user("admin"))


@pytest.fixture
def own(alpha: Tenant, make_user: Make) -> CertificateAuthority:
    plan = AuthorityPlan(name="Ours")
    return create_authority(plan, actor=make_user("admin"), now=timezone.now())


@pytest.fixture
def given(own: CertificateAuthority, make_station: Make) -> StationCertificate:
    """A certificate that its station uses."""
    return give(make_station())


def give(station: Station) -> StationCertificate:
    now = timezone.now()
    assert take_request(station.pk, request_of(station.charge_box_id), now=now)
    row = station.certificates.get()
    sign_request(row.pk, now=now)
    row.refresh_from_db()
    assert row.command_id is not None
    record_result(row.command_id, verdict="Accepted", answer={"status": "Accepted"}, now=now)
    row.refresh_from_db()
    return row


def tab(client: Client, station: Station) -> str:
    address = f"/infrastructure/station/{station.pk}/change/?tab=security"
    return client.get(address).content.decode()


def of_station(station: Station, path: str) -> str:
    return f"/infrastructure/station/{station.pk}/{path}/"


def of_row(row: StationCertificate | CertificateAuthority, path: str) -> str:
    start = CERTIFICATES if isinstance(row, StationCertificate) else AUTHORITIES
    return f"{start}{row.pk}/{path}/"


# Authorities


def test_authority_when_made_on_the_page_then_it_signs_and_its_key_is_on_no_page(
    admin: Client,
) -> None:
    assert "No authority is trusted yet" in admin.get(AUTHORITIES).content.decode()
    response = admin.post(f"{AUTHORITIES}own/", NEW)
    made = CertificateAuthority.objects.get()
    assert (response.status_code, made.is_signing) == (302, True)
    for address in (AUTHORITIES, of_row(made, "change"), of_row(made, "history")):
        text = admin.get(address).content.decode()
        assert made.private_key_sealed not in text
        assert "PRIVATE KEY" not in text
    assert "Ours signs the requests" in admin.get(AUTHORITIES).content.decode()
    assert "Renew our authority" in admin.get(AUTHORITIES).content.decode()
    file = admin.get(of_row(made, "file"))
    assert "Ours.pem" in file.headers["Content-Disposition"]
    root = x509.load_pem_x509_certificate(file.content)
    assert root.subject.rfc4514_string() == "CN=Ours,O=Alpha"
    crl = x509.load_pem_x509_crl(admin.get(of_row(made, "list-file")).content)
    assert list(crl) == []


@pytest.mark.parametrize(
    "wrong, told",
    [
        ({"name": ""}, "This field is required"),
        ({"name": "x" * 65}, "at most 64 characters"),
        ({"years": "0"}, "greater than or equal to 1"),
        ({"certificate_days": "6"}, "greater than or equal to 7"),
        ({"key_kind": "dsa"}, "Select a valid choice"),
    ],
)
def test_authority_when_entered_wrongly_then_the_field_says_so_and_nothing_is_made(
    admin: Client, wrong: dict[str, str], told: str
) -> None:
    assert told in admin.post(f"{AUTHORITIES}own/", {**NEW, **wrong}).content.decode()
    assert not CertificateAuthority.objects.exists()


def test_authority_when_the_name_is_taken_or_the_operator_too_long_then_told(
    own: CertificateAuthority, admin: Client, alpha: Tenant
) -> None:
    assert "Take another name" in admin.post(f"{AUTHORITIES}own/", NEW).content.decode()
    run_in_schema("public", lambda: Tenant.objects.filter(pk=alpha.pk).update(name="x" * 65))
    text = admin.post(f"{AUTHORITIES}own/", {**NEW, "name": "Other"}).content.decode()
    assert "64 characters at most" in text
    assert CertificateAuthority.objects.get() == own
    assert own.is_signing


def test_own_authority_when_its_form_is_saved_then_name_and_days_change_and_nothing_else(
    own: CertificateAuthority, admin: Client
) -> None:
    data = {
        "name": "Renamed", "certificate_days": "90", "certificate": "", "revocation_list": "",
    }  # fmt: skip
    assert admin.post(of_row(own, "change"), data).status_code == 302
    after = CertificateAuthority.objects.get()
    assert (after.name, after.certificate_days, after.is_trusted) == ("Renamed", 90, True)
    assert after.certificate == own.certificate
    assert after.private_key_sealed == own.private_key_sealed


def test_own_authority_when_stopped_started_withdrawn_then_shown_and_by_post_only(
    own: CertificateAuthority, admin: Client
) -> None:
    assert admin.get(of_row(own, "withdraw")).status_code == 405
    assert admin.post(of_row(own, "stop-signing")).status_code == 302
    assert "Nobody signs here" in admin.get(AUTHORITIES).content.decode()
    assert admin.post(of_row(own, "start-signing")).status_code == 302
    assert "Ours signs the requests" in admin.get(AUTHORITIES).content.decode()
    assert admin.post(of_row(own, "withdraw")).status_code == 302
    page = admin.get(of_row(own, "change")).content.decode()
    assert "Withdrawn" in page
    assert of_row(own, "start-signing") not in page
    assert "is not here" in admin.post(of_row(own, "start-signing"), follow=True).content.decode()


@pytest.mark.parametrize("path", ["start-signing", "stop-signing", "withdraw"])
def test_authority_when_the_person_has_no_right_then_refused(
    own: CertificateAuthority, make_user: Make, path: str
) -> None:
    client = log_in(make_user())
    assert client.post(of_row(own, path)).status_code == 403
    assert client.get(of_row(own, "file")).status_code == 403
    assert client.post(f"{AUTHORITIES}own/", NEW).status_code == 403
    assert CertificateAuthority.objects.get().is_signing


def test_authority_when_of_another_tenant_then_not_found(
    own: CertificateAuthority, beta: Tenant, make_user: Make
) -> None:
    connection.set_tenant(beta)
    client = log_in(make_user("admin"))
    for path in ("file", "list-file"):
        assert client.get(of_row(own, path)).status_code == 404
    assert client.post(of_row(own, "withdraw")).status_code == 404


# A station's Security tab


def test_tab_when_a_certificate_is_in_use_then_shown_with_its_end_and_its_signer(
    given: StationCertificate, admin: Client
) -> None:
    text = tab(admin, given.station)
    assert given.serial_number in text
    assert "In use" in text
    assert "Ours" in text
    assert "By the station itself" in text


def test_tab_when_nobody_signs_here_then_the_request_is_downloaded_and_the_answer_entered(
    admin: Client, make_station: Make
) -> None:
    outside, station, key = Authority.make("Outside"), make_station(), ec_key()
    assert "No certificate authority is trusted yet" in tab(admin, station)
    CertificateAuthority.objects.create(name="Outside", certificate=outside.pem)
    request = request_of(station.charge_box_id, key=key)
    assert take_request(station.pk, request, now=timezone.now())
    row = station.certificates.get()
    text = tab(admin, station)
    assert "The station asks for a certificate" in text
    assert of_row(row, "request") in text
    assert admin.get(of_row(row, "request")).content.decode() == request
    assert admin.get(of_row(row, "file")).status_code == 404
    send = of_station(station, "certificate/send")
    refused = admin.post(send, {"certificate": "nonsense"}).content.decode()
    assert "would not open the station&#x27;s connection: not a certificate in PEM" in refused
    wrong = admin.post(send, {"certificate": outside.issue(station.charge_box_id).pem})
    assert "belongs to another key" in wrong.content.decode()
    assert not StationCommand.objects.exists()
    right = outside.issue(station.charge_box_id, key=key).pem
    response = admin.post(send, {"certificate": right})
    assert (response.status_code, "HX-Redirect" in response.headers) == (204, True)
    command = StationCommand.objects.get()
    assert command.parameters == {"certificate_chain": right}
    assert "On its way" in tab(admin, station)


def test_tab_when_renewal_is_asked_for_then_queued_and_the_first_time_with_our_name(
    own: CertificateAuthority, admin: Client, make_station: Make
) -> None:
    station = make_station()
    SecurityPolicy.objects.create(operator_name="Volt Charging")
    dialog = admin.get(of_station(station, "renewal")).content.decode()
    assert "Volt Charging" in dialog
    assert "checked" in dialog
    offline = admin.post(of_station(station, "renewal/send"), {"tells_name": "on"})
    assert "is not connected" in offline.content.decode()
    go_online(station)
    response = admin.post(of_station(station, "renewal/send"), {"tells_name": "on"})
    assert response.status_code == 204
    queued = StationCommand.objects.order_by("pk").values_list("command", flat=True)
    assert list(queued) == ["change_configuration", "extended_trigger_message"]


def test_tab_when_the_person_may_not_secure_then_no_buttons(
    given: StationCertificate, make_user: Make
) -> None:
    client = log_in(make_user())
    text = tab(client, given.station)
    assert given.serial_number in text
    assert of_station(given.station, "renewal") not in text
    page = client.get(of_row(given, "change")).content.decode()
    assert of_row(given, "revoke") not in page
    assert of_row(given, "file") in page


# One certificate, and the list


def test_certificate_when_revoked_on_its_page_then_told_and_the_button_is_gone(
    given: StationCertificate, admin: Client
) -> None:
    assert of_row(given, "revoke") in admin.get(of_row(given, "change")).content.decode()
    assert admin.get(of_row(given, "revoke")).status_code == 405
    text = admin.post(of_row(given, "revoke"), follow=True).content.decode()
    assert "The certificate is revoked" in text
    assert of_row(given, "revoke") not in text
    again = admin.post(of_row(given, "revoke"), follow=True).content.decode()
    assert "not in use any more" in again


def test_certificate_when_unconfirmed_then_sent_again_from_its_page(
    own: CertificateAuthority, admin: Client, make_station: Make
) -> None:
    station, now = make_station(), timezone.now()
    assert take_request(station.pk, request_of(station.charge_box_id), now=now)
    row = station.certificates.get()
    sign_request(row.pk, now=now)
    row.refresh_from_db()
    assert row.command_id is not None
    record_timeout(row.command_id, now=now)
    assert of_row(row, "send-again") in admin.get(of_row(row, "change")).content.decode()
    assert admin.post(of_row(row, "send-again")).status_code == 302
    assert StationCommand.objects.filter(command="send_signed_certificate").count() == 2


STATION_PATHS = (
    ("get", "renewal"), ("post", "renewal/send"), ("get", "certificate"),
    ("post", "certificate/send"),
)  # fmt: skip
ROW_PATHS = (("get", "file"), ("get", "request"), ("post", "send-again"), ("post", "revoke"))


def test_pages_when_right_location_or_tenant_is_another_then_refused(
    given: StationCertificate, alpha: Tenant, beta: Tenant, make_user: Make, make_location: Make
) -> None:
    connection.set_tenant(alpha)
    elsewhere = log_in(make_user("admin", locations=[make_location()]))
    operator = log_in(make_user())
    station = given.station
    for method, path in STATION_PATHS:
        assert getattr(operator, method)(of_station(station, path)).status_code == 403
        assert getattr(elsewhere, method)(of_station(station, path)).status_code == 404
    for method, path in ROW_PATHS:
        expected = 403 if method == "post" else 200
        assert getattr(operator, method)(of_row(given, path)).status_code == expected
        assert getattr(elsewhere, method)(of_row(given, path)).status_code == 404
    assert given.serial_number not in elsewhere.get(CERTIFICATES).content.decode()
    connection.set_tenant(beta)
    foreign = log_in(make_user("admin"))
    for method, path in ROW_PATHS:
        assert getattr(foreign, method)(of_row(given, path)).status_code == 404
    assert given.serial_number not in foreign.get(CERTIFICATES).content.decode()


def test_list_when_filtered_then_what_ends_soon_has_ended_or_waits(
    own: CertificateAuthority, admin: Client, make_station: Make
) -> None:
    now = timezone.now()
    fresh, ending, ended = (give(make_station()) for _time in range(3))
    rows = StationCertificate.objects
    rows.filter(pk=ending.pk).update(valid_until=now + timedelta(days=20))
    rows.filter(pk=ended.pk).update(valid_until=now - timedelta(days=1))
    waiting = make_station()
    assert take_request(waiting.pk, request_of(waiting.charge_box_id), now=now)
    text = admin.get(CERTIFICATES).content.decode()
    assert "Expires soon" in text
    for value, station in (
        ("expiring", ending.station), ("expired", ended.station), ("requested", waiting),
    ):  # fmt: skip
        for address in (CERTIFICATES, "/infrastructure/station/"):
            found = admin.get(f"{address}?certificate={value}").content.decode()
            names = [row.station.charge_box_id for row in (fresh, ending, ended)]
            shown = {name for name in [*names, waiting.charge_box_id] if f">{name}<" in found}
            assert shown == {station.charge_box_id}, (value, address)


def test_list_when_it_is_long_then_a_fixed_number_of_queries(
    own: CertificateAuthority, admin: Client, make_station: Make
) -> None:
    counts = []
    admin.get(CERTIFICATES)
    for number in (1, 6):
        for _time in range(number):
            give(make_station())
        with CaptureQueriesContext(connection) as queries:
            assert admin.get(CERTIFICATES).status_code == 200
        counts.append(len(queries))
    assert counts[1] <= min(counts[0], MAX_QUERIES)


# Roots that the station trusts


HASHES = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "ab12",
    "issuerKeyHash": "cd34",
    "serialNumber": "0815",
}
ROOTS = {
    "read-roots": ({"use": "central_system_root"}, {"use": "central_system_root"}),
    "delete-root": (
        {"root": "central_system_root:SHA256:ab12:cd34:0815"},
        {
            "hash_algorithm": "SHA256",
            "issuer_name_hash": "ab12",
            "issuer_key_hash": "cd34",
            "serial_number": "0815",
        },
    ),
}


def told_roots(station: Station, answer: Any) -> None:
    """Let the station have answered which roots it has."""
    now = timezone.now()
    StationCommand.objects.create(
        station=station,
        command="get_installed_certificates",
        parameters={"use": "central_system_root"},
        status="answered",
        answer=answer,
        requested_at=now,
        expires_at=now,
        answered_at=now,
    )


@pytest.mark.parametrize("name", ROOTS)
def test_roots_when_read_or_deleted_then_the_command_is_queued(
    admin: Client, make_station: Make, name: str
) -> None:
    data, parameters = ROOTS[name]
    station = make_station()
    go_online(station)
    assert "Not known" in tab(admin, station)
    told_roots(station, {"status": "Accepted", "certificateHashData": [HASHES]})
    assert "0815" in tab(admin, station)
    assert admin.get(of_station(station, f"command/{name}")).status_code == 200
    response = admin.post(of_station(station, f"command/{name}/send"), data)
    assert "Waiting" in response.content.decode()
    assert StationCommand.objects.latest("pk").parameters == parameters


def test_root_when_installed_then_only_an_authoritys_certificate(
    admin: Client, make_station: Make
) -> None:
    station, authority = make_station(), Authority.make()
    go_online(station)
    send = of_station(station, "command/install-root/send")
    data = {"use": "manufacturer_root", "certificate": authority.issue("CB-1").pem}
    assert "may not sign other ones" in admin.post(send, data).content.decode()
    assert not StationCommand.objects.exists()
    admin.post(send, {**data, "certificate": authority.pem})
    parameters = StationCommand.objects.get().parameters
    assert (parameters["use"], parameters["certificate"].strip()) == (
        "manufacturer_root", authority.pem.strip(),
    )  # fmt: skip


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        "text",
        {"certificateHashData": "text"},
        {"certificateHashData": [None, 7, {}, {**HASHES, "serialNumber": 815}]},
        {"status": "NotFound"},
    ],
)
def test_roots_when_the_station_tells_nonsense_then_the_tab_says_not_known(
    admin: Client, make_station: Make, answer: Any
) -> None:
    station = make_station()
    told_roots(station, answer)
    assert "Not known" in tab(admin, station)


@pytest.mark.parametrize("name", ["read-roots", "install-root", "delete-root"])
def test_roots_when_right_or_location_is_another_then_refused(
    alpha: Tenant, make_station: Make, make_user: Make, make_location: Make, name: str
) -> None:
    station = make_station()
    for user, status in (
        (make_user(), 403),
        (make_user("admin", locations=[make_location()]), 404),
    ):
        client = log_in(user)
        assert client.get(of_station(station, f"command/{name}")).status_code == status
        assert client.post(of_station(station, f"command/{name}/send")).status_code == status
