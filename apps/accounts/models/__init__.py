from apps.accounts.models.locations import Location
from apps.accounts.models.scope import LocationScoped, ScopedQuerySet
from apps.accounts.models.users import User

__all__ = ["Location", "LocationScoped", "ScopedQuerySet", "User"]
