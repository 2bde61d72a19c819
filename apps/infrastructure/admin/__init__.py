from apps.infrastructure.admin.charge_points import ChargePointAdmin
from apps.infrastructure.admin.commands import StationCommandAdmin
from apps.infrastructure.admin.stations import StationAdmin

__all__ = ["ChargePointAdmin", "StationAdmin", "StationCommandAdmin"]
