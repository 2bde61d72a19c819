from apps.infrastructure.admin.charge_points import ChargePointAdmin
from apps.infrastructure.admin.commands import StationCommandAdmin
from apps.infrastructure.admin.location_panel import stations_here
from apps.infrastructure.admin.security import CertificateAuthorityAdmin, SecurityPolicyAdmin
from apps.infrastructure.admin.stations import StationAdmin

__all__ = [
    "CertificateAuthorityAdmin",
    "ChargePointAdmin",
    "SecurityPolicyAdmin",
    "StationAdmin",
    "StationCommandAdmin",
    "stations_here",
]
