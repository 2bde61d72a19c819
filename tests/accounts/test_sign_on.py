"""Single sign-on against a real small OpenID provider, and attacks on it (ACC-08)."""

import http.client
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.accounts.domain.roles import ADMIN, OPERATOR
from apps.accounts.models import (
    ExternalIdentity,
    GroupMapping,
    IdentityProvider,
    SignedInPlace,
    User,
)
from apps.accounts.services.oidc import PURPOSE
from apps.accounts.services.support import SUPPORT_EMAIL, support_user
from apps.audit.models import Entry
from apps.core.sealing import seal
from apps.tenants.models import Tenant
from tests.accounts.oidc_provider import CLIENT_ID, SECRET, Provider
from tests.conftest import PASSWORD
from tests.factories.factors import code_now, give_app

pytestmark = pytest.mark.req("ACC-08")

MakeUser = Callable[..., User]
HOST = "alpha.localhost"
EMAIL = "ada@example.com"


@pytest.fixture(autouse=True)
def clean_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def oidc() -> Iterator[Provider]:
    with Provider() as provider:
        provider.person = {"sub": "subject-1", "email": EMAIL, "email_verified": True}
        yield provider


def enter(short_name: str) -> None:
    connection.set_tenant(Tenant.objects.get(schema_name=short_name))


def register(oidc: Provider, **fields: Any) -> IdentityProvider:
    values: dict[str, Any] = {
        "button_label": "Works account",
        "issuer": oidc.issuer,
        "client_id": CLIENT_ID,
        "client_secret_sealed": seal(SECRET, PURPOSE),
    }
    return IdentityProvider.objects.create(**{**values, **fields})


@pytest.fixture
def row(alpha: Tenant, oidc: Provider) -> IdentityProvider:
    return register(oidc)


@pytest.fixture
def user(alpha: Tenant, make_user: MakeUser) -> User:
    return make_user("operator", email=EMAIL)


def ask_provider(address: str) -> str:
    """Follow the way to the provider as a browser does; return where it sends the browser."""
    parts = urlsplit(address)
    line = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=5)
    line.request("GET", f"{parts.path}?{parts.query}")
    answer = line.getresponse()
    line.close()
    return str(answer.headers["Location"])


def begin(client: Client, row: IdentityProvider, to: str = "") -> str:
    """Click the button; return where the provider sends the browser: path and query."""
    answer = client.get(f"/sso/{row.pk}/", {"next": to} if to else {})
    assert answer.status_code == 302, answer.content
    parts = urlsplit(ask_provider(answer["Location"]))
    return f"{parts.path}?{parts.query}"


def sign_on(row: IdentityProvider, *, host: str = HOST, to: str = "") -> tuple[Client, Any]:
    client = Client(HTTP_HOST=host)
    return client, client.get(begin(client, row, to))


def who(client: Client) -> int | None:
    """Return the id of whoever is signed in."""
    answer = client.get("/account/session/")
    return answer.json()["user"] if answer.status_code == 200 else None


def reasons(schema: str = "alpha") -> list[str]:
    enter(schema)
    rows = Entry.objects.filter(kind="login_failed").order_by("pk")
    return [entry.details["reason"] for entry in rows]


def test_sign_on_when_the_email_is_known_then_linked_and_let_in(
    row: IdentityProvider, user: User
) -> None:
    client, answer = sign_on(row, to="/account/places/")

    assert (answer.status_code, answer["Location"]) == (302, "/account/places/")
    assert who(client) == user.pk
    enter("alpha")
    identity = ExternalIdentity.objects.get()
    assert (identity.user, identity.issuer, identity.subject) == (user, row.issuer, "subject-1")
    assert SignedInPlace.objects.get().way == "single_sign_on"
    assert Entry.objects.filter(kind="logged_in", object_id=str(user.pk)).exists()


