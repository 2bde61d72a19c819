"""Pages about people, in the portal and in the platform console."""

from apps.accounts.admin.console import OperatorAdmin, TenantAdmin
from apps.accounts.admin.groups import GroupAdmin
from apps.accounts.admin.locations import LocationAdmin
from apps.accounts.admin.users import UserAdmin

__all__ = ["GroupAdmin", "LocationAdmin", "OperatorAdmin", "TenantAdmin", "UserAdmin"]
