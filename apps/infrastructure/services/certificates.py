"""Certificates of stations: signed, sent, renewed, revoked (OCP-05, security profile 3).

A station's request comes in by `certificate_requests`; what the station says to its certificate is
settled by `certificate_outcomes`.
"""

import logging
from datetime import datetime, timedelta

from cryptography import x509
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.errors import AppError
from apps.core.live import publish
from apps.infrastructure.choices import Protocol
from apps.infrastructure.domain.certificates import CertificateFault, check_certificate
from apps.infrastructure.domain.security import (
    UNDELIVERED,
    CertificateOrigin,
    CertificateState,
    OwnEvent,
)
from apps.infrastructure.domain.signing import (
    CHAIN_MAX,
    RENEWED_BEFORE,
    der,
    facts_of,
    is_due,
    is_signed_by,
    issue,
    pem,
    read_chain,
    read_request,
)
from apps.infrastructure.models import (
    CertificateAuthority,
    Station,
    StationCertificate,
    StationCommand,
)
from apps.infrastructure.selectors.certificates import (
    expected_of,
    has_trusted_authority,
    open_request,
    signing_authority,
)
from apps.infrastructure.selectors.security import may_secure, operator_name
from apps.infrastructure.services.authorities import (
    KeyUnreadable,
    NoKey,
    issuer_of,
    revoke_in_list,
)
from apps.infrastructure.services.commands import StationOffline, queue_command
from apps.infrastructure.services.security_events import record_own
from apps.vocabulary.commands import Command, TriggerableMessage

logger = logging.getLogger(__name__)

# How long a certificate waits for a station that went away after it had asked.
SENT_WITHIN = timedelta(days=1)
# A station that did not follow our request for a renewal is asked again after this.
ASKED_AGAIN = timedelta(days=1)
RENEWED_AT_ONCE = 50
SEEN_AT_ONCE = 500
# A request that waits for longer was not queued, or its worker died.
OVERDUE = timedelta(minutes=1)
# OCPP 1.6 security white paper, edition 3: the O that the station writes into its requests.
NAME_PARAMETER = "CpoName"


class NobodySigns(AppError):
    code = "nobody_signs"
    message = _(
        "No certificate authority is trusted. Make one of your own, or enter another's, under "
        "Certificate authorities."
    )


class CertificateUnfit(AppError):
    code = "certificate_unfit"
    message = _("This certificate would not open the station's connection: %(reason)s.")


class KeyMismatch(AppError):
    code = "certificate_key_mismatch"
    message = _("This certificate belongs to another key than the one of the station's request.")


class NothingToSend(AppError):
    code = "certificate_not_to_send"
    message = _("This certificate is not waiting to be sent.")


class NothingToRevoke(AppError):
    code = "certificate_not_to_revoke"
    message = _("This certificate is not in use any more.")


@transaction.atomic
def sign_request(certificate_id: int, *, now: datetime) -> bool:
    """Sign a request that waits, by our own authority, and send what came of it.

    Called again it does nothing. A request that fits the station no longer (its serial number or
    the operator's name changed) is refused as an event.
    """
    row = lock(StationCertificate.objects.filter(pk=certificate_id))
    authority = signing_authority()
    if row is None or row.state != CertificateState.REQUESTED or authority is None:
        return False
    try:
        request = read_request(row.request, expected_of(row.station))
        issuer = issuer_of(authority)
    except CertificateFault as fault:
        row.state = CertificateState.REFUSED.value
        row.save(update_fields=["state"])
        record_own(row.station_id, OwnEvent.REQUEST_REFUSED, detail=str(fault), now=now)
        return False
    except (NoKey, KeyUnreadable) as error:
        # The request waits: another authority may sign it, or somebody outside.
        logger.error("authority %s does not sign: %s", authority.pk, error.code)
        return False
    signed = issue(request, issuer, days=authority.certificate_days, now=now)
    note_signature(row, pem(signed) + authority.certificate, authority, now=now)
    send(row, actor=None, now=now)
    return True


