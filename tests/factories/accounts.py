"""Rows of accounts."""

from django.contrib.auth.models import Group

from apps.accounts.models import IdentityProvider, Location, User
from apps.accounts.services.users import ensure_user
from tests.factories.base import Place


def make_location(place: Place) -> Location:
    return place.location


def make_user(place: Place) -> User:
    email = f"{place.mark}@example.com".lower()
    return ensure_user(
        email, password="correct horse battery", role="operator", last_name=place.mark
    )


def make_group(place: Place) -> Group:
    return Group.objects.create(name=f"{place.mark}-group")


def make_provider(place: Place) -> IdentityProvider:
    return IdentityProvider.objects.create(
        button_label=f"{place.mark}-login",
        issuer=f"https://{place.mark}.example".lower(),
        client_id=f"{place.mark}-client",
    )


FACTORIES = {
    Location: make_location,
    User: make_user,
    Group: make_group,
    IdentityProvider: make_provider,
}