def test_sign_on_when_an_account_is_linked_then_its_owner_is_told_once(
    row: IdentityProvider, user: User, mails: Callable[..., list[Any]]
) -> None:
    sign_on(row)
    sign_on(row)

    told = [mail for mail in mails() if mail.subject == "You can log in with Works account now"]
    assert [mail.to for mail in told] == [[EMAIL]]


def test_sign_on_when_the_account_is_made_by_it_then_no_mail_tells_of_a_link(
    oidc: Provider, alpha: Tenant, mails: Callable[..., list[Any]]
) -> None:
    client, _answer = sign_on(register(oidc, creates_users=True))

    assert who(client) is not None
    assert mails() == []


def test_sign_on_when_linked_then_the_subject_counts_whatever_the_email(
    row: IdentityProvider, user: User, oidc: Provider, make_user: MakeUser
) -> None:
    sign_on(row)
    enter("alpha")
    other = make_user("admin", email="boss@example.com")
    oidc.person = {"sub": "subject-1", "email": other.email, "email_verified": True}

    client, _answer = sign_on(row)

    assert who(client) == user.pk


def test_sign_on_when_another_subject_brings_a_linked_email_then_refused(
    row: IdentityProvider, user: User, oidc: Provider
) -> None:
    sign_on(row)
    oidc.person["sub"] = "subject-2"

    client, answer = sign_on(row)

    assert (answer.status_code, who(client)) == (403, None)
    assert reasons() == ["linked_to_another"]


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "PS384"])
def test_sign_on_when_the_provider_signs_so_then_let_in(
    alpha: Tenant, user: User, algorithm: str
) -> None:
    with Provider(algorithm) as oidc:
        oidc.person = {"sub": "s", "email": EMAIL, "email_verified": True}
        enter("alpha")
        client, _answer = sign_on(register(oidc))

    assert who(client) == user.pk


@pytest.mark.parametrize(
    "fault, reason",
    [
        ("nonce", "nonce"),
        ("no_nonce", "nonce"),
        ("aud", "token"),
        ("several_aud", "token"),
        ("azp", "token"),
        ("expired", "token"),
        ("future", "token"),
        ("issuer", "token"),
        ("no_exp", "token"),
        ("no_sub", "token"),
        ("long_sub", "subject"),
        ("alg_none", "algorithm"),
        ("hs256", "algorithm"),
        ("hs256_secret", "algorithm"),
        ("forged", "token"),
        ("unknown_key", "key"),
        ("no_keys", "key"),
        ("error", "provider_error"),
        ("mix_up", "other_issuer"),
        ("discovery_lacks", None),
        ("discovery_issuer", None),
    ],
)
def test_sign_on_when_the_provider_misbehaves_then_nobody_is_let_in(
    row: IdentityProvider, user: User, oidc: Provider, fault: str, reason: str | None
) -> None:
    oidc.fault = fault
    client = Client(HTTP_HOST=HOST)
    if reason is None:
        answer = client.get(f"/sso/{row.pk}/")
        reason = "unreachable"
    else:
        answer = client.get(begin(client, row))

    assert answer.status_code == 403
    assert EMAIL not in answer.content.decode()
    assert who(client) is None
    assert reasons() == [reason]
    assert not ExternalIdentity.objects.exists()


def test_sign_on_when_the_provider_rotated_its_key_then_the_new_one_is_asked_for(
    row: IdentityProvider, user: User, oidc: Provider
) -> None:
    sign_on(row)
    oidc.rotate()

    client, _answer = sign_on(row)

    assert who(client) == user.pk
    assert oidc.asked.count("/keys") == 2


def test_sign_on_when_the_provider_is_away_then_words_and_no_failure(
    alpha: Tenant, user: User
) -> None:
    with Provider() as gone:
        pass
    enter("alpha")
    row = register(gone)

    answer = Client(HTTP_HOST=HOST).get(f"/sso/{row.pk}/")

    assert answer.status_code == 403
    assert reasons() == ["unreachable"]