def note_signature(
    row: StationCertificate, chain: str, authority: CertificateAuthority | None, *, now: datetime
) -> None:
    """Put what was signed on the (unsaved) row; the station's own certificate is the first."""
    facts = facts_of(read_chain(chain)[0])
    row.chain, row.authority, row.signed_at = chain, authority, now
    row.serial_number, row.subject = facts.serial_number, facts.subject
    row.fingerprint, row.key_digest = facts.fingerprint, facts.key_digest
    row.valid_from, row.valid_until = facts.valid_from, facts.valid_until


def send(row: StationCertificate, *, actor: User | None, now: datetime) -> StationCommand:
    """Queue the certificate for its station and save the row."""
    command = queue_command(
        row.station,
        Command.SEND_SIGNED_CERTIFICATE,
        {"certificate_chain": row.chain},
        actor=actor,
        now=now,
        patience=SENT_WITHIN,
    )
    row.state, row.command, row.answered_at = CertificateState.SENDING.value, command, None
    row.save()
    publish("security", row.station.location_id, [row.station_id])
    return command


@transaction.atomic
def enter_certificate(
    station: Station, text: str, *, actor: User, now: datetime
) -> StationCertificate:
    """Send the station a certificate (PEM, its own first) that somebody outside has signed.

    It belongs to the request that waits, where there is one. Raises CertificateUnfit for one that
    would be refused at the socket, KeyMismatch, and PermissionDenied.
    """
    check_permitted(station, actor)
    try:
        chain = read_chain(text)
        expected = expected_of(station)
        check_certificate(der(chain[0]), expected, now=now)
        facts = facts_of(chain[0])
        check_record(facts.fingerprint, station)
    except CertificateFault as fault:
        raise CertificateUnfit("certificate", reason=str(fault)) from fault
    waiting = open_request(station)
    row = waiting and lock(StationCertificate.objects.filter(pk=waiting.pk))
    if row is None:
        row = StationCertificate(
            station=station, requested_at=now, origin=CertificateOrigin.PERSON.value
        )
    elif row.key_digest != facts.key_digest:
        raise KeyMismatch("certificate")
    # Encoded anew: a private key or a remark that stood in the text is not kept.
    whole = "".join(pem(certificate) for certificate in chain)
    if len(whole) > CHAIN_MAX:
        raise CertificateUnfit(
            "certificate", reason=f"the chain is longer than {CHAIN_MAX} characters"
        )
    note_signature(row, whole, authority_of(chain[0]), now=now)
    row.requested_by = actor
    send(row, actor=actor, now=now)
    return row


def check_record(fingerprint: str, station: Station) -> None:
    """Raise CertificateFault for a certificate that was revoked, or is another station's."""
    known = StationCertificate.objects.filter(fingerprint=fingerprint)
    if known.filter(state=CertificateState.REVOKED.value).exists():
        raise CertificateFault("revoked")
    if known.exclude(station=station).exists():
        raise CertificateFault("given to another station")


def authority_of(certificate: x509.Certificate) -> CertificateAuthority | None:
    """Return the trusted authority that signed the certificate."""
    for authority in CertificateAuthority.objects.filter(is_trusted=True):
        if is_signed_by(certificate, authority.certificate):
            return authority
    return None


@transaction.atomic
def send_again(certificate: StationCertificate, *, actor: User, now: datetime) -> StationCommand:
    """Send a certificate that did not arrive. Raises NothingToSend, PermissionDenied."""
    check_permitted(certificate.station, actor)
    row = lock(StationCertificate.objects.filter(pk=certificate.pk))
    if row is None or row.state not in UNDELIVERED:
        raise NothingToSend
    return send(row, actor=actor, now=now)


