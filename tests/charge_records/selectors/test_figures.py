"""Dashboard figures: from roll-ups, by location rights, days without sessions included."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest

from apps.accounts.models import Location, User
from apps.charge_records.models import Activation, DailyTotal
from apps.charge_records.selectors.figures import (
    energy_by_day,
    energy_by_location,
    error_tally,
    running_sessions_count,
    totals,
)
from apps.charge_records.services.sessions import start_session
from apps.infrastructure.models import Station
from apps.tenants.models import Tenant
from tests.charge_records.events import started
from tests.conftest import NOW

TODAY = date(2026, 11, 24)
MakeLocation = Callable[..., Location]
MakeUser = Callable[..., User]

pytestmark = pytest.mark.req("CDR-09")


@pytest.fixture
def locations(alpha: Tenant, make_location: MakeLocation) -> list[Location]:
    both = [make_location("A"), make_location("B")]
    for number, location in enumerate(both, start=1):
        for back in (0, 2, 40):
            DailyTotal.objects.create(
                location=location,
                day=TODAY - timedelta(days=back),
                sessions=number,
                implausible_sessions=1,
                counted_errors=1,
                energy_wh=number * 10_000,
            )
    return both


def test_energy_by_day_when_a_day_had_no_session_then_zero(
    locations: list[Location], make_user: MakeUser
) -> None:
    days = energy_by_day(make_user(), 3, today=TODAY)

    assert [(day.day.day, day.figures.energy_wh) for day in days] == [
        (22, 30_000),
        (23, 0),
        (24, 30_000),
    ]


def test_totals_when_the_period_is_given_then_only_its_days(
    locations: list[Location], make_user: MakeUser
) -> None:
    user = make_user()

    assert totals(user, 1, today=TODAY).sessions == 3
    month = totals(user, 30, today=TODAY)
    assert (month.sessions, month.implausible_sessions, month.energy_wh) == (6, 4, 60_000)


@pytest.mark.req("ACC-03")
def test_figures_when_the_user_is_limited_then_only_the_own_location(
    locations: list[Location], make_user: MakeUser, make_station: Callable[..., Station]
) -> None:
    user = make_user(locations=[locations[1]])
    start_session(make_station(location=locations[0]).pk, started(id_tag="A"), now=NOW)

    assert totals(user, 30, today=TODAY).energy_wh == 40_000
    assert [row.name for row in energy_by_location(user, 30, today=TODAY)] == ["B"]
    assert running_sessions_count(user) == 0
    assert running_sessions_count(make_user()) == 1


def test_figures_when_the_user_sees_nothing_then_zero_not_an_error(
    locations: list[Location], make_user: MakeUser
) -> None:
    user = make_user(locations=[])

    assert totals(user, 30, today=TODAY).sessions == 0
    assert len(energy_by_day(user, 30, today=TODAY)) == 30


def test_energy_by_location_when_several_then_most_energy_first(
    locations: list[Location], make_user: MakeUser
) -> None:
    rows = energy_by_location(make_user(), 30, today=TODAY)

    assert [(row.name, row.figures.energy_wh) for row in rows] == [("B", 40_000), ("A", 20_000)]


@pytest.mark.req("CDR-07")
def test_error_tally_when_authorisations_were_refused_then_they_are_in_neither_number(
    locations: list[Location], make_user: MakeUser, make_station: Callable[..., Station]
) -> None:
    station = make_station()
    for state, error in (
        ("completed", ""),
        ("completed", ""),
        ("completed", "no_calibration_law_compliance"),
        ("failed", "canceled"),
        ("refused", "authorization_failed"),
    ):
        Activation.objects.create(
            station=station, state=state, error_class=error, id_tag="A", began_at=NOW
        )

    user, day = make_user(), timedelta(days=1)
    tally = error_tally(user, since=NOW - day, until=NOW)

    assert (tally.errors, tally.activations, tally.rate) == (2, 4, Decimal("0.5"))
    assert error_tally(user, since=NOW - 2 * day, until=NOW - day).rate is None


def test_figures_when_many_days_then_one_query_each(
    locations: list[Location],
    make_user: MakeUser,
    django_assert_max_num_queries: Callable[..., object],
) -> None:
    user = make_user()
    user.has_perm("charge_records.view_dailytotal")  # permissions are cached on the user
    with django_assert_max_num_queries(1):  # type: ignore[attr-defined]
        energy_by_day(user, 365, today=TODAY)
