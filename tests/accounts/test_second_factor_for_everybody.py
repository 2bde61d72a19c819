"""The rule that everybody needs a second factor, and resetting the factors of others."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.backends.base import SessionBase
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.domain.sessions import SignInWay
from apps.accounts.models import User
from apps.accounts.second_step import needs_second_factor
from apps.accounts.services.factors import LastFactorError, add_app, new_secret, remove_app
from apps.accounts.services.platform import NotOnlyAdminError, reset_factors_of_only_admin
from apps.audit.domain.kinds import Kind
from apps.audit.models import Entry
from apps.core.origin import FACTOR_KEY, SUPPORT_KEY
from apps.portal.live import locations_of_session
from apps.tenants.models import Tenant
from tests.accounts.test_own_security import SECURITY, set_up_app
from tests.conftest import PASSWORD
from tests.factories.factors import code_now, give_app

pytestmark = pytest.mark.req("ACC-08")

MakeUser = Callable[..., User]
ClientOf = Callable[..., Client]
Mails = Callable[..., list[Any]]
RULE = "/second-factor/"


def enter(short_name: str = "alpha") -> None:
    connection.set_tenant(Tenant.objects.get(schema_name=short_name))


def require_it() -> None:
    Tenant.objects.filter(schema_name="alpha").update(requires_second_factor=True)
    enter()


@pytest.fixture
def admin(alpha: Tenant, make_user: MakeUser) -> User:
    return make_user("admin")


def test_rule_when_an_admin_sets_it_then_kept_and_in_the_trail(
    admin: User, client_of: ClientOf
) -> None:
    client = client_of(admin)
    assert b"1 of 1 active users has no second factor" in client.get(RULE).content

    assert client.post(RULE, {"is_required": "on"}).status_code == 302
    enter()

    assert Tenant.objects.get(schema_name="alpha").requires_second_factor
    entry = Entry.objects.get(kind=Kind.CHANGED, model="tenants.tenant")
    assert entry.changes == {"requires_second_factor": [False, True]}
    assert entry.actor_id == admin.pk
    assert not Tenant.objects.get(schema_name="beta").requires_second_factor


@pytest.mark.parametrize("role, is_limited", [("operator", False), ("admin", True)])
def test_rule_when_the_person_manages_no_people_then_refused(
    alpha: Tenant, make_user: MakeUser, client_of: ClientOf, role: str, is_limited: bool
) -> None:
    client = client_of(make_user(role, locations=[] if is_limited else None))

    assert client.get(RULE).status_code == 403
    assert client.post(RULE, {"is_required": "on"}).status_code == 403
    enter()
    assert not Tenant.objects.get(schema_name="alpha").requires_second_factor


def test_rule_when_somebody_has_no_factor_then_nothing_opens_but_setting_one_up(
    admin: User, client_of: ClientOf
) -> None:
    require_it()
    client = client_of()
    client.post("/login/", {"username": admin.email, "password": PASSWORD})
    enter()

    for path in ("/", "/accounts/user/", "/password_change/", "/search/?s=x", RULE, "/branding/"):
        answer = client.get(path)
        assert (answer.status_code, answer["Location"]) == (302, SECURITY), path
        assert client.post(path).status_code == 302, path
    fragment = client.get("/accounts/user/", HTTP_HX_REQUEST="true")
    assert (fragment.status_code, fragment["HX-Redirect"]) == (204, SECURITY)
    assert b"Everybody here needs a second factor" in client.get(SECURITY).content
    enter()
    key, tenant = str(client.session.session_key), Tenant.objects.get(schema_name="alpha")
    assert locations_of_session(key, tenant) is None

    set_up_app(client)

    assert client.get("/accounts/user/").status_code == 200
    enter()
    assert locations_of_session(str(client.session.session_key), tenant) == []


def test_rule_when_the_session_is_older_then_held_back_until_the_factor_is_shown(
    admin: User, client_of: ClientOf
) -> None:
    secret = give_app(admin)
    client = client_of(admin)
    assert client.get("/").status_code == 200
    require_it()

    for path in ("/", SECURITY, f"{SECURITY}app/"):
        assert client.get(path)["Location"].startswith("/account/confirm/"), path
    client.post("/account/confirm/", {"code": code_now(secret)})

    assert client.get("/").status_code == 200


def test_rule_when_the_tenant_has_none_then_pages_cost_no_query_more(
    admin: User, client_of: ClientOf, django_assert_num_queries: Any
) -> None:
    client = client_of(admin)
    client.get(SECURITY)
    enter()
    request = SimpleNamespace(tenant=connection.tenant, session=client.session, user=admin)
    from apps.accounts.middleware import SecondFactorMiddleware

    middleware = SecondFactorMiddleware(lambda _request: None)  # type: ignore[arg-type,return-value]
    with django_assert_num_queries(0):
        assert middleware.process_view(request, None, (), {}) is None  # type: ignore[arg-type]


def test_rule_when_there_is_one_then_the_last_factor_stays(admin: User) -> None:
    give_app(admin)
    require_it()

    with pytest.raises(LastFactorError):
        remove_app(admin)
    assert Authenticator.objects.filter(user=admin).count() == 2


@pytest.mark.parametrize("is_required", [False, True])
def test_needs_when_by_single_sign_on_then_only_where_everybody_does(
    admin: User, is_required: bool
) -> None:
    give_app(admin)
    if is_required:
        require_it()

    assert needs_second_factor(admin, SessionBase())
    sso = needs_second_factor(admin, SessionBase(), way=SignInWay.SINGLE_SIGN_ON)
    assert sso is is_required


def test_needs_when_shown_already_or_in_support_then_no(admin: User) -> None:
    give_app(admin)
    require_it()
    shown, support = SessionBase(), SessionBase()
    shown[FACTOR_KEY] = "totp"
    support[SUPPORT_KEY] = "root@platform.example"

    assert not needs_second_factor(admin, shown)
    assert not needs_second_factor(admin, support)


def test_reset_when_another_admin_does_it_then_gone_told_and_in_the_trail(
    admin: User, make_user: MakeUser, client_of: ClientOf, mails: Mails
) -> None:
    user = make_user("operator")
    give_app(user)
    client = client_of(admin)
    page = client.get(f"/accounts/user/{user.pk}/change/").content.decode()
    assert "Authenticator app, 10 recovery codes left" in page
    assert "Reset second factor" in page

    answer = client.post(f"/accounts/user/{user.pk}/reset-second-factor/")

    assert answer.status_code == 302
    enter()
    assert not Authenticator.objects.exists()
    entry = Entry.objects.get(kind=Kind.SECOND_FACTOR, details__done="reset")
    assert (entry.actor_id, entry.object_id) == (admin.pk, str(user.pk))
    assert mails()[-1].subject == "Your second factor was reset"
    assert (
        "Reset second factor"
        not in client.get(f"/accounts/user/{user.pk}/change/").content.decode()
    )


def test_reset_when_the_person_may_not_then_refused(
    admin: User, make_user: MakeUser, client_of: ClientOf, make_location: Any
) -> None:
    user = make_user("operator")
    for owner in (user, admin):
        give_app(owner)
    for actor, target, status in (
        (make_user("operator"), user, 403),
        (admin, admin, 403),
        (make_user("admin", locations=[make_location()]), user, 403),
    ):
        client = client_of(actor)
        assert client.post(f"/accounts/user/{target.pk}/reset-second-factor/").status_code == status
        enter()
    client = client_of(admin)
    assert client.get(f"/accounts/user/{user.pk}/reset-second-factor/").status_code == 405
    enter("beta")
    stranger = client_of(make_user("admin"), "beta.localhost")
    assert stranger.post(f"/accounts/user/{user.pk}/reset-second-factor/").status_code in {403, 404}
    enter()
    assert Authenticator.objects.filter(type="totp").count() == 2


def test_list_when_users_have_factors_then_shown_and_filtered(
    admin: User, make_user: MakeUser, client_of: ClientOf
) -> None:
    user = make_user("operator")
    give_app(user)
    client = client_of(admin)

    assert "Authenticator app" in client.get("/accounts/user/").content.decode()
    with_one = client.get("/accounts/user/?second_factor=yes").content.decode()
    without = client.get("/accounts/user/?second_factor=no").content.decode()

    assert user.email in with_one
    assert admin.email not in with_one.split('id="changelist-form"')[1]
    assert admin.email in without.split('id="changelist-form"')[1]
    assert user.email not in without


def test_list_when_there_are_more_users_then_no_more_queries(
    admin: User, make_user: MakeUser, client_of: ClientOf
) -> None:
    """Queries of the list alone: a session also writes down that it lives, once a minute."""
    client = client_of(admin)
    counts = []
    for _round in range(2):
        for _user in range(4):
            give_app(make_user("operator"))
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/accounts/user/").status_code == 200
        statements = [query["sql"] for query in queries.captured_queries]
        counts.append(sum("mfa_authenticator" in sql for sql in statements))
        enter()

    assert counts == [1, 1]


def test_console_when_it_is_the_tenants_only_admin_then_resets(
    admin: User, make_user: MakeUser
) -> None:
    give_app(admin)

    reset_factors_of_only_admin(admin.pk)

    assert not Authenticator.objects.exists()
    give_app(admin)
    make_user("admin")
    with pytest.raises(NotOnlyAdminError):
        reset_factors_of_only_admin(admin.pk)
    assert Authenticator.objects.exists()


@pytest.fixture
def operator(db: None) -> User:
    """An operator of the platform, in the public schema, with an authenticator app."""
    connection.set_schema_to_public()
    user = User.objects.create_superuser("root@platform.example", PASSWORD)
    add_app(user, secret := new_secret(), code_now(secret), now=timezone.now())
    user.secret = secret
    return user


def test_console_when_an_operator_has_a_factor_then_asked_for(
    operator: Any, client_of: ClientOf
) -> None:
    client = client_of(host="localhost")
    answer = client.post("/login/", {"username": operator.email, "password": PASSWORD})
    assert answer["Location"] == "/login/second-step/"

    client.post("/login/second-step/", {"code": code_now(operator.secret, later=1)})

    assert client.get("/tenants/tenant/").status_code == 200
    assert b"Authenticator app" in client.get(SECURITY).content
    assert b"Authenticator app" in client.get("/accounts/user/").content


def test_console_when_the_setting_requires_it_then_nothing_opens_without(
    operator: Any, client_of: ClientOf, settings: Any
) -> None:
    settings.CONSOLE_REQUIRES_SECOND_FACTOR = True
    other = User.objects.create_superuser("new@platform.example", PASSWORD)
    client = client_of(other, "localhost")

    assert client.get("/tenants/tenant/")["Location"] == SECURITY


def test_console_when_an_operator_resets_another_then_gone(
    operator: Any, client_of: ClientOf
) -> None:
    other = User.objects.create_superuser("other@platform.example", PASSWORD)
    client = client_of(other, "localhost")

    assert client.post(f"/accounts/user/{other.pk}/reset-second-factor/").status_code == 403
    assert client.post(f"/accounts/user/{operator.pk}/reset-second-factor/").status_code == 302
    connection.set_schema_to_public()
    assert not Authenticator.objects.exists()


def test_console_when_a_tenants_only_admin_lost_the_factor_then_reset_on_the_page_of_people(
    admin: User, client_of: ClientOf
) -> None:
    give_app(admin)
    tenant = Tenant.objects.get(schema_name="alpha")
    connection.set_schema_to_public()
    root = User.objects.create_superuser("root@platform.example", PASSWORD)
    client = client_of(root, "localhost")
    assert b"Reset second factor" in client.get(f"/tenants/tenant/{tenant.pk}/people/").content

    answer = client.post(f"/tenants/tenant/{tenant.pk}/people/factors/", {"user": admin.pk})

    assert answer.status_code == 302
    enter()
    assert not Authenticator.objects.exists()
    assert Entry.objects.get(details__done="reset").actor_name == root.email


def test_command_when_somebody_lost_the_factor_then_the_password_is_enough(admin: User) -> None:
    give_app(admin)

    call_command("reset_second_factor", admin.email.upper(), tenant="alpha")

    enter()
    assert not Authenticator.objects.exists()
    assert Entry.objects.get(details__done="reset").way == "command_line"
    with pytest.raises(CommandError, match=r"nobody with the e-mail"):
        call_command("reset_second_factor", admin.email)
