"""Certificates of stations: asked for, signed here or outside, sent, renewed, revoked (OCP-05)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.exceptions import PermissionDenied

from apps.audit.models import Entry
from apps.infrastructure.domain.signing import KeyKind, end_of, facts_of, read_chain
from apps.infrastructure.models import (
    CertificateAuthority,
    SecurityEvent,
    SecurityPolicy,
    Station,
    StationCertificate,
    StationCommand,
)
from apps.infrastructure.selectors.certificates import certificate_fault, signing_authority
from apps.infrastructure.services import authorities
from apps.infrastructure.services.authorities import (
    AuthorityPlan,
    KeyUnreadable,
    NoKey,
    create_authority,
    renew_lists,
    start_signing,
    stop_signing,
    withdraw_authority,
)
from apps.infrastructure.services.certificate_requests import take_request
from apps.infrastructure.services.certificates import (
    CertificateUnfit,
    KeyMismatch,
    NobodySigns,
    NothingToRevoke,
    NothingToSend,
    ask_for_request,
    enter_certificate,
    renew_due,
    revoke_certificate,
    send_again,
    sign_request,
    sign_waiting,
)
from apps.infrastructure.services.commands import (
    StationOffline,
    record_error,
    record_not_offered,
    record_result,
    record_timeout,
    take_queued,
)
from apps.tenants.domain.archives import secret_columns
from apps.tenants.models import Tenant
from apps.vocabulary.commands import Command
from tests.conftest import NOW
from tests.factories.pages import go_online
from tests.ocpp.security.certificates import Authority, ec_key, request_of

pytestmark = pytest.mark.req("OCP-05")

Make = Callable[..., Any]
DAY = timedelta(days=1)


@pytest.fixture
def admin(make_user: Make) -> Any:
    return make_user("admin")


@pytest.fixture
def own(alpha: Tenant, admin: Any) -> CertificateAuthority:
    """An authority of the tenant's own that signs."""
    return create_authority(AuthorityPlan(name="Ours"), actor=admin, now=NOW)


@pytest.fixture
def outside(alpha: Tenant) -> Authority:
    """An authority outside that the tenant trusts."""
    made = Authority.make("Outside")
    CertificateAuthority.objects.create(name="Outside", certificate=made.pem)
    return made


def asks(station: Station, text: str = "", *, at: datetime = NOW) -> StationCertificate | None:
    """Let the station ask; return its newest row, None where it was refused."""
    is_taken = take_request(station.pk, text or request_of(station.charge_box_id), now=at)
    return station.certificates.order_by("-pk").first() if is_taken else None


def is_given(station: Station, *, at: datetime = NOW, verdict: str = "Accepted") -> Any:
    """Let the station ask, sign it, and let it answer; return the certificate's row."""
    row = asks(station, at=at)
    assert row is not None
    sign_request(row.pk, now=at)
    answers(row, verdict, at=at)
    row.refresh_from_db()
    return row


def answers(row: StationCertificate, verdict: str, *, at: datetime = NOW) -> None:
    row.refresh_from_db()
    assert row.command_id is not None
    record_result(row.command_id, verdict=verdict, answer={"status": verdict}, now=at)


def events(station: Station) -> list[tuple[str, str, int]]:
    rows = SecurityEvent.objects.filter(station=station, source="back_end").order_by("pk")
    return list(rows.values_list("type", "detail", "count"))


def fault(row: StationCertificate, station: Station | None = None, *, at: datetime = NOW) -> str:
    """Return what the gateway says against the certificate at the station's socket."""
    station = station or row.station
    der = read_chain(row.chain)[0].public_bytes(Encoding.DER)
    names = (station.serial_number, station.charge_box_id)
    return certificate_fault(der, names, "Alpha", station_id=station.pk, now=at)


# Asking


def test_request_when_our_authority_signs_then_signed_sent_and_opens_the_socket(
    own: CertificateAuthority, make_station: Make
) -> None:
    station = make_station(serial_number="SERIAL-1")
    row = is_given(station)
    assert (row.state, row.origin, row.requested_by, row.authority) == (
        "accepted", "station", None, own,
    )  # fmt: skip
    command = StationCommand.objects.get(command=Command.SEND_SIGNED_CERTIFICATE.value)
    leaf, root = read_chain(command.parameters["certificate_chain"])
    assert x509.load_pem_x509_certificate(own.certificate.encode()) == root
    facts = facts_of(leaf)
    assert facts.serial_number == row.serial_number
    assert row.subject == f"CN={station.charge_box_id},O=Alpha"
    assert (row.valid_until - NOW).days == 365
    assert fault(row) == ""
    assert Entry.objects.filter(
        model="infrastructure.stationcertificate",
        part_of=f"infrastructure.station:{station.pk}",
    ).exists()
    assert events(station) == []


