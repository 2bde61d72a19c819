from apps.accounts.models.locations import Location
from apps.accounts.models.notices import AccountNotice
from apps.accounts.models.scope import LocationScoped, ScopedQuerySet
from apps.accounts.models.sessions import SessionTimes, SignedInPlace
from apps.accounts.models.sign_on import ExternalIdentity, GroupMapping, IdentityProvider
from apps.accounts.models.users import User

__all__ = [
    "AccountNotice",
    "ExternalIdentity",
    "GroupMapping",
    "IdentityProvider",
    "Location",
    "LocationScoped",
    "ScopedQuerySet",
    "SessionTimes",
    "SignedInPlace",
    "User",
]
