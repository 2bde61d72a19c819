"""What admins do with the accounts of others, and what nobody does."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Location, User
from apps.accounts.models.scope import accessible_locations
from apps.accounts.selectors import active_admins
from apps.accounts.services.people import (
    Access,
    BeyondOwnRightsError,
    LastAdminError,
    OwnAccountError,
    change_user,
)
from apps.tenants.models import Tenant
from tests.conftest import make_client as client_of

MakeUser = Callable[..., User]


def new_user(**fields: Any) -> dict[str, Any]:
    return {
        "email": "new@example.com",
        "groups": [Group.objects.get(name="Operator").pk],
        **fields,
    }


@pytest.mark.req("ACC-01", "ACC-03")
def test_add_user_when_limited_to_a_location_then_sees_only_that(
    alpha: Tenant, make_user: MakeUser, make_location: Callable[..., Location]
) -> None:
    location = make_location()
    make_location()
    body = new_user(email="New@Example.com", is_limited_to_locations="on", locations=[location.pk])

    answer = client_of(make_user("admin")).post("/accounts/user/add/", body)

    assert answer.status_code == 302
    user = User.objects.get(email="new@example.com")
    assert user.is_active
    assert not user.has_usable_password()
    assert list(accessible_locations(user)) == [location]
    assert [group.name for group in user.groups.all()] == ["Operator"]


@pytest.mark.req("ACC-01")
def test_add_user_when_more_is_sent_than_asked_then_ignored(
    alpha: Tenant, make_user: MakeUser
) -> None:
    body = new_user(is_superuser="on", user_permissions=[Permission.objects.first().pk])

    client_of(make_user("admin")).post("/accounts/user/add/", body)

    user = User.objects.get(email="new@example.com")
    assert not user.is_superuser
    assert not user.user_permissions.exists()


@pytest.mark.req("ACC-03")
def test_list_when_users_are_limited_then_their_locations_without_a_query_each(
    alpha: Tenant, make_user: MakeUser, make_location: Callable[..., Location]
) -> None:
    places = [make_location(name) for name in ("West gate", "East gate")]
    client = client_of(make_user("admin"))

    def visit() -> tuple[str, int]:
        with CaptureQueriesContext(connection) as queries:
            page = client.get("/accounts/user/").content.decode()
        return page, len(queries)

    make_user(locations=places)
    visit()  # what is kept from the first visit on is no matter of rows
    page, few = visit()
    connection.set_tenant(alpha)
    for _number in range(4):
        make_user(locations=places)

    assert "East gate, West gate" in page
    assert visit()[1] == few


@pytest.mark.req("ACC-04")
def test_change_user_when_the_email_is_sent_then_it_stays(
    alpha: Tenant, make_user: MakeUser
) -> None:
    user = make_user("operator")
    body = {
        "email": "other@example.com",
        "first_name": "Ada",
        "last_name": "Berg",
        "is_active": "on",
        "groups": [group.pk for group in user.groups.all()],
    }

    answer = client_of(make_user("admin")).post(f"/accounts/user/{user.pk}/change/", body)

    assert answer.status_code == 302
    changed = User.objects.get(pk=user.pk)
    assert (changed.email, changed.first_name) == (user.email, "Ada")


@pytest.mark.req("ACC-04")
def test_change_user_when_it_is_the_own_account_then_refused(
    alpha: Tenant, make_user: MakeUser
) -> None:
    admin = make_user("admin")
    make_user("admin")

    answer = client_of(admin).post(f"/accounts/user/{admin.pk}/change/", {"first_name": "Me"})

    assert answer.status_code == 403
    with pytest.raises(OwnAccountError):
        change_user(admin, admin, Access(groups=()))


@pytest.mark.req("ACC-01")
def test_change_user_when_rights_are_beyond_the_own_then_refused(
    alpha: Tenant, make_user: MakeUser
) -> None:
    """Whoever may change users cannot make an admin of a friend."""
    admin, friend, actor = make_user("admin"), make_user("operator"), make_user("operator")
    people = Group.objects.create(name="People")
    people.permissions.set(Permission.objects.filter(codename__endswith="_user"))
    actor.groups.add(people)
    actor = User.objects.get(pk=actor.pk)
    admins = Group.objects.get(name="Admin")

    with pytest.raises(BeyondOwnRightsError):
        change_user(actor, friend, Access(groups=(admins,)))
    with pytest.raises(BeyondOwnRightsError):
        change_user(actor, admin, Access(groups=()))
    assert client_of(actor).post(f"/accounts/user/{admin.pk}/reset/").status_code == 403
    page = client_of(actor).get(f"/accounts/user/{friend.pk}/change/")
    assert f'value="{admins.pk}"'.encode() not in page.content


@pytest.mark.req("ACC-01")
@pytest.mark.parametrize("change", ["disable", "demote", "limit"])
def test_change_user_when_it_is_the_last_admin_then_refused(
    alpha: Tenant, make_user: MakeUser, change: str
) -> None:
    last = make_user("admin")
    actor = make_user("operator")
    everything = Group.objects.create(name="Everything")
    everything.permissions.set(Permission.objects.all())
    actor.groups.add(everything)
    actor = User.objects.get(pk=actor.pk)
    body = {"is_active": "on", "groups": [group.pk for group in last.groups.all()]}
    if change == "limit":
        body["is_limited_to_locations"] = "on"
    else:
        body.pop("is_active" if change == "disable" else "groups")

    answer = client_of(actor).post(f"/accounts/user/{last.pk}/change/", body)

    assert b"last active admin" in answer.content
    assert active_admins().filter(pk=last.pk).exists()
    last.is_active = False
    with pytest.raises(LastAdminError):
        change_user(actor, last, Access(groups=tuple(last.groups.all())))


@pytest.mark.req("ACC-02")
def test_group_when_made_with_chosen_rights_then_members_hold_them(
    alpha: Tenant, make_user: MakeUser
) -> None:
    body = {"name": "Reception", "rights": ["cards:view"]}

    answer = client_of(make_user("admin")).post("/auth/group/add/", body)

    assert answer.status_code == 302
    user = make_user("operator")
    user.groups.set([Group.objects.get(name="Reception")])
    assert User.objects.get(pk=user.pk).get_all_permissions() == {"emaid.view_card"}


@pytest.mark.req("ACC-02")
def test_group_when_a_right_is_not_offered_then_refused(alpha: Tenant, make_user: MakeUser) -> None:
    body = {"name": "Reception", "rights": ["users:delete"]}

    answer = client_of(make_user("admin")).post("/auth/group/add/", body)

    assert answer.status_code == 200
    assert not Group.objects.filter(name="Reception").exists()


@pytest.mark.req("ACC-01", "ACC-02")
@pytest.mark.parametrize("role", ["Admin", "Operator"])
def test_group_when_it_is_a_shipped_role_then_it_stays_as_it_is(
    alpha: Tenant, make_user: MakeUser, role: str
) -> None:
    group = Group.objects.get(name=role)
    client = client_of(make_user("admin"))

    assert client.get(f"/auth/group/{group.pk}/change/").status_code == 200
    answer = client.post(f"/auth/group/{group.pk}/change/", {"name": "X", "rights": []})
    assert answer.status_code == 403
    assert client.post(f"/auth/group/{group.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.post("/auth/group/add/", {"name": role}).status_code == 200


@pytest.mark.req("ACC-02")
def test_group_when_of_own_making_then_it_can_be_deleted(
    alpha: Tenant, make_user: MakeUser
) -> None:
    group = Group.objects.create(name="Reception")

    client_of(make_user("admin")).post(f"/auth/group/{group.pk}/delete/", {"post": "yes"})

    assert not Group.objects.filter(pk=group.pk).exists()


@pytest.mark.req("ACC-03")
def test_people_when_limited_to_locations_then_no_page(
    alpha: Tenant, make_user: MakeUser, make_location: Callable[..., Location]
) -> None:
    client = client_of(make_user("admin", locations=[make_location()]))

    assert client.get("/accounts/user/").status_code == 403
    assert client.get("/accounts/user/add/").status_code == 403
    assert client.get("/auth/group/add/").status_code == 403
    assert client.get("/accounts/location/add/").status_code == 403
