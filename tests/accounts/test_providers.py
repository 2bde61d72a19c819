"""The pages of identity providers: who configures them, and what they say (ACC-08)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.cache import cache
from django.db import connection
from django.test import Client

from apps.accounts.domain.roles import ADMIN, OPERATOR, PERMISSIONS
from apps.accounts.models import GroupMapping, IdentityProvider, Location, User
from apps.accounts.services.oidc import secret_of
from apps.accounts.services.people import BeyondOwnRightsError
from apps.accounts.services.providers import Mapped, save_provider
from apps.accounts.services.support import support_permissions
from apps.audit.models import Entry
from apps.tenants.models import Tenant
from tests.accounts.oidc_provider import Provider

pytestmark = pytest.mark.req("ACC-08")

MakeUser = Callable[..., User]
ClientOf = Callable[..., Client]
LIST = "/accounts/identityprovider/"
SECRET = "a-client-secret-of-ours"


@pytest.fixture(autouse=True)
def clean_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def enter(short_name: str) -> None:
    connection.set_tenant(Tenant.objects.get(schema_name=short_name))


def body(**changes: Any) -> dict[str, Any]:
    values = {
        "button_label": "Works account",
        "issuer": "https://login.example.com/realms/main",
        "client_id": "portal",
        "client_secret": SECRET,
        "is_enabled": "on",
        "groups_claim": "groups",
        "password_for": "everybody",
    }
    return {name: value for name, value in {**values, **changes}.items() if value is not None}


def mapping_of(name: str) -> str:
    return f"mappings-{Group.objects.get(name=name).pk}"


@pytest.fixture
def admin(alpha: Tenant, make_user: MakeUser) -> User:
    return make_user("admin")


def test_provider_when_added_then_saved_sealed_and_in_the_trail(
    admin: User, client_of: ClientOf
) -> None:
    values = body(domains="@Example.com, example.org", creates_users="on")
    values[mapping_of(ADMIN)] = "bosses, night bosses"
    values["default_groups"] = Group.objects.get(name=OPERATOR).pk

    answer = client_of(admin).post(f"{LIST}add/", values)

    enter("alpha")
    row = IdentityProvider.objects.get()
    assert answer["Location"] == f"{LIST}{row.pk}/change/"
    assert SECRET not in row.client_secret_sealed
    assert secret_of(row) == SECRET
    assert row.email_domains == ["example.com", "example.org"]
    assert [group.name for group in row.default_groups.all()] == [OPERATOR]
    rows = GroupMapping.objects.values_list("claim_value", "group__name")
    assert sorted(rows) == [("bosses", ADMIN), ("night bosses", ADMIN)]
    entries = list(Entry.objects.filter(model__startswith="accounts."))
    assert any(entry.model == "accounts.identityprovider" for entry in entries)
    assert any(entry.model == "accounts.groupmapping" for entry in entries)
    assert all(SECRET not in str(entry.changes) for entry in entries)
    assert all(row.client_secret_sealed not in str(entry.changes) for entry in entries)


def make(**fields: Any) -> IdentityProvider:
    values = {"button_label": "W", "issuer": "https://login.example.com", "client_id": "portal"}
    return IdentityProvider.objects.create(**{**values, **fields})


def test_page_when_opened_then_the_secret_is_nowhere_and_the_callback_address_is(
    admin: User, client_of: ClientOf
) -> None:
    save_provider(admin, row := make(), secret=SECRET, mappings=[], default_groups=[])

    text = client_of(admin).get(f"{LIST}{row.pk}/change/").content.decode()

    assert SECRET not in text
    assert row.client_secret_sealed not in text
    assert f"http://alpha.localhost/sso/{row.pk}/callback/" in text


@pytest.mark.parametrize("changes, kept", [({}, SECRET), ({"forgets_secret": "on"}, "")])
def test_secret_when_the_field_is_empty_then_the_old_one_stays_until_forgotten(
    admin: User, client_of: ClientOf, changes: dict[str, str], kept: str
) -> None:
    save_provider(admin, row := make(), secret=SECRET, mappings=[], default_groups=[])

    client_of(admin).post(f"{LIST}{row.pk}/change/", body(client_secret=None, **changes))

    enter("alpha")
    row.refresh_from_db()
    assert secret_of(row) == kept


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"issuer": "login.example.com"}, "must begin with https://"),
        ({"issuer": "ftp://example.com"}, "must begin with https://"),
        ({"issuer": "https://example.com/?a=b"}, "without ? and #"),
        ({"domains": "example"}, "is no domain"),
        ({"client_id": ""}, "required"),
        ({"password_for": "nobody"}, "valid choice"),
        ({"client_secret": "x", "forgets_secret": "on"}, "not both"),
    ],
)
def test_form_when_something_is_wrong_then_said_at_the_field_and_nothing_saved(
    admin: User, client_of: ClientOf, changes: dict[str, str], words: str
) -> None:
    answer = client_of(admin).post(f"{LIST}add/", body(**changes))

    assert answer.status_code == 200
    assert words in answer.content.decode()
    enter("alpha")
    assert not IdentityProvider.objects.exists()


def test_form_when_the_claim_value_is_too_long_then_said(admin: User, client_of: ClientOf) -> None:
    values = body()
    values[mapping_of(ADMIN)] = "x" * 201

    answer = client_of(admin).post(f"{LIST}add/", values)

    assert "200 characters" in answer.content.decode()


def part_of_an_admin(make_user: MakeUser) -> User:
    """Return somebody who may change providers and lacks one right of an admin."""
    group = Group.objects.create(name="Sign-on only")
    names = [name for name in PERMISSIONS[ADMIN] if name != "emaid.import_card"]
    rows = Permission.objects.select_related("content_type")
    group.permissions.set(
        row for row in rows if f"{row.content_type.app_label}.{row.codename}" in names
    )
    user = make_user("operator")
    user.groups.set([group])
    return user


def test_service_when_the_actor_lacks_a_right_of_admins_then_refused(
    alpha: Tenant, make_user: MakeUser
) -> None:
    actor = part_of_an_admin(make_user)
    mapped = [Mapped("bosses", Group.objects.get(name=ADMIN))]

    with pytest.raises(BeyondOwnRightsError):
        save_provider(actor, make(), secret=None, mappings=mapped, default_groups=[])


@pytest.mark.parametrize("who", ["operator", "limited", "part of an admin", "another tenant"])
def test_pages_when_somebody_may_not_configure_then_refused_and_nothing_changed(
    alpha: Tenant,
    make_user: MakeUser,
    make_location: Callable[..., Location],
    client_of: ClientOf,
    who: str,
) -> None:
    row, host = make(), "alpha.localhost"
    if who == "operator":
        user = make_user("operator")
    elif who == "limited":
        user = make_user("admin", locations=[make_location()])
    elif who == "part of an admin":
        user = part_of_an_admin(make_user)
    else:
        host = "beta.localhost"
        enter("beta")
        user = make_user("admin")
    client = client_of(user, host)

    statuses = [
        client.post(f"{LIST}{row.pk}/change/", body()).status_code,
        client.post(f"{LIST}{row.pk}/delete/", {"post": "yes"}).status_code,
        client.post(f"{LIST}{row.pk}/try/").status_code,
    ]
    if who != "another tenant":
        statuses.append(client.post(f"{LIST}add/", body()).status_code)

    assert set(statuses) <= {403, 404}
    enter("alpha")
    assert [one.button_label for one in IdentityProvider.objects.all()] == ["W"]


def test_support_when_in_a_portal_then_it_cannot_configure_who_vouches_for_people(
    alpha: Tenant,
) -> None:
    names = {permission.codename for permission in support_permissions()}

    assert not {name for name in names if "identityprovider" in name or "sessiontimes" in name}


def test_provider_when_deleted_by_an_admin_then_gone_and_in_the_trail(
    admin: User, client_of: ClientOf
) -> None:
    row = make()

    client_of(admin).post(f"{LIST}{row.pk}/delete/", {"post": "yes"})

    enter("alpha")
    assert not IdentityProvider.objects.exists()
    assert Entry.objects.filter(model="accounts.identityprovider", kind="deleted").exists()


@pytest.mark.parametrize(
    "fault, words",
    [
        ("", "The provider answers and describes itself."),
        ("discovery_issuer", "Enter exactly that as the issuer."),
        ("discovery_lacks", "lacks token_endpoint"),
        ("no_keys", "has no key that we can check"),
    ],
)
def test_try_when_asked_then_what_is_wrong_is_said_in_words(
    admin: User, client_of: ClientOf, fault: str, words: str
) -> None:
    with Provider() as oidc:
        oidc.fault = fault
        row = make(issuer=oidc.issuer)
        answer = client_of(admin).post(f"{LIST}{row.pk}/try/")

    assert answer.status_code == 200
    assert words in answer.content.decode()


def test_try_when_the_address_leads_inside_and_that_is_shut_then_not_asked(
    admin: User, client_of: ClientOf, settings: Any
) -> None:
    settings.OUTBOUND_PRIVATE_ADDRESSES = False
    with Provider() as oidc:
        row = make(issuer=oidc.issuer.replace("http://", "https://"))
        answer = client_of(admin).post(f"{LIST}{row.pk}/try/")
        assert not oidc.asked

    assert "inside a private network" in answer.content.decode()


def test_list_when_there_are_many_then_as_many_queries_as_with_one(
    admin: User, client_of: ClientOf, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        make(button_label=f"W{number}", issuer=f"https://{number}.example.com")
    client = client_of(admin)

    with django_assert_max_num_queries(25):
        assert client.get(LIST).status_code == 200
