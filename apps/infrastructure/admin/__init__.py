from apps.infrastructure.admin.assignments import ProductAssignmentAdmin
from apps.infrastructure.admin.charge_points import ChargePointAdmin
from apps.infrastructure.admin.commands import StationCommandAdmin
from apps.infrastructure.admin.location_panel import stations_here
from apps.infrastructure.admin.platform import RouteAdmin
from apps.infrastructure.admin.security import (
    CertificateAuthorityAdmin,
    SecurityPolicyAdmin,
    StationCertificateAdmin,
)
from apps.infrastructure.admin.stations import StationAdmin

__all__ = [
    "CertificateAuthorityAdmin",
    "ChargePointAdmin",
    "ProductAssignmentAdmin",
    "RouteAdmin",
    "SecurityPolicyAdmin",
    "StationAdmin",
    "StationCertificateAdmin",
    "StationCommandAdmin",
    "stations_here",
]
