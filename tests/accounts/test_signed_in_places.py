"""Where people are signed in: listed, ended, and over by themselves in time (ACC-08)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.accounts.domain.devices import device_of
from apps.accounts.domain.sessions import GRAIN, Lifetimes, SignInWay, end_of_session
from apps.accounts.models import Location, SessionTimes, SignedInPlace, User
from apps.accounts.services import places
from apps.accounts.services.places import PLACE_KEY
from apps.accounts.services.sessions import save_times
from apps.accounts.services.support import begin_support, end_support, make_token
from apps.audit.models import Entry
from apps.portal.live import Visitor, find_groups
from apps.tenants.context import run_in_schema
from apps.tenants.models import Tenant
from tests.conftest import PASSWORD

pytestmark = pytest.mark.req("ACC-08")

MakeUser = Callable[..., User]
ClientOf = Callable[..., Client]
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:131.0) Gecko/20100101 Firefox/131.0"
START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def real_grain(nothing_runs_out: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here the minute counts."""
    monkeypatch.setattr(places, "GRAIN", GRAIN)


@pytest.fixture
def user(alpha: Tenant, make_user: MakeUser) -> User:
    return make_user("operator", email="ada@example.com")


def key_of(client: Client) -> str:
    return str(client.cookies["sessionid"].value)


def log_in(email: str, host: str = "alpha.localhost", **headers: str) -> Client:
    client = Client(HTTP_HOST=host)
    body = {"username": email, "password": PASSWORD, "next": "/"}
    assert client.post("/login/", body, **headers).status_code == 302
    return client


def enter(short_name: str) -> None:
    connection.set_tenant(Tenant.objects.get(schema_name=short_name))


@pytest.mark.parametrize(
    "agent, browser, system",
    [
        (FIREFOX, "Firefox", "Windows"),
        ("Mozilla/5.0 (iPhone) Version/17.0 Mobile/15E148 Safari/604.1", "Safari", "iOS"),
        ("curl/8.5.0", "", ""),
        ("", "", ""),
    ],
)
def test_device_when_read_from_the_agent_then_in_words(
    agent: str, browser: str, system: str
) -> None:
    device = device_of(agent)

    assert (device.browser, device.system) == (browser, system)


@pytest.mark.parametrize(
    "seen_h, ends_h", [(0, 8), (10, 18), (20, 24)], ids=["idle", "active", "absolute"]
)
def test_end_when_seen_then_idle_or_absolute_whichever_comes_first(
    seen_h: int, ends_h: int
) -> None:
    ends = end_of_session(START, START + timedelta(hours=seen_h), Lifetimes())

    assert ends == START + timedelta(hours=ends_h)


def test_log_in_when_done_then_a_place_with_device_address_and_way(user: User) -> None:
    client = log_in(user.email, HTTP_USER_AGENT=FIREFOX, REMOTE_ADDR="203.0.113.9")

    enter("alpha")
    (place,) = SignedInPlace.objects.all()
    assert (place.user, place.session_key) == (user, key_of(client))
    assert (place.device, place.address) == ("Firefox on Windows", "203.0.113.9")
    assert place.way == SignInWay.PASSWORD
    session = Session.objects.get(session_key=place.session_key)
    assert session.expire_date == place.ends_at
    assert abs(place.ends_at - timezone.now() - timedelta(hours=8)) < timedelta(minutes=1)


def test_log_out_when_done_then_the_place_is_gone(user: User) -> None:
    client = log_in(user.email)
    client.post("/logout/")

    enter("alpha")
    assert not SignedInPlace.objects.exists()


def test_page_when_opened_then_own_places_only_and_this_one_marked(
    user: User, make_user: MakeUser
) -> None:
    other = make_user("admin", email="eve@example.com")
    here = log_in(user.email, HTTP_USER_AGENT=FIREFOX)
    log_in(user.email, REMOTE_ADDR="203.0.113.77")
    log_in(other.email, REMOTE_ADDR="203.0.113.88")

    text = here.get("/account/places/").content.decode()

    assert text.count("This session") == 1
    assert "Firefox on Windows" in text
    assert "203.0.113.77" in text
    assert "203.0.113.88" not in text


def test_page_when_there_are_many_places_then_as_many_queries_as_with_one(
    user: User, django_assert_max_num_queries: Any
) -> None:
    here = log_in(user.email)
    for _number in range(20):
        log_in(user.email)

    with django_assert_max_num_queries(20):
        assert here.get("/account/places/").content.decode().count("End session") == 20


