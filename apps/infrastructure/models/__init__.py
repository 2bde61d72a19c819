from apps.infrastructure.models.assignments import ProductAssignment
from apps.infrastructure.models.charge_points import ChargePoint, Connector, Meter
from apps.infrastructure.models.commands import StationCommand
from apps.infrastructure.models.connections import StationConnection
from apps.infrastructure.models.security import (
    CertificateAuthority,
    SecurityEvent,
    SecurityPolicy,
    StationCertificate,
)
from apps.infrastructure.models.stations import Station
from apps.infrastructure.models.statuses import StatusChange

__all__ = [
    "CertificateAuthority",
    "ChargePoint",
    "Connector",
    "Meter",
    "ProductAssignment",
    "SecurityEvent",
    "SecurityPolicy",
    "Station",
    "StationCertificate",
    "StationCommand",
    "StationConnection",
    "StatusChange",
]
