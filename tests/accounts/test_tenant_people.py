"""What only the platform operator does with a tenant's people (TEN-05d, TEN-05e)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from apps.accounts.models import User
from apps.accounts.selectors import is_locked
from apps.audit.models import Entry
from apps.tenants.models import Tenant
from tests.conftest import PASSWORD

MakeUser = Callable[..., User]
ClientOf = Callable[..., Client]


@pytest.fixture
def console(alpha: Tenant, client_of: ClientOf) -> Client:
    connection.set_schema_to_public()
    operator = User.objects.create_superuser("root@example.com", PASSWORD)
    client = client_of(operator, "localhost")
    connection.set_tenant(alpha)
    return client


def lock(client: Client, user: User) -> None:
    for _attempt in range(settings.AXES_FAILURE_LIMIT):
        client.post("/login/", {"username": user.email, "password": "not this", "next": "/"})
    connection.set_tenant(Tenant.objects.get(schema_name="alpha"))


def log_in(client: Client, email: str) -> int:
    body = {"username": email, "password": PASSWORD, "next": "/"}
    return int(client.post("/login/", body).status_code)


def people(alpha: Tenant, path: str = "") -> str:
    return f"/tenants/tenant/{alpha.pk}/people/{path}"


@pytest.mark.req("TEN-05d")
def test_unlock_when_it_is_the_only_admin_then_the_operator_does_it(
    alpha: Tenant, console: Client, make_user: MakeUser, client_of: ClientOf
) -> None:
    admin = make_user("admin")
    make_user("operator")
    lock(client_of(), admin)
    page = console.get(people(alpha))
    assert b"Unlock" in page.content

    console.post(people(alpha, "unlock/"), {"user": admin.pk})

    assert log_in(client_of(), admin.email) == 302
    connection.set_schema_to_public()
    told = Entry.objects.get(kind="unlocked")
    assert told.part_of == f"tenants.tenant:{alpha.pk}", "in the tenant's history on the console"
    assert told.object_name == str(admin)


@pytest.mark.req("TEN-05d")
@pytest.mark.parametrize("role", ["admin", "operator"])
def test_unlock_when_an_admin_could_do_it_then_left_to_the_tenant(
    alpha: Tenant, console: Client, make_user: MakeUser, client_of: ClientOf, role: str
) -> None:
    make_user("admin")
    user = make_user(role)
    lock(client_of(), user)
    assert b"Unlock" not in console.get(people(alpha)).content

    answer = console.post(people(alpha, "unlock/"), {"user": user.pk}, follow=True)

    assert b"Another admin" in answer.content
    connection.set_tenant(alpha)
    assert is_locked(user)


@pytest.mark.req("TEN-05e")
def test_email_when_the_operator_changes_it_then_the_new_one_logs_in_and_both_are_told(
    alpha: Tenant, console: Client, make_user: MakeUser, client_of: ClientOf, mails: Any
) -> None:
    user = make_user("operator", email="old@example.com")
    body = {"user": user.pk, "email": " New@Example.com"}

    answer = console.post(people(alpha, "email/"), body)

    assert answer.status_code == 302
    assert log_in(client_of(), "old@example.com") == 200
    assert log_in(client_of(), "new@example.com") == 302
    assert sorted(message.to[0] for message in mails()) == ["new@example.com", "old@example.com"]


@pytest.mark.req("TEN-05e")
def test_email_when_the_account_is_locked_then_the_lock_moves_along(
    alpha: Tenant, console: Client, make_user: MakeUser, client_of: ClientOf
) -> None:
    make_user("admin")
    user = make_user("operator", email="old@example.com")
    lock(client_of(), user)

    console.post(people(alpha, "email/"), {"user": user.pk, "email": "new@example.com"})

    assert log_in(client_of(), "new@example.com") == 429


@pytest.mark.req("TEN-05e")
@pytest.mark.parametrize("email", ["taken@example.com", "TAKEN@example.com", "nonsense", ""])
def test_email_when_it_cannot_be_then_refused_with_the_reason(
    alpha: Tenant, console: Client, make_user: MakeUser, email: str
) -> None:
    make_user("operator", email="taken@example.com")
    user = make_user("operator")

    answer = console.post(people(alpha, "email/"), {"user": user.pk, "email": email})

    assert answer.status_code == 200
    assert b'role="alert"' in answer.content
    connection.set_tenant(alpha)
    assert User.objects.get(pk=user.pk).email == user.email


@pytest.mark.req("TEN-05d", "TEN-05e")
def test_people_when_a_tenants_admin_knocks_then_no_such_page(
    alpha: Tenant, make_user: MakeUser, client_of: ClientOf
) -> None:
    admin = make_user("admin")
    client, elsewhere = client_of(admin), client_of(admin)

    for path in ("", "email/", "unlock/"):
        assert client.get(people(alpha, path)).status_code == 404
        console = elsewhere.get(people(alpha, path), HTTP_HOST="localhost")
        assert console.status_code == 302
        assert console["Location"].startswith("/login/")


@pytest.mark.req("TEN-05e")
@pytest.mark.parametrize("number", ["", "0", "999999", "x", "9" * 30])
def test_people_when_no_such_user_then_404(alpha: Tenant, console: Client, number: str) -> None:
    assert console.get(people(alpha, f"email/?user={number}")).status_code == 404
    assert console.post(people(alpha, "unlock/"), {"user": number}).status_code == 404
