"""Root certificates that a station has installed, as it told at last (OCPP 1.6 security paper)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.infrastructure.models import Station, StationCommand
from apps.vocabulary.commands import Command, CommandStatus

USES = ("central_system_root", "manufacturer_root")
# Ours: stations have a handful; what a broken one tells beyond that is not shown.
ROOTS_MAX = 50
HASH_KEYS = {
    "hash_algorithm": "hashAlgorithm",
    "issuer_name_hash": "issuerNameHash",
    "issuer_key_hash": "issuerKeyHash",
    "serial_number": "serialNumber",
}


@dataclass(frozen=True, slots=True)
class InstalledRoot:
    """One root; `parameters` are those of the command that deletes it."""

    use: str
    parameters: dict[str, str]
    read_at: datetime

    @property
    def key(self) -> str:
        """Return what tells it from the station's other roots."""
        return ":".join([self.use, *self.parameters.values()])


def installed_roots(station: Station) -> list[InstalledRoot]:
    """Return what the station answered last, for each use, when it was asked for its roots."""
    found: list[InstalledRoot] = []
    for use in USES:
        newest = StationCommand.objects.filter(
            station=station,
            command=Command.GET_INSTALLED_CERTIFICATES.value,
            status=CommandStatus.ANSWERED.value,
            parameters__use=use,
        ).order_by("-requested_at", "-pk")
        for answer, at in newest.values_list("answer", "answered_at")[:1]:
            found += [InstalledRoot(use, hashes, at) for hashes in hashes_in(answer)]
    return found


def hashes_in(answer: Any) -> list[dict[str, str]]:
    """Return the hashes of an answer, whatever the station sent; what is incomplete is left out.

    {"certificateHashData": [{"hashAlgorithm": "SHA256", ...}]} -> [{"hash_algorithm": ..., ...}]
    """
    listed = answer.get("certificateHashData") if isinstance(answer, dict) else None
    if not isinstance(listed, list):
        return []
    whole = []
    for entry in listed[:ROOTS_MAX]:
        values = entry if isinstance(entry, dict) else {}
        hashes = {ours: values.get(theirs) for ours, theirs in HASH_KEYS.items()}
        if all(isinstance(value, str) and value for value in hashes.values()):
            whole.append({name: str(value) for name, value in hashes.items()})
    return whole