def test_sign_on_when_the_secret_is_wrong_then_refused(
    alpha: Tenant, user: User, oidc: Provider
) -> None:
    row = register(oidc, client_secret_sealed=seal("another", PURPOSE))

    _client, answer = sign_on(row)

    assert answer.status_code == 403
    assert reasons() == ["code"]


def test_sign_on_when_the_client_is_public_then_pkce_alone_proves_it(
    alpha: Tenant, user: User, oidc: Provider
) -> None:
    oidc.secret = ""

    client, _answer = sign_on(register(oidc, client_secret_sealed=""))

    assert who(client) == user.pk


def test_sign_on_when_the_email_is_in_userinfo_only_then_asked_there(
    row: IdentityProvider, user: User, oidc: Provider
) -> None:
    oidc.email_only_in_userinfo = True

    client, _answer = sign_on(row)

    assert who(client) == user.pk


def test_sign_on_when_userinfo_is_about_somebody_else_then_refused(
    row: IdentityProvider, user: User, oidc: Provider
) -> None:
    oidc.email_only_in_userinfo, oidc.fault = True, "userinfo_sub"

    client, _answer = sign_on(row)

    assert who(client) is None
    assert reasons() == ["subject"]


# --- state, code, session, next


@pytest.mark.parametrize("change", ["missing", "foreign", "used", "old"])
def test_callback_when_the_state_is_not_of_this_browser_then_refused(
    row: IdentityProvider, user: User, change: str
) -> None:
    client = Client(HTTP_HOST=HOST)
    way = begin(client, row)
    if change == "missing":
        way = way.replace("state=", "stat=")
    elif change == "foreign":
        client = Client(HTTP_HOST=HOST)
        begin(client, row)
    elif change == "used":
        client.get(way)
        client.post("/logout/")
    elif change == "old":
        enter("alpha")
        session = client.session
        kept = session["sign_on"]
        kept[0]["at"] -= timedelta(minutes=11).total_seconds()
        session["sign_on"] = kept
        session.save()

    answer = client.get(way)

    assert answer.status_code == 403
    assert who(client) is None
    assert reasons() == ["state"]


def test_callback_when_an_attacker_gives_own_code_to_a_victim_then_no_login_csrf(
    row: IdentityProvider, user: User
) -> None:
    """The victim would work in the attacker's account without noticing."""
    way = begin(Client(HTTP_HOST=HOST), row)
    victim = Client(HTTP_HOST=HOST)

    assert victim.get(way).status_code == 403
    assert who(victim) is None


def test_callback_when_a_stolen_code_is_put_into_an_own_log_in_then_refused(
    row: IdentityProvider, user: User
) -> None:
    """PKCE and nonce bind the code to the browser that began (code injection)."""
    stolen = parse_qs(urlsplit(begin(Client(HTTP_HOST=HOST), row)).query)["code"][0]
    attacker = Client(HTTP_HOST=HOST)
    own = urlsplit(begin(attacker, row))
    state = parse_qs(own.query)["state"][0]

    answer = attacker.get(own.path, {"code": stolen, "state": state, "iss": row.issuer})

    assert answer.status_code == 403
    assert who(attacker) is None
    assert reasons() == ["code"]


@pytest.mark.req("TEN-01")
def test_callback_when_the_code_comes_from_another_tenant_then_refused(
    row: IdentityProvider, user: User, oidc: Provider, make_user: MakeUser
) -> None:
    way = begin(Client(HTTP_HOST=HOST), row)
    enter("beta")
    make_user("admin", email=EMAIL)
    twin = register(oidc)
    attacker = Client(HTTP_HOST="beta.localhost")
    state = parse_qs(urlsplit(begin(attacker, twin)).query)["state"][0]
    code = parse_qs(urlsplit(way).query)["code"][0]

    answer = attacker.get(
        f"/sso/{twin.pk}/callback/", {"code": code, "state": state, "iss": row.issuer}
    )

    assert answer.status_code == 403
    assert who(attacker) is None