def test_end_when_asked_for_a_place_then_its_session_is_gone_at_the_next_request(
    user: User,
) -> None:
    here, there = log_in(user.email), log_in(user.email)
    enter("alpha")
    place = SignedInPlace.objects.get(session_key=key_of(there))

    here.post("/account/places/end/", {"place": place.pk})

    assert there.get("/").status_code == 302
    assert here.get("/").status_code == 200
    enter("alpha")
    entry = Entry.objects.get(kind="sessions_ended")
    assert (entry.actor_id, entry.details) == (user.pk, {"sessions": 1})


def test_end_when_the_socket_looks_again_then_it_may_hear_nothing(user: User) -> None:
    there = log_in(user.email)
    visitor = Visitor("alpha.localhost", "alpha.localhost", key_of(there))
    assert run_in_schema("public", find_groups, visitor)

    log_in(user.email).post("/account/places/end-others/")

    assert not run_in_schema("public", find_groups, visitor)


def test_end_others_when_asked_then_only_this_session_stays(
    user: User, make_user: MakeUser
) -> None:
    other = log_in(make_user("operator", email="bob@example.com").email)
    here, there, elsewhere = (log_in(user.email) for _number in range(3))

    here.post("/account/places/end-others/")

    assert [client.get("/").status_code for client in (here, there, elsewhere)] == [200, 302, 302]
    assert other.get("/").status_code == 200


@pytest.mark.parametrize("address", ["/account/places/end/", "/account/places/end-others/"])
def test_end_when_asked_by_get_then_refused(user: User, address: str) -> None:
    assert log_in(user.email).get(address).status_code == 405


def test_end_when_the_place_is_somebody_elses_then_not_found(
    user: User, make_user: MakeUser
) -> None:
    victim = log_in(make_user("operator", email="bob@example.com").email)
    enter("alpha")
    place = SignedInPlace.objects.get(session_key=key_of(victim))

    answer = log_in(user.email).post("/account/places/end/", {"place": place.pk})

    assert answer.status_code == 404
    assert victim.get("/").status_code == 200


@pytest.mark.req("TEN-01")
def test_end_when_another_tenant_has_a_session_of_the_same_key_then_that_one_stays(
    user: User, make_user: MakeUser
) -> None:
    there = log_in(user.email)
    enter("beta")
    twin = make_user("operator", email="ada@example.com")
    foreign = log_in(twin.email, "beta.localhost")
    enter("beta")
    # The same key and the same ids in both schemas: only the schema tells them apart.
    row = Session.objects.get(session_key=key_of(foreign))
    Session.objects.create(
        session_key=key_of(there), session_data=row.session_data, expire_date=row.expire_date
    )
    SignedInPlace.objects.filter(session_key=row.session_key).update(session_key=key_of(there))
    foreign.cookies["sessionid"] = key_of(there)

    log_in(user.email).post("/account/places/end-others/")

    assert there.get("/").status_code == 302
    assert foreign.get("/").status_code == 200


def test_user_page_when_an_admin_ends_a_session_then_gone_and_in_the_trail(
    user: User, make_user: MakeUser, client_of: ClientOf
) -> None:
    admin = make_user("admin")
    victim = log_in(user.email, REMOTE_ADDR="203.0.113.9")
    client = client_of(admin)
    page = f"/accounts/user/{user.pk}/change/"
    assert "203.0.113.9" in client.get(page).content.decode()
    enter("alpha")
    place = SignedInPlace.objects.get(user=user)

    answer = client.post(f"/accounts/user/{user.pk}/places/end/", {"place": place.pk})

    assert answer["Location"] == page
    assert victim.get("/").status_code == 302
    enter("alpha")
    entry = Entry.objects.get(kind="sessions_ended")
    assert (entry.actor_id, entry.object_id) == (admin.pk, str(user.pk))


def test_user_page_when_an_admin_ends_all_then_every_session_of_that_user_only(
    user: User, make_user: MakeUser, client_of: ClientOf
) -> None:
    clients = [log_in(user.email), log_in(user.email)]
    client = client_of(make_user("admin"))

    client.post(f"/accounts/user/{user.pk}/places/end-all/")

    assert [one.get("/").status_code for one in clients] == [302, 302]
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("who", ["operator", "limited", "own", "another tenant"])
def test_user_page_when_somebody_without_the_right_ends_a_session_then_refused(
    user: User,
    make_user: MakeUser,
    client_of: ClientOf,
    make_location: Callable[..., Location],
    who: str,
) -> None:
    victim = log_in(user.email)
    host = "alpha.localhost"
    if who == "operator":
        client = client_of(make_user("operator"))
    elif who == "limited":
        client = client_of(make_user("admin", locations=[make_location()]))
    elif who == "own":
        client = log_in(user.email)
    else:
        host = "beta.localhost"
        enter("beta")
        client = client_of(make_user("admin"), host)
    enter("alpha")
    place = SignedInPlace.objects.get(session_key=key_of(victim))

    address = f"/accounts/user/{user.pk}/places/end/"
    answer = client.post(address, {"place": place.pk}, HTTP_HOST=host)

    assert answer.status_code in {403, 404}
    assert victim.get("/").status_code == 200


