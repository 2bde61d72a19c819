"""Logging in: alike answers, the lock and its end, sessions of one host, language."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from apps.accounts.models import User
from apps.tenants.models import Tenant
from tests.conftest import PASSWORD

MakeUser = Callable[..., User]
ClientFor = Callable[..., Client]
Enter = Callable[[str], None]

WRONG = "not the password at all"


def try_login(client: Client, email: str, password: str) -> Any:
    return client.post("/login/", {"username": email, "password": password, "next": "/"})


def fail_until_locked(client: Client, email: str) -> None:
    for _attempt in range(settings.AXES_FAILURE_LIMIT):
        try_login(client, email, WRONG)


@pytest.mark.req("ACC-05")
def test_login_when_ten_passwords_were_wrong_then_locked_and_the_right_one_refused(
    alpha: Tenant, make_user: MakeUser, client_for: ClientFor
) -> None:
    user, other = make_user("admin"), make_user("admin")
    client = client_for()

    answers = [try_login(client, user.email, WRONG).status_code for _ in range(10)]

    assert answers == [200] * 9 + [429]
    assert try_login(client, user.email, PASSWORD).status_code == 429
    assert try_login(client_for(), user.email.upper(), PASSWORD).status_code == 429
    assert try_login(client_for(), other.email, PASSWORD).status_code == 302


@pytest.mark.req("ACC-05", "TEN-01")
def test_login_when_locked_in_one_tenant_then_not_in_the_other(
    alpha: Tenant, make_user: MakeUser, client_for: ClientFor, enter: Enter
) -> None:
    make_user("admin", email="same@example.com")
    fail_until_locked(client_for(), "same@example.com")
    enter("beta")
    make_user("admin", email="same@example.com")

    answer = try_login(client_for(host="beta.localhost"), "same@example.com", PASSWORD)

    assert answer.status_code == 302


@pytest.mark.req("ACC-05")
def test_unlock_when_another_admin_does_it_then_the_user_can_log_in(
    alpha: Tenant, make_user: MakeUser, client_for: ClientFor, enter: Enter
) -> None:
    locked, admin = make_user("operator"), make_user("admin")
    fail_until_locked(client_for(), locked.email)
    enter("alpha")
    client = client_for(admin)

    page = client.get(f"/accounts/user/{locked.pk}/change/")
    assert b"Unlock" in page.content
    client.post(f"/accounts/user/{locked.pk}/unlock/")

    assert try_login(client_for(), locked.email, PASSWORD).status_code == 302


@pytest.mark.req("ACC-05")
def test_unlock_when_it_is_the_own_account_then_refused(
    alpha: Tenant, make_user: MakeUser, client_for: ClientFor, enter: Enter
) -> None:
    admin = make_user("admin")
    client = client_for(admin)
    fail_until_locked(client_for(), admin.email)
    enter("alpha")

    assert client.post(f"/accounts/user/{admin.pk}/unlock/").status_code == 403
    assert try_login(client_for(), admin.email, PASSWORD).status_code == 429


@pytest.mark.req("ACC-05")
def test_login_when_the_account_does_not_exist_then_the_same_page_and_lock(
    alpha: Tenant, make_user: MakeUser, client_for: ClientFor
) -> None:
    user = make_user("admin")
    disabled = make_user("admin", is_active=False)

    texts = set()
    for email, password in (
        (user.email, WRONG),
        ("nobody@example.com", WRONG),
        (disabled.email, PASSWORD),
    ):
        page = try_login(client_for(), email, password).content.decode()
        start = page.index('role="alert"')
        texts.add(page[start : page.index("</div>", start)])
    assert len(texts) == 1

    client = client_for()
    fail_until_locked(client, "nobody@example.com")
    assert try_login(client, "nobody@example.com", WRONG).status_code == 429


@pytest.mark.req("TEN-01")
def test_session_when_taken_to_another_tenant_then_nobody(
    alpha: Tenant, make_user: MakeUser, client_for: ClientFor, enter: Enter
) -> None:
    """The same user with the same password hash exists in both: the session hash would fit."""
    ours = make_user("admin", email="same@example.com")
    client = client_for(ours)
    enter("beta")
    theirs = make_user("admin", email="same@example.com")
    User.objects.filter(pk=theirs.pk).update(password=ours.password)

    assert client.get("/", HTTP_HOST="alpha.localhost").status_code == 200
    answer = client.get("/", HTTP_HOST="beta.localhost")

    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/")


@pytest.mark.req("ACC-01")
def test_session_when_the_account_is_disabled_then_it_ends(
    alpha: Tenant, make_user: MakeUser, client_for: ClientFor, enter: Enter
) -> None:
    user = make_user("operator")
    client = client_for(user)
    assert client.get("/").status_code == 200
    enter("alpha")
    User.objects.filter(pk=user.pk).update(is_active=False)

    assert client.get("/").status_code == 302


@pytest.mark.req("TEN-03")
def test_language_when_chosen_then_kept_with_the_account(
    alpha: Tenant, make_user: MakeUser, client_for: ClientFor, enter: Enter
) -> None:
    user = make_user("operator")
    client = client_for(user)

    answer = client.post("/i18n/", {"language": "da", "next": "/accounts/location/"})

    assert answer["Location"] == "/accounts/location/"
    enter("alpha")
    user.refresh_from_db()
    assert user.language == "da"
    page = client.get("/", HTTP_ACCEPT_LANGUAGE="fr")
    assert page.headers["Content-Language"] == "da"
    assert b'<html lang="da"' in page.content


@pytest.mark.req("TEN-03")
@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_login_page_when_the_browser_asks_for_a_language_then_in_it(
    alpha: Tenant, client_for: ClientFor, language: str
) -> None:
    page = client_for().get("/login/", HTTP_ACCEPT_LANGUAGE=language)

    assert f'<html lang="{language}"'.encode() in page.content


@pytest.mark.req("TEN-03")
def test_language_when_the_way_back_leads_elsewhere_then_to_the_first_page(
    alpha: Tenant, client_for: ClientFor
) -> None:
    answer = client_for().post("/i18n/", {"language": "de", "next": "https://evil.example/"})

    assert answer["Location"] == "/"


@pytest.mark.req("TEN-01")
@pytest.mark.parametrize("host", ["unknown.localhost", "volt.example", "alpha.localhost.evil"])
def test_host_when_unknown_then_404_in_nobodys_brand(alpha: Tenant, host: str) -> None:
    answer = Client(HTTP_HOST=host).get("/login/")

    assert answer.status_code == 404
    assert b"Alpha" not in answer.content
    assert b"There is no portal at the address" in answer.content


@pytest.mark.req("TEN-01")
def test_host_when_the_tenant_is_suspended_then_404(alpha: Tenant, client_for: ClientFor) -> None:
    Tenant.objects.filter(pk=alpha.pk).update(is_suspended=True)

    assert client_for().get("/login/").status_code == 404


@pytest.mark.req("TEN-01")
def test_page_when_nothing_is_there_then_404_in_the_brand(
    alpha: Tenant, make_user: MakeUser, client_for: ClientFor
) -> None:
    answer = client_for(make_user("admin")).get("/accounts/location/999999/change/")

    assert answer.status_code == 404
    assert b"Alpha" in answer.content
    assert connection.schema_name == "alpha"


@pytest.mark.req("TEN-01")
def test_fragment_when_the_session_has_ended_then_the_whole_page_loads_again(
    alpha: Tenant, client_for: ClientFor
) -> None:
    answer = client_for().get("/accounts/location/", HTTP_HX_REQUEST="true", follow=True)

    assert answer.status_code == 204
    assert answer.headers["HX-Trigger"] == "session-over"


@pytest.mark.req("TEN-01")
def test_headers_when_a_page_is_sent_then_strict(alpha: Tenant, client_for: ClientFor) -> None:
    answer = client_for().get("/login/")

    policy = answer.headers["Content-Security-Policy"]
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "alpha" not in answer.cookies[settings.CSRF_COOKIE_NAME]["domain"]