def test_callback_when_the_state_was_for_another_provider_then_refused(
    row: IdentityProvider, user: User
) -> None:
    with Provider() as second:
        enter("alpha")
        other = register(second, button_label="Other")
        client = Client(HTTP_HOST=HOST)
        way = begin(client, row).replace(f"/sso/{row.pk}/", f"/sso/{other.pk}/")

        assert client.get(way).status_code == 403

    assert reasons() == ["other_issuer"]


@pytest.mark.parametrize(
    "to", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_sign_on_when_next_leads_elsewhere_then_to_the_first_page(
    row: IdentityProvider, user: User, to: str
) -> None:
    _client, answer = sign_on(row, to=to)

    assert answer["Location"] == "/"


def test_sign_on_when_done_then_the_session_has_a_new_key(
    row: IdentityProvider, user: User
) -> None:
    client = Client(HTTP_HOST=HOST)
    way = begin(client, row)
    before = client.cookies[settings.SESSION_COOKIE_NAME].value

    client.get(way)

    assert client.cookies[settings.SESSION_COOKIE_NAME].value != before


# --- tenants


@pytest.mark.req("TEN-01")
def test_sign_on_when_two_tenants_know_the_subject_then_each_lets_in_its_own_user(
    row: IdentityProvider, user: User, oidc: Provider, make_user: MakeUser
) -> None:
    sign_on(row)
    enter("beta")
    make_user("operator")
    twin = make_user("admin", email="other@example.com")
    there = register(oidc)
    ExternalIdentity.objects.create(
        user=twin, issuer=oidc.issuer, subject="subject-1", linked_at=timezone.now()
    )

    here, _answer = sign_on(row)
    client, _answer = sign_on(there, host="beta.localhost")

    assert who(here) == user.pk
    assert who(client) == twin.pk
    here.defaults["HTTP_HOST"] = "beta.localhost"
    assert who(here) is None


@pytest.mark.req("TEN-01")
def test_sign_on_when_the_user_is_of_another_tenant_only_then_refused(
    alpha: Tenant, oidc: Provider, user: User
) -> None:
    enter("beta")
    there = register(oidc)

    client, answer = sign_on(there, host="beta.localhost")

    assert (answer.status_code, who(client)) == (403, None)
    assert reasons("beta") == ["unknown_user"]


@pytest.mark.parametrize("host", ["beta.localhost", "localhost"])
def test_button_when_the_provider_is_another_tenants_or_it_is_the_console_then_not_found(
    row: IdentityProvider, host: str
) -> None:
    assert Client(HTTP_HOST=host).get(f"/sso/{row.pk}/").status_code == 404
    assert Client(HTTP_HOST=host).get(f"/sso/{row.pk}/callback/").status_code == 404
    assert "Works account" not in Client(HTTP_HOST=host).get("/login/").content.decode()


# --- who is let in


@pytest.mark.parametrize("kind", ["unknown", "disabled", "locked", "unverified", "domain"])
def test_sign_on_when_somebody_may_not_enter_then_all_are_answered_alike(
    row: IdentityProvider, user: User, oidc: Provider, kind: str
) -> None:
    enter("alpha")
    if kind == "unknown":
        oidc.person["email"] = "nobody@example.com"
    elif kind == "disabled":
        User.objects.filter(pk=user.pk).update(is_active=False)
    elif kind == "locked":
        AccessAttempt.objects.create(
            username=user.email, failures_since_start=10, ip_address="203.0.113.5"
        )
    elif kind == "unverified":
        oidc.person["email_verified"] = False
    else:
        IdentityProvider.objects.update(email_domains=["example.org"])

    client, answer = sign_on(row)
    enter("alpha")
    _reference, other = sign_on(row)

    assert answer.status_code == other.status_code == 403
    text = answer.content.decode()
    assert user.email not in text
    assert "The log-in did not work" in text
    assert who(client) is None
    enter("alpha")
    assert not ExternalIdentity.objects.exists()


@pytest.mark.parametrize("kind", ["disabled", "locked"])
def test_sign_on_when_linked_and_then_shut_out_then_refused(
    row: IdentityProvider, user: User, kind: str
) -> None:
    sign_on(row)
    enter("alpha")
    if kind == "disabled":
        User.objects.filter(pk=user.pk).update(is_active=False)
    else:
        AccessAttempt.objects.create(
            username=user.email, failures_since_start=10, ip_address="203.0.113.5"
        )

    client, answer = sign_on(row)

    assert (answer.status_code, who(client)) == (403, None)
    assert reasons() == [kind]


def test_sign_on_when_the_provider_claims_to_be_support_then_refused(
    row: IdentityProvider, oidc: Provider
) -> None:
    support_user()
    oidc.person["email"] = SUPPORT_EMAIL

    client, answer = sign_on(row)

    assert (answer.status_code, who(client)) == (403, None)


@pytest.mark.parametrize("verified", [False, None, "false", 1.5, "yes"])
def test_sign_on_when_the_email_is_not_verified_then_only_a_trusted_provider_lets_in(
    row: IdentityProvider, user: User, oidc: Provider, verified: Any
) -> None:
    oidc.person["email_verified"] = verified
    refused, _answer = sign_on(row)
    enter("alpha")
    IdentityProvider.objects.update(trusts_emails=True)

    client, _answer = sign_on(row)

    assert who(refused) is None
    assert who(client) == user.pk


def test_sign_on_when_new_users_are_created_then_with_the_groups_of_new_ones(
    alpha: Tenant, oidc: Provider
) -> None:
    row = register(oidc, creates_users=True)
    row.default_groups.set(Group.objects.filter(name=OPERATOR))
    oidc.person |= {"given_name": "Ada", "family_name": "L" * 200}

    client, _answer = sign_on(row)

    enter("alpha")
    made = User.objects.get(email=EMAIL)
    assert who(client) == made.pk
    enter("alpha")
    assert (made.first_name, len(made.last_name)) == ("Ada", 100)
    assert not made.has_usable_password()
    assert [group.name for group in made.groups.all()] == [OPERATOR]


def test_sign_on_when_somebody_was_invited_then_joined_and_the_link_is_dead(
    row: IdentityProvider, user: User
) -> None:
    User.objects.filter(pk=user.pk).update(invited_at=timezone.now(), joined_at=None)

    sign_on(row)

    enter("alpha")
    assert User.objects.get(pk=user.pk).joined_at is not None


# --- groups


def map_groups(row: IdentityProvider, **values: str) -> None:
    for value, name in values.items():
        GroupMapping.objects.create(
            provider=row, claim_value=value, group=Group.objects.get(name=name)
        )


def groups_of(user: User) -> list[str]:
    enter("alpha")
    return sorted(group.name for group in User.objects.get(pk=user.pk).groups.all())


@pytest.mark.parametrize(
    "claim, names",
    [
        (["bosses"], [ADMIN, "Own"]),
        (["staff", "else"], [OPERATOR, "Own"]),
        ("staff", [OPERATOR, "Own"]),
        ([], ["Own"]),
        (None, ["Own"]),
        ({"x": 1}, ["Own"]),
    ],
)
def test_groups_when_the_claim_says_so_then_mapped_ones_follow_and_others_stay(
    row: IdentityProvider,
    user: User,
    oidc: Provider,
    make_user: MakeUser,
    claim: Any,
    names: list[str],
) -> None:
    make_user("admin")
    map_groups(row, bosses=ADMIN, staff=OPERATOR)
    user.groups.add(Group.objects.create(name="Own"))
    if claim is not None:
        oidc.person["groups"] = claim

    sign_on(row)

    assert groups_of(user) == names


def test_groups_when_they_did_not_fit_into_the_token_then_nothing_changes(
    row: IdentityProvider, user: User, oidc: Provider
) -> None:
    map_groups(row, staff=OPERATOR)
    oidc.person["_claim_names"] = {"groups": "src1"}

    sign_on(row)

    assert groups_of(user) == [OPERATOR]


def test_groups_when_the_last_active_admin_would_lose_it_then_kept(
    row: IdentityProvider, oidc: Provider, make_user: MakeUser
) -> None:
    admin = make_user("admin", email=EMAIL)
    map_groups(row, bosses=ADMIN, staff=OPERATOR)
    oidc.person["groups"] = ["staff"]

    sign_on(row)
    assert groups_of(admin) == [ADMIN, OPERATOR]

    make_user("admin")
    sign_on(row)
    assert groups_of(admin) == [OPERATOR]


# --- password, log-out


@pytest.mark.parametrize("role, status", [("operator", 200), ("admin", 302)])
def test_password_when_for_admins_only_then_others_hear_what_is_said_of_a_wrong_one(
    alpha: Tenant, oidc: Provider, make_user: MakeUser, role: str, status: int
) -> None:
    register(oidc, password_for="admins")
    account = make_user(role)
    body = {"username": account.email, "password": PASSWORD, "next": "/"}

    answer = Client(HTTP_HOST=HOST).post("/login/", body)

    assert answer.status_code == status
    if status == 200:
        assert "E-mail and password do not match" in answer.content.decode()
        assert "Passwords and passkeys are for admins only" in answer.content.decode()


def test_password_when_the_provider_is_out_of_use_then_for_everybody_again(
    alpha: Tenant, oidc: Provider, user: User
) -> None:
    row = register(oidc, password_for="admins", is_enabled=False)
    body = {"username": user.email, "password": PASSWORD, "next": "/"}

    assert Client(HTTP_HOST=HOST).post("/login/", body).status_code == 302
    assert Client(HTTP_HOST=HOST).get(f"/sso/{row.pk}/").status_code == 404


def test_log_out_when_the_provider_offers_one_then_a_link_to_it(
    row: IdentityProvider, user: User, oidc: Provider
) -> None:
    client, _answer = sign_on(row)

    answer = client.post("/logout/")

    text = answer.content.decode()
    assert answer.status_code == 200
    assert oidc.url + "/log-out?id_token_hint=" in text
    assert "post_logout_redirect_uri=http%3A%2F%2Falpha.localhost%2Flogin%2F" in text
    assert who(client) is None


def test_log_out_when_a_second_factor_was_asked_for_then_the_link_is_there_too(
    row: IdentityProvider, user: User, oidc: Provider
) -> None:
    Tenant.objects.filter(schema_name="alpha").update(requires_second_factor=True)
    secret = give_app(user)
    client, answer = sign_on(row)
    assert answer["Location"] == "/login/second-step/"
    client.post("/login/second-step/", {"code": code_now(secret)})
    assert who(client) == user.pk

    assert oidc.url + "/log-out?id_token_hint=" in client.post("/logout/").content.decode()


def test_log_out_when_the_provider_offers_none_then_to_the_log_in(
    row: IdentityProvider, user: User, oidc: Provider
) -> None:
    oidc.offers_log_out = False
    client, _answer = sign_on(row)

    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/")["Location"] == "/login/"


def test_addresses_when_the_libraries_bring_pages_of_their_own_then_none_is_reachable(
    alpha: Tenant,
) -> None:
    client = Client(HTTP_HOST=HOST)
    for path in ("accounts/signup/", "accounts/email/", "accounts/3rdparty/", "signup/", "oidc/"):
        answer = client.get(f"/{path}")
        # The site answers unknown addresses with the log-in or with 404, never with a page.
        assert answer.status_code in {302, 404}
        assert answer.status_code == 404 or answer["Location"].startswith("/login/")
