"""A station asks for a client certificate: judged, kept, handed to whoever signs (OCP-05).

Source: OCPP 1.6 security white paper, edition 3, use cases A02 and A03.
"""

from datetime import datetime, timedelta

from cryptography import x509
from django.db import transaction
from django.db.models import Max, Q, Sum

from apps.core.live import publish
from apps.core.tasks import enqueue
from apps.infrastructure.domain.certificates import CertificateFault
from apps.infrastructure.domain.security import (
    CertificateOrigin,
    CertificateState,
    EventSource,
    OwnEvent,
)
from apps.infrastructure.domain.signing import common_name, key_digest, read_request
from apps.infrastructure.models import (
    SecurityEvent,
    Station,
    StationCertificate,
    StationCommand,
)
from apps.infrastructure.selectors.certificates import (
    expected_of,
    has_trusted_authority,
    signing_authority,
)
from apps.infrastructure.services.security_events import Refused, record_refusals
from apps.vocabulary.commands import Command, TriggerableMessage

SIGN = "infrastructure.sign_certificate"
# Ours: a station asks about once a year, and again at once when something went wrong.
MOST = ((timedelta(hours=1), 5), (timedelta(days=1), 20))
UNSIGNED_KEPT = 20
# A request that comes so soon after we asked for one is the answer to that.
ASKED_WITHIN = timedelta(minutes=10)


@transaction.atomic
def take_request(station_id: int, text: str, *, now: datetime) -> bool:
    """Keep a station's request (PEM) and have it signed; False where it is refused.

    A refusal is a security event. Where nobody signs here it waits for an operator, who has it
    signed outside. The station's earlier request, if it waits still, is dropped for the new one.
    """
    station = Station.objects.select_for_update(of=("self",)).get(pk=station_id)
    if not has_trusted_authority():
        return refused(station, OwnEvent.REQUEST_REFUSED, "no authority is trusted", now=now)
    if is_flooded(station, now=now):
        return refused(station, OwnEvent.TOO_MANY_REQUESTS, "", now=now)
    try:
        request = read_request(text, expected_of(station))
        check_owner(request, station)
    except CertificateFault as fault:
        return refused(station, OwnEvent.REQUEST_REFUSED, str(fault), now=now)
    keep(station, text, key_digest(request), now=now)
    return True


def refused(station: Station, event: OwnEvent, detail: str, *, now: datetime) -> bool:
    """Note the refusal; the same one again counts up. Returns False."""
    record_refusals([Refused(station.pk, event, "", detail, now)])
    return False


def is_flooded(station: Station, *, now: datetime) -> bool:
    """Say whether the station asked too often, in an hour or in a day; refusals count too."""
    for span, most in MOST:
        since = now - span
        taken = station.certificates.filter(requested_at__gt=since).exclude(request="").count()
        events = SecurityEvent.objects.filter(
            station=station,
            source=EventSource.BACK_END.value,
            type=OwnEvent.REQUEST_REFUSED.value,
            received_at__gt=since,
        )
        if taken + (events.aggregate(times=Sum("count"))["times"] or 0) >= most:
            return True
    return False


def check_owner(request: x509.CertificateSigningRequest, station: Station) -> None:
    """Raise CertificateFault for another station's name, another's key or one that was revoked.

    The serial number is what the station says of itself, so that it proves nothing alone.
    """
    name = common_name(request)
    named = Q(charge_box_id__iexact=name) | Q(serial_number__iexact=name)
    if Station.objects.filter(named).exclude(pk=station.pk).exists():
        raise CertificateFault("the CN is another station's")
    known = StationCertificate.objects.filter(key_digest=key_digest(request))
    if known.exclude(station=station).exists():
        raise CertificateFault("the key is another station's")
    if known.filter(state=CertificateState.REVOKED.value).exists():
        raise CertificateFault("the key was revoked with a certificate")


def keep(station: Station, text: str, digest: str, *, now: datetime) -> StationCertificate:
    """Write the request, newest of its station, and queue its signature where one signs here."""
    waiting = station.certificates.filter(state=CertificateState.REQUESTED.value)
    waiting.update(state=CertificateState.REPLACED.value)
    origin, person_id = who_asked(station, now=now)
    row = StationCertificate.objects.create(
        station=station,
        request=text,
        key_digest=digest,
        requested_at=now,
        origin=origin.value,
        requested_by_id=person_id,
    )
    unsigned = station.certificates.filter(chain="").order_by("-requested_at", "-pk")
    newest = unsigned.values("pk")[:UNSIGNED_KEPT]
    station.certificates.filter(chain="").exclude(pk__in=newest).delete()
    if signing_authority() is not None:
        enqueue(SIGN, certificate_id=row.pk)
    publish("security", station.location_id, [station.pk])
    return row


def who_asked(station: Station, *, now: datetime) -> tuple[CertificateOrigin, int | None]:
    """Return whether the station was told to ask, a moment ago, and by whom.

    What it was told counts for one request: who asks again does so by itself.
    """
    before = station.certificates.aggregate(last=Max("requested_at"))["last"]
    since = now - ASKED_WITHIN
    asked = StationCommand.objects.filter(
        station=station,
        command=Command.EXTENDED_TRIGGER_MESSAGE.value,
        parameters__message=TriggerableMessage.SIGN_CERTIFICATE.value,
        sent_at__gt=since if before is None else max(since, before),
    ).order_by("-sent_at")
    newest = asked.values_list("requested_by_id", flat=True)[:1]
    if not newest:
        return CertificateOrigin.STATION, None
    person_id = newest[0]
    return (CertificateOrigin.PERSON if person_id else CertificateOrigin.RENEWAL), person_id