def test_user_page_when_the_place_is_another_users_then_not_found(
    user: User, make_user: MakeUser, client_of: ClientOf
) -> None:
    other = make_user("operator")
    victim = log_in(other.email)
    enter("alpha")
    place = SignedInPlace.objects.get(user=other)

    answer = client_of(make_user("admin")).post(
        f"/accounts/user/{user.pk}/places/end/", {"place": place.pk}
    )

    assert answer.status_code == 404
    assert victim.get("/").status_code == 200


def test_password_when_changed_then_all_other_sessions_end_and_this_one_stays(
    user: User,
) -> None:
    here, there = log_in(user.email), log_in(user.email)
    before = key_of(here)

    here.post(
        "/password_change/",
        {
            "old_password": PASSWORD,
            "new_password1": "another horse battery",
            "new_password2": "another horse battery",
        },
    )

    assert there.get("/").status_code == 302
    assert here.get("/").status_code == 200
    enter("alpha")
    (place,) = SignedInPlace.objects.all()
    assert place.session_key == key_of(here) != before


def test_account_when_disabled_and_enabled_again_then_its_old_sessions_stay_ended(
    user: User, make_user: MakeUser, client_of: ClientOf
) -> None:
    there = log_in(user.email)
    admin = client_of(make_user("admin"))
    address = f"/accounts/user/{user.pk}/change/"

    admin.post(address, {"first_name": "Ada"})
    enter("alpha")
    assert not User.objects.get(pk=user.pk).is_active
    assert not SignedInPlace.objects.filter(user=user).exists()
    admin.post(address, {"first_name": "Ada", "is_active": "on"})

    assert there.get("/").status_code == 302


def move_back(client: Client, **ages: timedelta) -> None:
    """Let the session have begun (`started`) or been seen (`seen`) so long ago."""
    enter("alpha")
    session = SessionStore(key_of(client))
    place = dict(session[PLACE_KEY])
    for name, age in ages.items():
        place[name] = int((timezone.now() - age).timestamp())
    session[PLACE_KEY] = place
    session.save()


def seen_at(client: Client) -> datetime:
    enter("alpha")
    return SignedInPlace.objects.get(session_key=key_of(client)).seen_at


def test_activity_when_a_minute_has_passed_then_written_down_once(user: User) -> None:
    client = log_in(user.email)
    first = seen_at(client)
    client.get("/")
    assert seen_at(client) == first
    move_back(client, seen=timedelta(minutes=2))

    client.get("/")

    assert seen_at(client) > first


def test_activity_when_the_page_fetches_by_itself_then_it_counts_for_nothing(user: User) -> None:
    client = log_in(user.email)
    first = seen_at(client)
    move_back(client, seen=timedelta(minutes=2))

    client.get("/", HTTP_X_BACKGROUND="1", HTTP_HX_REQUEST="true")
    client.get("/account/session/", HTTP_X_BACKGROUND="1")

    assert seen_at(client) == first


def test_session_when_it_lasted_as_long_as_it_may_then_activity_prolongs_it_no_more(
    user: User,
) -> None:
    client = log_in(user.email)
    move_back(client, started=timedelta(hours=23, minutes=57), seen=timedelta(minutes=2))

    state = client.post("/account/session/stay/").json()

    assert state["left_s"] <= 180
    assert not state["can_stay"]


def test_session_when_its_time_is_over_then_nobody_is_signed_in(user: User) -> None:
    client = log_in(user.email)
    enter("alpha")
    Session.objects.filter(session_key=key_of(client)).update(expire_date=timezone.now())

    assert client.get("/account/session/").status_code == 401
    assert client.get("/account/places/")["Location"] == "/login/?next=/account/places/"


