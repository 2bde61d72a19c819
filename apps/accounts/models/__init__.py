from apps.accounts.models.locations import Location
from apps.accounts.models.notices import AccountNotice
from apps.accounts.models.scope import LocationScoped, ScopedQuerySet
from apps.accounts.models.users import User

__all__ = ["AccountNotice", "Location", "LocationScoped", "ScopedQuerySet", "User"]