def test_request_when_taken_then_signed_after_the_commit_only(
    own: CertificateAuthority, make_station: Make, django_capture_on_commit_callbacks: Make
) -> None:
    station = make_station()
    with django_capture_on_commit_callbacks(execute=True):
        row = asks(station)
        assert row is not None
        assert row.state == "requested"
        assert not StationCommand.objects.exists()
    row.refresh_from_db()
    assert row.state == "sending"


def test_request_when_the_queue_lost_it_then_the_next_turn_signs_it_once(
    own: CertificateAuthority, make_station: Make
) -> None:
    row = asks(make_station())
    assert row is not None
    assert sign_waiting(now=NOW) == 0
    assert sign_waiting(now=NOW + timedelta(minutes=2)) == 1
    assert sign_waiting(now=NOW + timedelta(minutes=3)) == 0
    assert not sign_request(row.pk, now=NOW)
    assert StationCommand.objects.count() == 1


def test_request_when_nobody_signs_then_rejected_and_noted(
    alpha: Tenant, make_station: Make
) -> None:
    station = make_station()
    assert asks(station) is None
    assert asks(station) is None
    assert events(station) == [("CertificateRequestRefused", "no authority is trusted", 2)]


def test_request_when_it_names_another_station_then_rejected_and_noted(
    own: CertificateAuthority, make_station: Make
) -> None:
    station, other = make_station(), make_station(serial_number="SERIAL-2")
    assert asks(station, request_of(other.charge_box_id)) is None
    # It says of itself that it had the other one's serial number.
    Station.objects.filter(pk=station.pk).update(serial_number="SERIAL-2")
    assert asks(station, request_of("serial-2")) is None
    details = [detail for _type, detail, _count in events(station)]
    assert details == [
        "the CN is neither serial number nor Chargebox ID", "the CN is another station's",
    ]  # fmt: skip
    assert not StationCertificate.objects.exists()


def test_certificate_when_the_serial_number_was_anothers_all_along_then_it_opens_no_other_socket(
    own: CertificateAuthority, make_station: Make
) -> None:
    thief = make_station(serial_number="SERIAL-3")
    row = asks(thief, request_of("SERIAL-3"))
    assert row is not None
    sign_request(row.pk, now=NOW)
    row.refresh_from_db()
    Station.objects.filter(pk=thief.pk).update(serial_number="")
    owner = make_station(serial_number="SERIAL-3")
    assert fault(row, owner) == "given to another station"


def test_request_when_the_operator_is_another_then_rejected_and_the_policy_decides(
    own: CertificateAuthority, make_station: Make
) -> None:
    station = make_station()
    SecurityPolicy.objects.create(operator_name="Volt Charging")
    assert asks(station) is None
    assert asks(station, request_of(station.charge_box_id, operator="Volt Charging"))


def test_request_when_the_key_is_another_stations_then_rejected(
    own: CertificateAuthority, make_station: Make
) -> None:
    key, first, second = ec_key(), make_station(), make_station()
    assert asks(first, request_of(first.charge_box_id, key=key))
    assert asks(second, request_of(second.charge_box_id, key=key)) is None
    assert events(second)[0][1] == "the key is another station's"


def test_request_when_the_key_was_revoked_then_rejected(
    own: CertificateAuthority, make_station: Make, admin: Any
) -> None:
    key, station = ec_key(), make_station()
    row = asks(station, request_of(station.charge_box_id, key=key))
    assert row is not None
    sign_request(row.pk, now=NOW)
    row.refresh_from_db()
    revoke_certificate(row, actor=admin, now=NOW)
    assert asks(station, request_of(station.charge_box_id, key=key)) is None
    assert asks(station) is not None


@pytest.mark.parametrize("is_right", [True, False])
def test_requests_when_they_flood_then_five_an_hour_are_looked_at(
    own: CertificateAuthority, make_station: Make, is_right: bool
) -> None:
    station = make_station()
    text = request_of(station.charge_box_id if is_right else "ELSE")
    taken = [asks(station, text) is not None for _time in range(30)]
    assert taken == [is_right] * 5 + [False] * 25
    assert events(station)[-1][::2] == ("TooManyCertificateRequests", 25)
    assert station.certificates.count() == (5 if is_right else 0)
    later = NOW + timedelta(minutes=61)
    assert asks(station, at=later) is not None
    assert asks(make_station()) is not None


