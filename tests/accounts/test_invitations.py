"""Invited by mail: the link works once, for a while, until it is replaced or revoked (ACC-01)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core import signing
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.accounts.domain.states import UserState
from apps.accounts.models import User
from apps.accounts.selectors import state_of
from apps.accounts.services.links import INVITATION
from apps.tenants.models import Tenant
from tests.accounts.conftest import link_in
from tests.conftest import PASSWORD

pytestmark = pytest.mark.req("ACC-01")

MakeUser = Callable[..., User]
ClientOf = Callable[..., Client]
Mails = Callable[..., list[Any]]
BODY = {"password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture
def admin(alpha: Tenant, make_user: MakeUser) -> User:
    return make_user("admin")


@pytest.fixture
def invited(admin: User, client_of: ClientOf) -> User:
    """A user whom the admin invited; the mail waits in the outbox."""
    body = {
        "email": "new@example.com",
        "language": "de",
        "groups": [Group.objects.get(name="Operator").pk],
    }
    client_of(admin).post("/accounts/user/add/", body)
    return User.objects.get(email="new@example.com")


def accept(client: Client, link: str, **fields: str) -> Any:
    """Open the link and set the password, as a browser does; return the last answer."""
    answer = client.get(link)
    if answer.status_code != 302:
        return answer
    return client.post(answer["Location"], {**BODY, **fields})


def log_in(client: Client, email: str, password: str = PASSWORD) -> int:
    body = {"username": email, "password": password, "next": "/"}
    return int(client.post("/login/", body).status_code)


def test_invitation_when_accepted_then_the_user_sets_the_password_and_logs_in(
    invited: User, client_of: ClientOf, mails: Mails
) -> None:
    (message,) = mails()
    assert message.to == ["new@example.com"]
    assert "Alpha" in message.from_email
    assert state_of(invited) is UserState.INVITED
    assert log_in(client_of(), invited.email) == 200
    client = client_of()

    answer = accept(client, link_in(message))

    assert answer["Location"] == "/login/"
    connection.set_tenant(Tenant.objects.get(schema_name="alpha"))
    invited.refresh_from_db()
    assert state_of(invited) is UserState.ACTIVE
    assert log_in(client, invited.email) == 302


def test_invitation_when_the_link_is_used_again_then_dead(
    invited: User, client_of: ClientOf, mails: Mails
) -> None:
    link = link_in(mails()[0])
    accept(client_of(), link)

    answer = accept(client_of(), link, password1="another secret", password2="another secret")

    assert answer.status_code == 410
    assert log_in(client_of(), invited.email) == 302


def test_invitation_when_opened_only_then_it_still_works(
    invited: User, client_of: ClientOf, mails: Mails
) -> None:
    """Mail programs look at links before people do."""
    link = link_in(mails()[0])
    for _visit in range(3):
        assert client_of().get(link).status_code == 302

    assert accept(client_of(), link)["Location"] == "/login/"


def test_invitation_when_two_browsers_hold_the_link_then_the_first_wins(
    invited: User, client_of: ClientOf, mails: Mails
) -> None:
    link = link_in(mails()[0])
    first, second = client_of(), client_of()
    form = second.get(link)["Location"]
    accept(first, link)

    answer = second.post(form, {"password1": "another secret", "password2": "another secret"})

    assert answer.status_code == 410
    assert log_in(client_of(), invited.email) == 302


def test_invitation_when_a_week_has_passed_then_dead(
    invited: User, client_of: ClientOf, mails: Mails, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = link_in(mails()[0])
    later = signing.time.time() + INVITATION.lasts.total_seconds() + 1
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)

    assert client_of().get(link).status_code == 410


def test_invitation_when_sent_again_then_the_old_link_is_dead_and_the_new_one_works(
    admin: User, invited: User, client_of: ClientOf, mails: Mails
) -> None:
    old = link_in(mails()[0])
    client_of(admin).post(f"/accounts/user/{invited.pk}/invite/")
    new = link_in(mails()[-1])

    assert client_of().get(old).status_code == 410
    assert accept(client_of(), new)["Location"] == "/login/"


def test_invitation_when_revoked_then_the_link_is_dead_and_the_account_disabled(
    admin: User, invited: User, client_of: ClientOf, mails: Mails
) -> None:
    link = link_in(mails()[0])
    client_of(admin).post(f"/accounts/user/{invited.pk}/revoke/")

    assert client_of().get(link).status_code == 410
    connection.set_tenant(Tenant.objects.get(schema_name="alpha"))
    invited.refresh_from_db()
    assert state_of(invited) is UserState.DISABLED
    client_of(admin).post(f"/accounts/user/{invited.pk}/invite/")
    assert accept(client_of(), link_in(mails()[-1]))["Location"] == "/login/"


def test_invitation_when_the_user_has_joined_then_not_sent_again(
    admin: User, invited: User, client_of: ClientOf, mails: Mails
) -> None:
    accept(client_of(), link_in(mails()[0]))
    answer = client_of(admin).post(f"/accounts/user/{invited.pk}/invite/", follow=True)

    assert b"has set a password already" in answer.content
    assert len(mails()) == 1


@pytest.mark.req("TEN-01")
def test_invitation_when_taken_to_another_tenant_then_dead(
    invited: User, client_of: ClientOf, mails: Mails, make_user: MakeUser
) -> None:
    """The same row stands in the other tenant, down to the id: the signature must not fit."""
    link = link_in(mails()[0])
    connection.set_tenant(Tenant.objects.get(schema_name="beta"))
    User(**{field.attname: getattr(invited, field.attname) for field in User._meta.fields}).save()

    assert client_of(host="beta.localhost").get(link).status_code == 410
    assert client_of().get(link).status_code == 302


@pytest.mark.parametrize("change", ["last", "first"])
def test_invitation_when_the_token_is_altered_then_dead(
    invited: User, client_of: ClientOf, mails: Mails, change: str
) -> None:
    link = link_in(mails()[0]).rstrip("/")
    altered = f"{link[:-1]}{'A' if link[-1] != 'A' else 'B'}/"
    if change == "first":
        altered = link.replace("/welcome/", "/welcome/1") + "/"

    assert client_of().get(altered).status_code == 410
    assert client_of().get("/welcome/").status_code == 410


def test_invitation_when_used_for_a_reset_then_dead(
    invited: User, client_of: ClientOf, mails: Mails
) -> None:
    link = link_in(mails()[0])

    assert client_of().get(link.replace("/welcome/", "/new-password/")).status_code == 410


def test_s17_passwords_when_weak_then_refused_and_nothing_is_set(
    invited: User, client_of: ClientOf, mails: Mails
) -> None:
    """S17: too short, known, like the name; length is the only form asked for."""
    link = link_in(mails()[0])
    for weak in (
        "eleven signs"[:11],
        "Password1234!",
        "new@example.com",
        "qwertzuiopü123",
        "Alpha-alpha-12",
    ):
        answer = accept(client_of(), link, password1=weak, password2=weak)
        assert answer.status_code == 200, weak
        assert b'role="alert"' in answer.content
    differ = accept(client_of(), link, password2=PASSWORD + "x")
    assert b"differ" in differ.content
    connection.set_tenant(Tenant.objects.get(schema_name="alpha"))
    invited.refresh_from_db()
    assert not invited.has_usable_password()


@pytest.mark.parametrize(
    "password",
    [
        "lacquers yet",
        "835129074618",
        "три лодки без вёсел",
        "a bc" * 32,
        "correct horse battery 🔋",
    ],
)
def test_s17_passwords_when_long_enough_then_any_signs_will_do(
    invited: User, client_of: ClientOf, mails: Mails, password: str
) -> None:
    """S17 (ASVS 6.2.5, 6.2.9): no rule about kinds of signs, 64 and more are allowed."""
    answer = accept(client_of(), link_in(mails()[0]), password1=password, password2=password)

    assert answer.status_code == 302
    assert log_in(client_of(), invited.email, password) == 302


def test_s17_users_when_more_is_sent_than_asked_then_ignored(
    admin: User, invited: User, client_of: ClientOf, make_user: MakeUser
) -> None:
    """S17: nothing that the form does not show is written, whatever is posted."""
    before = dict(User.objects.filter(pk=invited.pk).values().get())
    body = {
        "first_name": "Ada",
        "is_active": "on",
        "groups": [group.pk for group in invited.groups.all()],
        "email": "evil@example.com",
        "password": "evil",
        "is_superuser": "on",
        "is_staff": "on",
        "id": "1",
        "invited_at": "",
        "joined_at": timezone.now().isoformat(),
        "last_login": timezone.now().isoformat(),
        "user_permissions": "1",
    }

    client_of(admin).post(f"/accounts/user/{invited.pk}/change/", body)

    after = dict(User.objects.filter(pk=invited.pk).values().get())
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"first_name", "language", "updated_at"}
    assert not invited.user_permissions.exists()


def test_list_when_filtered_by_state_then_those_users(
    admin: User, invited: User, make_user: MakeUser, client_of: ClientOf
) -> None:
    disabled = make_user("operator", is_active=False)
    client = client_of(admin)

    def shown(state: str) -> str:
        return client.get(f"/accounts/user/?state={state}").content.decode()

    assert invited.email in shown("invited")
    assert admin.email not in shown("invited").split("<main")[-1].split("result_list")[-1]
    assert disabled.email in shown("disabled")
    assert disabled.email not in shown("active")
    assert invited.email not in shown("locked")


def test_user_page_when_the_invitation_is_old_then_it_says_so(
    admin: User, invited: User, client_of: ClientOf
) -> None:
    old = timezone.now() - INVITATION.lasts - timedelta(minutes=1)
    User.objects.filter(pk=invited.pk).update(invited_at=old)

    page = client_of(admin).get(f"/accounts/user/{invited.pk}/change/").content.decode()

    assert "the link is too old" in page
    assert "Send invitation again" in page


@pytest.mark.parametrize("path", ["invite", "revoke", "reset", "unlock"])
def test_commands_when_the_actor_may_not_then_refused(
    admin: User,
    invited: User,
    client_of: ClientOf,
    make_user: MakeUser,
    path: str,
    make_location: Any,
) -> None:
    limited = make_user("admin", locations=[make_location()])
    for actor in (make_user("operator"), limited):
        answer = client_of(actor).post(f"/accounts/user/{invited.pk}/{path}/")
        assert answer.status_code == 403
        connection.set_tenant(Tenant.objects.get(schema_name="alpha"))
    connection.set_tenant(Tenant.objects.get(schema_name="beta"))
    stranger = make_user("admin")
    answer = client_of(stranger, "beta.localhost").post(f"/accounts/user/{invited.pk}/{path}/")
    assert answer.status_code in {403, 404}
    connection.set_tenant(Tenant.objects.get(schema_name="alpha"))
    assert client_of(admin).get(f"/accounts/user/{invited.pk}/{path}/").status_code == 405
