"""Saved views: one's own and everybody's, who may change them, what a shared one may tell."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import QueryDict

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.portal import saved_views
from apps.portal.models import SavedView
from apps.tenants.models import Tenant
from tests.factories.pages import log_in

pytestmark = pytest.mark.req("CDR-01")

Make = Callable[..., Any]
PAGE = "charge_records.chargerecord"
LIST = "/charge_records/chargerecord/"


def save(client: Any, name: str = "Mine", query: str = "medium=rfid", **more: str) -> Any:
    data = {"list": PAGE, "name": name, "query": query, **more}
    return client.post("/saved-views/save/", data, follow=True)


def act(client: Any, view: SavedView, deed: str, **more: str) -> Any:
    return client.post(f"/saved-views/{view.pk}/{deed}/", {"list": PAGE, **more}, follow=True)


def test_view_when_saved_then_its_owner_alone_has_it(alpha: Tenant, make_user: Make) -> None:
    owner, other = make_user("admin"), make_user("admin")

    save(log_in(owner))

    assert "Mine" in log_in(owner).get(LIST).content.decode()
    assert "Mine" not in log_in(other).get(LIST).content.decode()
    view = SavedView.objects.get()
    for deed in ("rename", "replace", "delete", "begin"):
        assert act(log_in(other), view, deed, name="Taken").status_code == 404, deed
    assert SavedView.objects.get().name == "Mine"


def test_view_when_shared_by_an_admin_then_everybody_has_it_and_the_trail_says_so(
    alpha: Tenant, make_user: Make
) -> None:
    admin = make_user("admin")

    save(log_in(admin), "Cards", shared="1")

    operator = log_in(make_user("operator"))
    assert "Cards" in operator.get(LIST).content.decode()
    view = SavedView.objects.get()
    assert view.is_shared
    assert act(operator, view, "begin").status_code == 200
    assert Entry.objects.filter(object_name="Cards", actor_id=admin.pk).exists()


@pytest.mark.req("ACC-02")
def test_view_when_the_right_to_share_is_missing_then_refused(
    alpha: Tenant, make_user: Make
) -> None:
    operator = log_in(make_user("operator"))
    shared = SavedView.objects.create(page=PAGE, name="Cards", query="medium=rfid")

    assert save(operator, "Ours", shared="1").status_code == 403
    for deed in ("rename", "replace", "delete"):
        assert act(operator, shared, deed, name="Ours", query="").status_code == 403, deed
    assert list(SavedView.objects.values_list("name", "query")) == [("Cards", "medium=rfid")]
    assert 'name="shared"' not in operator.get(LIST).content.decode()


def test_view_when_renamed_replaced_and_deleted_then_so_it_is(
    alpha: Tenant, make_user: Make
) -> None:
    client = log_in(make_user())
    save(client)
    view = SavedView.objects.get()

    act(client, view, "rename", name="  Cards   of all ")
    act(client, view, "replace", query="medium=remote&before=x&eka=&fragment=rows")
    view.refresh_from_db()
    assert (view.name, view.query) == ("Cards of all", "medium=remote")
    act(client, view, "delete")
    assert not SavedView.objects.exists()


@pytest.mark.parametrize(
    "name, query, words",
    [
        ("Mine", "", "There is a view with this name."),
        ("", "", "Give the view a name"),
        ("x" * 61, "", "Give the view a name"),
        ("bell\a", "", "Give the view a name"),
        ("Long", f"search={'x' * 3000}", "The filter is too long"),
    ],
)
def test_view_when_it_cannot_be_kept_then_it_says_why(
    alpha: Tenant, make_user: Make, name: str, query: str, words: str
) -> None:
    client = log_in(make_user())
    save(client)

    answer = save(client, name, query)

    assert words in answer.content.decode()
    assert SavedView.objects.count() == 1


def test_views_when_there_are_too_many_then_no_more(
    alpha: Tenant, make_user: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_views, "MOST_VIEWS", 1)
    client = log_in(make_user())
    save(client)

    assert "There are 1 views already." in save(client, "Another").content.decode()


def test_view_when_it_stands_at_the_start_then_the_list_begins_with_it_until_taken_away(
    alpha: Tenant, make_user: Make
) -> None:
    client = log_in(make_user())
    save(client)
    view = SavedView.objects.get()

    act(client, view, "begin")
    assert client.get(LIST)["Location"].endswith("?medium=rfid")
    client.post("/saved-views/begin-without/", {"list": PAGE})
    assert client.get(LIST).status_code == 200
    act(client, view, "begin")
    act(client, view, "delete")
    assert client.get(LIST).status_code == 200


def test_view_when_nothing_is_filtered_then_it_opens_all_the_same(
    alpha: Tenant, make_user: Make
) -> None:
    client = log_in(make_user())
    save(client, "All", "")
    act(client, SavedView.objects.get(), "begin")

    response = client.get(LIST, follow=True)

    assert response.status_code == 200
    assert len(response.redirect_chain) == 1


@pytest.mark.req("ACC-02")
def test_shared_view_when_it_searches_then_only_for_people_who_may_see_drivers(
    alpha: Tenant, make_user: Make
) -> None:
    SavedView.objects.create(page=PAGE, name="One driver", query="search=04A2B3C4D5E680")
    SavedView.objects.create(page=PAGE, name="All cards", query="medium=rfid")
    user = make_user()
    for group in user.groups.all():
        group.permissions.remove(*group.permissions.filter(codename="view_driveridentity"))

    limited = log_in(User.objects.get(pk=user.pk)).get(LIST).content.decode()
    assert "All cards" in limited
    assert "One driver" not in limited
    assert "04A2B3C4D5E680" not in limited


@pytest.mark.req("TEN-01")
def test_view_when_another_tenant_asks_then_not_found(
    alpha: Tenant, make_user: Make, enter: Callable[[str], None]
) -> None:
    view = SavedView.objects.create(page=PAGE, name="Of alpha", query="medium=rfid")
    enter("beta")
    client = log_in(make_user("admin"))

    assert "Of alpha" not in client.get(LIST).content.decode()
    for deed in ("rename", "replace", "delete", "begin"):
        assert act(client, view, deed, name="Taken").status_code == 404, deed


@pytest.mark.req("ACC-02")
def test_commands_when_the_list_is_unknown_or_closed_then_refused(
    alpha: Tenant, make_user: Make
) -> None:
    client = log_in(make_user())
    stranger = log_in(User.objects.create_user("nobody@example.com"))

    for path in ("/saved-views/save/", "/saved-views/begin-without/", "/list-columns/"):
        assert client.get(path).status_code == 405, path
        assert client.post(path, {"list": "accounts.user", "name": "x"}).status_code == 404, path
        assert stranger.post(path, {"list": PAGE, "name": "x"}).status_code == 403, path


@pytest.mark.parametrize(
    "address, kept",
    [
        ("", "q="),
        ("q=", "q="),
        ("b=2&a=1", "a=1&b=2"),
        ("a=1&before=x&p=3&e=1&fragment=rows&empty=", "a=1"),
        ("a=2&a=1", "a=1&a=2"),
    ],
)
def test_kept_query_when_addresses_say_the_same_then_it_is_the_same(
    address: str, kept: str
) -> None:
    assert saved_views.kept_query(QueryDict(address)) == kept