def test_requests_when_one_waits_then_the_newest_counts(
    outside: Authority, make_station: Make
) -> None:
    station = make_station()
    first, second = asks(station), asks(station)
    assert first is not None
    assert second is not None
    first.refresh_from_db()
    assert (first.state, second.state) == ("replaced", "requested")


def test_request_when_it_fits_no_longer_then_refused_at_its_signature(
    own: CertificateAuthority, make_station: Make
) -> None:
    station = make_station()
    row = asks(station)
    assert row is not None
    SecurityPolicy.objects.create(operator_name="Renamed")
    assert not sign_request(row.pk, now=NOW)
    row.refresh_from_db()
    assert row.state == "refused"
    assert events(station) == [
        ("CertificateRequestRefused", "the O is not the operator's", 1),
    ]


# The station's answer


@pytest.mark.parametrize(
    "end, state",
    [
        (lambda pk: record_result(pk, verdict="Rejected", answer={}, now=NOW), "refused"),
        (lambda pk: record_error(pk, code="Generic", description="", now=NOW), "refused"),
        (lambda pk: record_timeout(pk, now=NOW), "unconfirmed"),
        (lambda pk: record_not_offered(pk, reason="", now=NOW), "not_sent"),
    ],
)
def test_certificate_when_the_station_does_not_take_it_then_the_one_before_stays(
    own: CertificateAuthority, make_station: Make, end: Callable[[int], None], state: str
) -> None:
    station = make_station()
    before, row = is_given(station), asks(station)
    assert row is not None
    sign_request(row.pk, now=NOW)
    row.refresh_from_db()
    assert row.command_id is not None
    end(row.command_id)
    before.refresh_from_db()
    row.refresh_from_db()
    assert (before.state, row.state) == ("accepted", state)
    assert fault(before) == ""


def test_certificate_when_a_newer_one_is_accepted_then_replaced_and_still_valid(
    own: CertificateAuthority, make_station: Make
) -> None:
    station = make_station()
    before, after = is_given(station), is_given(station)
    before.refresh_from_db()
    assert (before.state, after.state) == ("replaced", "accepted")
    assert (fault(before), fault(after)) == ("", "")


def test_certificate_when_not_arrived_then_sent_again_and_else_not(
    own: CertificateAuthority, make_station: Make, admin: Any, make_user: Make
) -> None:
    station = make_station()
    row = asks(station)
    assert row is not None
    sign_request(row.pk, now=NOW)
    with pytest.raises(NothingToSend):
        send_again(row, actor=admin, now=NOW)
    row.refresh_from_db()
    assert row.command_id is not None
    record_timeout(row.command_id, now=NOW)
    with pytest.raises(PermissionDenied):
        send_again(row, actor=make_user(), now=NOW)
    send_again(row, actor=admin, now=NOW)
    answers(row, "Accepted")
    row.refresh_from_db()
    assert row.state == "accepted"


# Signed outside


def test_certificate_when_signed_outside_then_entered_checked_and_sent(
    outside: Authority, make_station: Make, admin: Any
) -> None:
    station, key = make_station(), ec_key()
    row = asks(station, request_of(station.charge_box_id, key=key))
    assert row is not None
    assert not sign_request(row.pk, now=NOW)
    issued = outside.issue(station.charge_box_id, key=key)
    secret = issued.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    enter_certificate(station, issued.pem + secret.decode(), actor=admin, now=NOW)
    row.refresh_from_db()
    assert (row.state, row.authority.name, row.requested_by) == ("sending", "Outside", admin)
    assert "PRIVATE" not in row.chain
    answers(row, "Accepted")
    row.refresh_from_db()
    assert (row.state, fault(row)) == ("accepted", "")


def test_certificate_when_it_would_not_open_the_socket_then_not_sent(
    outside: Authority, make_station: Make, admin: Any
) -> None:
    station, key = make_station(), ec_key()
    foreign = Authority.make("Foreign")
    other = make_station()
    for issued, reason in (
        (outside.issue("ELSE"), "the CN"),
        (outside.issue(other.charge_box_id), "the CN"),
        (outside.issue(station.charge_box_id, operator="Beta"), "the O"),
        (outside.issue(station.charge_box_id, days=(-9, -1)), "not valid"),
        (foreign.issue(station.charge_box_id), "no authority"),
    ):
        with pytest.raises(CertificateUnfit, match=reason):
            enter_certificate(station, issued.pem, actor=admin, now=NOW)
    with pytest.raises(CertificateUnfit, match="in PEM"):
        enter_certificate(station, "nonsense", actor=admin, now=NOW)
    assert asks(station, request_of(station.charge_box_id, key=key))
    issued = outside.issue(station.charge_box_id)
    with pytest.raises(KeyMismatch):
        enter_certificate(station, issued.pem, actor=admin, now=NOW)
    assert not StationCommand.objects.exists()