@transaction.atomic
def revoke_certificate(certificate: StationCertificate, *, actor: User, now: datetime) -> None:
    """Let the certificate open no socket again; the station's open one stays.

    One that our own authority signed goes on its list as well. Raises NothingToRevoke,
    KeyUnreadable, PermissionDenied.
    """
    check_permitted(certificate.station, actor)
    row = lock(StationCertificate.objects.filter(pk=certificate.pk))
    if row is None or not is_revocable(row, now=now):
        raise NothingToRevoke
    row.state, row.revoked_at = CertificateState.REVOKED.value, now
    row.save(update_fields=["state", "revoked_at"])
    if row.authority is not None and row.authority.private_key_sealed:
        revoke_in_list(row.authority, row.serial_number, now=now)
    detail = f"{actor}: {row.serial_number}"
    record_own(row.station_id, OwnEvent.CERTIFICATE_REVOKED, detail=detail, now=now)


def is_revocable(row: StationCertificate, *, now: datetime) -> bool:
    """Say whether the certificate would open a socket, now or once its station has it."""
    ends = row.valid_until
    return row.state != CertificateState.REVOKED and ends is not None and ends > now


@transaction.atomic
def ask_for_request(
    station: Station, *, tells_name: bool, actor: User, now: datetime
) -> StationCommand:
    """Tell the station to ask for a new certificate; what it sends is then signed and sent.

    `tells_name`: it gets the operator's name first, which its request must hold (OCPP 1.6 only).
    Raises StationOffline, NobodySigns, PermissionDenied.
    """
    check_permitted(station, actor)
    if not has_trusted_authority():
        raise NobodySigns
    if not station.connection.is_online:
        raise StationOffline(station=station.charge_box_id)
    if tells_name and station.protocol == Protocol.OCPP_16:
        parameter = {"key": NAME_PARAMETER, "value": operator_name()}
        queue_command(station, Command.CHANGE_CONFIGURATION, parameter, actor=actor, now=now)
    return trigger(station, actor=actor, now=now)


def trigger(station: Station, *, actor: User | None, now: datetime) -> StationCommand:
    parameters = {"message": TriggerableMessage.SIGN_CERTIFICATE.value}
    command = Command.EXTENDED_TRIGGER_MESSAGE
    return queue_command(station, command, parameters, actor=actor, now=now)


def renew_due(*, now: datetime) -> int:
    """Tell connected stations whose certificate ends soon to ask for another; return how many.

    Each is told once a day, some at a time: what ends together is not signed together.
    """
    if not has_trusted_authority():
        return 0
    not_asked = Q(renewal_asked_at=None) | Q(renewal_asked_at__lte=now - ASKED_AGAIN)
    ending = StationCertificate.objects.filter(
        not_asked,
        state=CertificateState.ACCEPTED.value,
        valid_until__lte=now + RENEWED_BEFORE,
        station__connection__is_online=True,
    ).select_related("station")
    asked = 0
    for row in ending.order_by("valid_until", "pk")[:SEEN_AT_ONCE]:
        if asked < RENEWED_AT_ONCE and is_due(row.valid_from, row.valid_until, now=now):
            with transaction.atomic():
                row.renewal_asked_at = now
                row.save(update_fields=["renewal_asked_at"])
                trigger(row.station, actor=None, now=now)
            asked += 1
    return asked


def sign_waiting(*, now: datetime) -> int:
    """Sign what the queue lost, or what waited for an authority; return how many."""
    if signing_authority() is None:
        return 0
    waiting = StationCertificate.objects.filter(
        state=CertificateState.REQUESTED.value, requested_at__lte=now - OVERDUE
    )
    keys = list(waiting.order_by("requested_at", "pk").values_list("pk", flat=True)[:SEEN_AT_ONCE])
    return sum(sign_request(pk, now=now) for pk in keys)


def lock(rows: QuerySet[StationCertificate]) -> StationCertificate | None:
    """Return the only one of the rows, locked."""
    return rows.select_for_update(of=("self",)).select_related("station", "authority").first()


def check_permitted(station: Station, actor: User) -> None:
    """Raise PermissionDenied unless the actor may secure this station (right, then location)."""
    if not may_secure(station, actor):
        raise PermissionDenied
