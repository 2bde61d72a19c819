"""The table of rights: nothing is missing, nothing is more than it says (ACC-01, ACC-02)."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client

from apps.accounts.domain.rights import SUBJECTS, cell_of, cells, chosen_cells, without_prices
from apps.accounts.domain.roles import ADMIN, OPERATOR, PERMISSIONS
from apps.accounts.forms.rights import show_rights
from apps.accounts.models import User
from apps.accounts.selectors import grantable_permissions, has_marketplace
from apps.tenants.models import BookedProduct, Tenant

MakeUser = Callable[..., User]
ClientOf = Callable[..., Client]


@pytest.mark.req("ACC-02")
def test_table_when_made_of_all_rights_then_each_is_in_one_cell() -> None:
    table = cells(PERMISSIONS[ADMIN])

    inside = [name for cell in table for name in cell.permissions]
    assert sorted(inside) == sorted(set(PERMISSIONS[ADMIN]))
    assert [cell.subject for cell in table if cell.subject in SUBJECTS] == sorted(
        (cell.subject for cell in table if cell.subject in SUBJECTS), key=list(SUBJECTS).index
    )


@pytest.mark.parametrize(
    "permission, cell",
    [
        ("infrastructure.command_station", ("infrastructure", "command")),
        ("emaid.view_card", ("cards", "view")),
        ("tariffs.change_tariff", ("tariffs.tariff", "change")),
    ],
)
def test_cell_when_a_permission_is_given_then_its_place(
    permission: str, cell: tuple[str, str]
) -> None:
    assert cell_of(permission) == cell


def test_cells_when_a_part_is_held_then_ticked() -> None:
    offered = cells(["infrastructure.view_station", "infrastructure.view_chargepoint"])

    assert chosen_cells(offered, {"infrastructure.view_station"}) == offered
    assert chosen_cells(offered, {"emaid.view_card"}) == []


@pytest.mark.req("ACC-01", "TEN-04")
def test_prices_when_no_marketplace_is_booked_then_not_offered() -> None:
    names = {"tariffs.change_tariff", "vouchers.view_voucher", "emaid.view_card"}

    assert without_prices(names, has_marketplace=True) == names
    assert without_prices(names, has_marketplace=False) == {"emaid.view_card"}


@pytest.mark.req("ACC-01", "TEN-04")
def test_marketplace_when_booked_then_only_in_its_time(alpha: Tenant) -> None:
    today = date(2026, 11, 24)
    assert has_marketplace(today)
    BookedProduct.objects.filter(tenant=alpha).update(ends_on=date(2026, 11, 23))

    assert not has_marketplace(today)


@pytest.mark.req("ACC-01")
@pytest.mark.parametrize("role", [ADMIN, OPERATOR])
def test_role_when_shown_then_its_rights_are_a_table_without_boxes(
    alpha: Tenant, make_user: MakeUser, client_of: ClientOf, role: str
) -> None:
    group = Group.objects.get(name=role)

    page = client_of(make_user("admin")).get(f"/auth/group/{group.pk}/change/").content.decode()

    assert "Charging infrastructure" in page
    assert 'type="checkbox" name="rights"' not in page
    assert ("Portal users" in show_rights(set(PERMISSIONS[role]))) is (role == ADMIN)


@pytest.mark.req("ACC-02")
def test_group_when_its_cells_are_ticked_then_exactly_those_permissions(
    alpha: Tenant, make_user: MakeUser, client_of: ClientOf
) -> None:
    client = client_of(make_user("admin"))
    body = {"name": "Service", "rights": ["infrastructure:view", "infrastructure:command"]}
    client.post("/auth/group/add/", body)
    group = Group.objects.get(name="Service")

    held = set(group.permissions.values_list("codename", flat=True))
    views = {name for name in PERMISSIONS[ADMIN] if cell_of(name) == ("infrastructure", "view")}
    expected = {"command_station"} | {name.partition(".")[2] for name in views}
    assert "view_chargepoint" in expected
    assert held == expected
    page = client.get(f"/auth/group/{group.pk}/change/").content.decode()
    assert 'value="infrastructure:command" checked' in page
    assert 'value="cards:view" checked' not in page
    client.post(f"/auth/group/{group.pk}/change/", {"name": "Service", "rights": ["cards:view"]})
    connection.set_tenant(Tenant.objects.get(schema_name="alpha"))
    assert set(group.permissions.values_list("codename", flat=True)) == {"view_card"}


@pytest.mark.req("ACC-02")
def test_table_when_the_actor_holds_less_then_only_that_is_offered(
    alpha: Tenant, make_user: MakeUser, client_of: ClientOf
) -> None:
    actor = make_user("operator")
    own = Group.objects.create(name="Group makers")
    own.permissions.set(Permission.objects.filter(content_type__model="group"))
    actor.groups.set([own])
    actor = User.objects.get(pk=actor.pk)

    page = client_of(actor).get("/auth/group/add/").content.decode()

    assert 'value="groups:add"' in page
    assert "cards:view" not in page
    body: dict[str, Any] = {"name": "More", "rights": ["cards:view"]}
    assert client_of(actor).post("/auth/group/add/", body).status_code == 200
    assert not Group.objects.filter(name="More").exists()
    assert grantable_permissions(actor, today=date(2026, 11, 24)) <= actor.get_all_permissions()


@pytest.mark.req("ACC-01", "ACC-03")
def test_user_page_when_opened_then_it_says_what_the_user_sees(
    alpha: Tenant, make_user: MakeUser, client_of: ClientOf, make_location: Any
) -> None:
    site = make_location("North yard")
    make_location("South yard")
    user = make_user("operator", locations=[site])

    page = client_of(make_user("admin")).get(f"/accounts/user/{user.pk}/change/").content.decode()

    seen = page.split("What this user can see and do")[1]
    assert "North yard" in seen
    assert "South yard" not in seen
    assert "Charge records" in seen
    assert "Portal users" not in seen.split("</table>")[0]