def test_certificate_when_signed_outside_and_revoked_here_then_refused(
    outside: Authority, make_station: Make, admin: Any
) -> None:
    station = make_station()
    pem = outside.issue(station.charge_box_id).pem
    row = enter_certificate(station, pem, actor=admin, now=NOW)
    assert fault(row) == ""
    revoke_certificate(row, actor=admin, now=NOW)
    assert fault(row) == "revoked"
    with pytest.raises(CertificateUnfit, match="revoked"):
        enter_certificate(station, pem, actor=admin, now=NOW)


# Revoking


def test_certificate_when_revoked_then_on_the_list_noted_and_refused_for_good(
    own: CertificateAuthority, make_station: Make, admin: Any
) -> None:
    station = make_station()
    kept, lost = is_given(make_station()), is_given(station)
    revoke_certificate(lost, actor=admin, now=NOW)
    own.refresh_from_db()
    crl = x509.load_pem_x509_crl(own.revocation_list.encode())
    assert [f"{entry.serial_number:X}" for entry in crl] == [lost.serial_number]
    assert (fault(lost), fault(kept)) == ("revoked", "")
    assert events(station)[-1] == ("CertificateRevoked", f"{admin}: {lost.serial_number}", 1)
    with pytest.raises(NothingToRevoke):
        revoke_certificate(lost, actor=admin, now=NOW)
    entry = Entry.objects.filter(model="infrastructure.stationcertificate").latest("pk")
    assert entry.changes["state"] == ["accepted", "revoked"]
    # The list outlives the record.
    station.certificates.all().delete()
    revoke_certificate(kept, actor=admin, now=NOW)
    own.refresh_from_db()
    assert len(list(x509.load_pem_x509_crl(own.revocation_list.encode()))) == 2


def test_certificate_when_revoked_on_its_way_then_the_answer_changes_nothing(
    own: CertificateAuthority, make_station: Make, admin: Any
) -> None:
    row = asks(make_station())
    assert row is not None
    sign_request(row.pk, now=NOW)
    row.refresh_from_db()
    revoke_certificate(row, actor=admin, now=NOW)
    answers(row, "Accepted")
    row.refresh_from_db()
    assert row.state == "revoked"


def test_services_when_the_actor_may_not_secure_the_station_then_denied(
    own: CertificateAuthority, make_station: Make, make_user: Make, make_location: Make
) -> None:
    station = make_station()
    go_online(station)
    row = is_given(station)
    for actor in (make_user(), make_user("admin", locations=[make_location()])):
        for act in (
            lambda who: revoke_certificate(row, actor=who, now=NOW),
            lambda who: ask_for_request(station, tells_name=False, actor=who, now=NOW),
            lambda who: enter_certificate(station, row.chain, actor=who, now=NOW),
        ):
            with pytest.raises(PermissionDenied):
                act(actor)
    row.refresh_from_db()
    assert row.state == "accepted"


# Renewing


def test_renewal_when_asked_for_then_the_name_goes_first_and_the_request_tells_by_whom(
    own: CertificateAuthority, make_station: Make, admin: Any
) -> None:
    station = make_station()
    with pytest.raises(StationOffline):
        ask_for_request(station, tells_name=True, actor=admin, now=NOW)
    go_online(station)
    station = Station.objects.get(pk=station.pk)
    ask_for_request(station, tells_name=True, actor=admin, now=NOW)
    first, second = take_queued(station.pk, now=NOW), take_queued(station.pk, now=NOW)
    assert first is not None
    assert second is not None
    assert first.parameters == {"key": "CpoName", "value": "Alpha"}
    assert second.parameters == {"message": "sign_certificate"}
    row = asks(station, at=NOW + timedelta(minutes=1))
    assert row is not None
    assert (row.origin, row.requested_by) == ("person", admin)


def test_renewal_when_nobody_signs_then_it_says_where_to_make_an_authority(
    alpha: Tenant, make_station: Make, admin: Any
) -> None:
    station = make_station()
    go_online(station)
    with pytest.raises(NobodySigns, match="Certificate authorities"):
        ask_for_request(station, tells_name=False, actor=admin, now=NOW)


