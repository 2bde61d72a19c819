"""`visible_to`: the right first, then the location, never another tenant."""

from collections.abc import Callable

import pytest

from apps.accounts.models import Location, User
from apps.infrastructure.models import ChargePoint, Station
from apps.tenants.models import Tenant

Make = Callable[..., Station]


@pytest.mark.req("ACC-03")
def test_visible_to_when_limited_to_a_location_then_only_what_stands_there(
    alpha: Tenant, make_station: Make, make_user: Callable[..., User]
) -> None:
    own, foreign = make_station(), make_station()
    user = make_user(locations=[own.location])

    assert list(Station.objects.visible_to(user)) == [own]
    assert list(ChargePoint.objects.visible_to(user)) == list(own.charge_points.all())
    assert list(Location.objects.visible_to(user)) == [own.location]
    assert foreign not in Station.objects.visible_to(user, "change")


@pytest.mark.req("ACC-01")
def test_visible_to_when_the_right_is_missing_then_nothing(
    alpha: Tenant, make_station: Make, make_user: Callable[..., User]
) -> None:
    make_station()

    assert not Station.objects.visible_to(make_user("admin"), "delete").exists()
    assert not User.objects.filter(groups=None).exists()
    assert not make_user("operator").has_perm("accounts.add_user")


@pytest.mark.req("ACC-03")
def test_visible_to_when_limited_to_no_location_then_nothing(
    alpha: Tenant, make_station: Make, make_user: Callable[..., User]
) -> None:
    make_station()

    assert not Station.objects.visible_to(make_user("admin", locations=[])).exists()


@pytest.mark.req("TEN-01")
def test_schemas_when_one_tenant_has_a_station_then_the_other_has_none(
    alpha: Tenant, make_station: Make
) -> None:
    from django.db import connection

    make_station("ONLY-ALPHA")
    connection.set_tenant(Tenant.objects.get(schema_name="beta"))

    assert not Station.objects.exists()
