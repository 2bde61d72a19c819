"""How a signed certificate ended at its station: only what it accepted is in use (OCP-05)."""

from datetime import datetime

from django.db import transaction

from apps.core.live import publish
from apps.infrastructure.domain.security import CertificateState
from apps.infrastructure.models import Station, StationCertificate, StationCommand
from apps.vocabulary.commands import CommandStatus

TAKEN = "Accepted"
ENDS = {
    CommandStatus.TIMED_OUT.value: CertificateState.UNCONFIRMED,
    CommandStatus.EXPIRED.value: CertificateState.NOT_SENT,
    CommandStatus.NOT_OFFERED.value: CertificateState.NOT_SENT,
}


def outcome_of(command: StationCommand) -> CertificateState:
    """Return what the end of the command means for the certificate."""
    if command.status == CommandStatus.ANSWERED and command.verdict == TAKEN:
        return CertificateState.ACCEPTED
    return ENDS.get(command.status, CertificateState.REFUSED)


@transaction.atomic
def settle_certificate(command: StationCommand, *, now: datetime) -> None:
    """Keep the station's answer to its certificate; the one that it had before is replaced.

    What was revoked meanwhile stays revoked.
    """
    row = (
        StationCertificate.objects.select_for_update()
        .filter(command_id=command.pk, state=CertificateState.SENDING.value)
        .first()
    )
    if row is None:
        return
    outcome = outcome_of(command)
    if outcome is CertificateState.ACCEPTED:
        used = StationCertificate.objects.filter(
            station_id=row.station_id, state=CertificateState.ACCEPTED.value
        )
        used.update(state=CertificateState.REPLACED.value)
    row.state, row.answered_at = outcome.value, now
    row.save(update_fields=["state", "answered_at"])
    location_id = Station.objects.values_list("location_id", flat=True).get(pk=row.station_id)
    publish("security", location_id, [row.station_id])