def test_renewal_when_the_end_is_near_then_connected_stations_are_told_once_a_day(
    own: CertificateAuthority, make_station: Make
) -> None:
    online, offline = make_station(), make_station()
    go_online(online)
    row = is_given(online)
    is_given(offline)
    assert renew_due(now=row.valid_until - 31 * DAY) == 0
    near = row.valid_until - 29 * DAY
    assert renew_due(now=near) == 1
    assert renew_due(now=near + timedelta(hours=23)) == 0
    assert renew_due(now=near + DAY) == 1
    told = StationCommand.objects.filter(command=Command.EXTENDED_TRIGGER_MESSAGE.value)
    assert {command.station_id for command in told} == {online.pk}
    assert take_queued(online.pk, now=near + DAY) is not None
    newer = is_given(online, at=near + DAY + timedelta(minutes=1))
    assert newer.origin == "renewal"
    assert renew_due(now=near + 3 * DAY) == 0


# The authority


@pytest.mark.parametrize("kind", KeyKind)
def test_authority_when_made_then_its_key_is_sealed_and_nowhere_in_clear(
    alpha: Tenant, admin: Any, kind: KeyKind
) -> None:
    plan = AuthorityPlan(name="Ours", key_kind=kind, years=3, certificate_days=90)
    made = create_authority(plan, actor=admin, now=NOW)
    assert made.is_signing
    assert end_of(made.certificate) == NOW + 3 * 365 * DAY
    assert "PRIVATE" not in str(vars(made))
    entry = Entry.objects.filter(model="infrastructure.certificateauthority").latest("pk")
    assert made.private_key_sealed not in str(entry.changes)
    assert secret_columns(["certificate", "private_key_sealed"]) == ["private_key_sealed"]


def test_authority_when_renewed_then_one_signs_and_what_the_other_signed_stays_valid(
    own: CertificateAuthority, make_station: Make, admin: Any
) -> None:
    before = is_given(make_station())
    newer = create_authority(AuthorityPlan(name="Ours 2"), actor=admin, now=NOW)
    assert list(CertificateAuthority.objects.filter(is_signing=True)) == [newer]
    after = is_given(make_station())
    assert (before.authority, after.authority) == (own, newer)
    assert (fault(before), fault(after)) == ("", "")
    start_signing(own, actor=admin)
    assert signing_authority() == own
    stop_signing(own, actor=admin)
    assert signing_authority() is None
    assert fault(before) == ""


def test_authority_when_withdrawn_then_its_key_is_gone_and_its_certificates_open_nothing(
    own: CertificateAuthority, make_station: Make, admin: Any
) -> None:
    row = is_given(make_station())
    withdraw_authority(own, actor=admin, now=NOW)
    own.refresh_from_db()
    assert (own.private_key_sealed, own.is_trusted, own.is_signing) == ("", False, False)
    assert fault(row) == "signed by no authority that is trusted"
    row.refresh_from_db()
    assert row.state == "revoked"
    with pytest.raises(NoKey):
        start_signing(own, actor=admin)


def test_authority_when_secret_key_changed_then_requests_wait_and_the_page_says_so(
    own: CertificateAuthority, make_station: Make, admin: Any, settings: Any
) -> None:
    row = asks(make_station())
    assert row is not None
    settings.SECRET_KEY = "another one altogether"
    assert not sign_request(row.pk, now=NOW)
    row.refresh_from_db()
    assert row.state == "requested"
    assert authorities.is_key_lost(own)
    with pytest.raises(KeyUnreadable, match="SECRET_KEY"):
        start_signing(own, actor=admin)


def test_authority_when_the_actor_has_no_right_then_denied(
    own: CertificateAuthority, make_user: Make
) -> None:
    actor = make_user()
    for act in (
        lambda: create_authority(AuthorityPlan(name="Theirs"), actor=actor, now=NOW),
        lambda: start_signing(own, actor=actor),
        lambda: stop_signing(own, actor=actor),
        lambda: withdraw_authority(own, actor=actor, now=NOW),
    ):
        with pytest.raises(PermissionDenied):
            act()
    assert CertificateAuthority.objects.get() == own


def test_lists_when_they_get_old_then_made_anew_with_what_they_held(
    own: CertificateAuthority, make_station: Make, admin: Any
) -> None:
    lost = is_given(make_station())
    revoke_certificate(lost, actor=admin, now=NOW)
    assert renew_lists(now=NOW + 14 * DAY) == 0
    assert renew_lists(now=NOW + 16 * DAY) == 1
    own.refresh_from_db()
    crl = x509.load_pem_x509_crl(own.revocation_list.encode())
    assert len(list(crl)) == 1
    assert crl.next_update_utc == NOW + 46 * DAY
    assert fault(lost) == "revoked"