def test_state_when_asked_then_what_the_warning_needs(user: User) -> None:
    client = log_in(user.email)

    state = client.get("/account/session/").json()

    assert state["user"] == user.pk
    assert 8 * 3600 - 60 < state["left_s"] <= 8 * 3600
    assert client.get("/account/session/stay/").status_code == 405
    assert Client(HTTP_HOST="alpha.localhost").post("/account/session/stay/").status_code == 401


def test_times_when_shortened_then_who_is_signed_in_is_bound_at_once(user: User) -> None:
    client = log_in(user.email)
    enter("alpha")
    now = timezone.now()

    save_times(SessionTimes(idle_minutes=5, longest_hours=1), now=now)

    place = SignedInPlace.objects.get()
    assert place.ends_at == place.seen_at + timedelta(minutes=5)
    assert Session.objects.get(session_key=key_of(client)).expire_date == place.ends_at


def test_times_when_an_admin_saves_them_then_they_hold_in_this_tenant_only(
    user: User, make_user: MakeUser, client_of: ClientOf
) -> None:
    client = client_of(make_user("admin"))

    answer = client.post("/session-times/", {"idle_minutes": 30, "longest_hours": 12})

    assert answer.status_code == 302
    enter("alpha")
    assert SessionTimes.objects.get().lifetimes.idle == timedelta(minutes=30)
    assert Entry.objects.filter(model="accounts.sessiontimes").exists()
    enter("beta")
    assert not SessionTimes.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {"idle_minutes": 4, "longest_hours": 24},
        {"idle_minutes": 600, "longest_hours": 2},
        {"idle_minutes": "x", "longest_hours": 24},
        {"idle_minutes": 30, "longest_hours": 100_000},
    ],
)
def test_times_when_they_make_no_sense_then_refused_with_words(
    user: User, make_user: MakeUser, client_of: ClientOf, body: dict[str, Any]
) -> None:
    answer = client_of(make_user("admin")).post("/session-times/", body)

    assert answer.status_code == 200
    assert "Please correct what is marked below." in answer.content.decode()
    enter("alpha")
    assert not SessionTimes.objects.exists()


def test_times_when_somebody_has_no_right_then_refused(
    user: User,
    make_user: MakeUser,
    client_of: ClientOf,
    make_location: Callable[..., Location],
) -> None:
    assert client_of(user).get("/session-times/").status_code == 403
    limited = make_user("admin", locations=[make_location()])
    assert client_of(limited).get("/session-times/").status_code == 403


def test_session_when_it_began_before_places_were_kept_then_it_gets_a_row(user: User) -> None:
    client = log_in(user.email)
    enter("alpha")
    session = SessionStore(key_of(client))
    del session[PLACE_KEY]
    session.save()
    SignedInPlace.objects.all().delete()

    client.get("/")

    enter("alpha")
    assert SignedInPlace.objects.get().session_key == key_of(client)


def test_support_when_it_is_over_then_no_activity_prolongs_it(alpha: Tenant) -> None:
    now = timezone.now()
    operator = User(email="root@chargeyard.example")
    reason = "Looks into a fault"
    access = begin_support(operator, alpha, reason=reason, minutes=15, now=now)
    client = Client(HTTP_HOST="alpha.localhost")
    client.get(f"/support/{make_token(access)}/")
    enter("alpha")
    place = SignedInPlace.objects.get()
    assert (place.way, place.ends_at) == (SignInWay.SUPPORT, access.ends_at)
    move_back(client, seen=timedelta(minutes=2))

    client.get("/")

    enter("alpha")
    assert SignedInPlace.objects.get().ends_at == access.ends_at
    end_support(access, by="", now=timezone.now())
    enter("alpha")
    assert not SignedInPlace.objects.exists()
    assert not Session.objects.filter(session_key=key_of(client)).exists()


def test_old_sessions_when_dropped_then_those_over_go_and_the_others_stay(user: User) -> None:
    over, open_ = log_in(user.email), log_in(user.email)
    enter("alpha")
    now = timezone.now()
    Session.objects.filter(session_key=key_of(over)).update(expire_date=now)
    SignedInPlace.objects.filter(session_key=key_of(over)).update(ends_at=now)

    assert places.drop_over(now=now) == 1

    assert [row.session_key for row in Session.objects.all()] == [key_of(open_)]
    assert [row.session_key for row in SignedInPlace.objects.all()] == [key_of(open_)]


def test_fragment_when_the_session_is_over_then_the_page_says_so(user: User) -> None:
    answer = Client(HTTP_HOST="alpha.localhost").get("/login/", HTTP_HX_REQUEST="true")

    assert answer.headers["HX-Trigger"] == "session-over"
