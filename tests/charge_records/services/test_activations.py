"""Activations: from the card at the reader to the start, and those that never start."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from apps.charge_records.choices import Medium
from apps.charge_records.models import Activation, ChargingSession
from apps.charge_records.services.activations import authorize
from apps.charge_records.services.catch_up import close_given_up
from apps.charge_records.services.sessions import start_session
from apps.core import live
from apps.emaid.services import ensure_card
from apps.infrastructure.models import ChargePoint, Station
from apps.tenants.models import Tenant
from apps.vocabulary.answers import AuthorizationStatus
from tests.charge_records.events import TAG, started
from tests.conftest import NOW

MINUTE = timedelta(minutes=1)

pytestmark = pytest.mark.req("CDR-08")


@pytest.fixture
def station(alpha: Tenant, make_station: Callable[..., Station]) -> Station:
    ensure_card(TAG, emaid="DE8AACA2B3C4D5", valid_until=NOW + timedelta(days=1))
    return make_station(charge_points=2)


def test_authorize_when_the_card_is_good_then_an_activation_awaits_the_start(
    station: Station,
) -> None:
    answer = authorize(station.pk, TAG, now=NOW)

    activation = Activation.objects.get()
    assert answer.status is AuthorizationStatus.ACCEPTED
    assert answer.expires_at == NOW + timedelta(days=1)
    assert (activation.state, activation.medium) == ("authorized", Medium.RFID)
    assert (activation.emaid, activation.began_at) == ("DE8AACA2B3C4D5L", NOW)


def test_authorize_when_the_idtag_is_the_emaid_then_so_is_the_medium(station: Station) -> None:
    answer = authorize(station.pk, "DE-8AA-CA2B3C4D5-L", now=NOW)

    assert answer.status is AuthorizationStatus.ACCEPTED
    assert Activation.objects.get().medium == Medium.EMAID


@pytest.mark.req("ACL-03")
def test_authorize_when_the_card_is_unknown_then_refused_with_the_reason(station: Station) -> None:
    answer = authorize(station.pk, "NOBODY", now=NOW)

    activation = Activation.objects.get()
    assert answer.status is AuthorizationStatus.INVALID
    assert (activation.state, activation.refusal) == ("refused", "unknown_card")
    assert activation.error_class == "authorization_failed"


def test_start_when_the_card_was_authorised_then_the_same_activation_goes_on(
    station: Station,
) -> None:
    authorize(station.pk, TAG, now=NOW)
    start_session(station.pk, started(id_tag=TAG.lower(), at=NOW + MINUTE), now=NOW + MINUTE)

    activation = Activation.objects.get()
    assert (activation.state, activation.began_at) == ("charging", NOW)
    assert activation.authorized_at == NOW
    assert activation.session == ChargingSession.objects.get()
    assert activation.charge_point == station.charge_points.get(number=1)


@pytest.mark.parametrize("case", ["other tag", "other station", "too late"])
def test_start_when_nothing_fitting_awaits_it_then_an_activation_of_its_own(
    station: Station, make_station: Callable[..., Station], case: str
) -> None:
    ensure_card("OTHER")
    authorize(station.pk, TAG, now=NOW)
    at = NOW + (11 * MINUTE if case == "too late" else MINUTE)
    tag = "OTHER" if case == "other tag" else TAG
    place = make_station() if case == "other station" else station

    start_session(place.pk, started(id_tag=tag, at=at), now=at)

    assert Activation.objects.count() == 2
    assert Activation.objects.get(session=None).state == "authorized"


def test_authorize_when_the_card_is_held_again_then_no_second_activation(station: Station) -> None:
    authorize(station.pk, TAG, now=NOW)
    authorize(station.pk, TAG, now=NOW + MINUTE)

    activation = Activation.objects.get()
    assert (activation.began_at, activation.authorized_at) == (NOW, NOW + MINUTE)


def test_authorize_when_the_card_charges_here_then_accepted_for_the_stop(station: Station) -> None:
    start_session(station.pk, started(), now=NOW)

    answer = authorize(station.pk, TAG, now=NOW + MINUTE)

    assert answer.status is AuthorizationStatus.ACCEPTED
    assert Activation.objects.count() == 1


def test_authorize_when_authentication_is_off_everywhere_then_free(station: Station) -> None:
    ChargePoint.objects.filter(number=1).update(authentication_required=False)
    assert authorize(station.pk, "NOBODY", now=NOW).status is AuthorizationStatus.INVALID

    ChargePoint.objects.update(authentication_required=False)
    assert authorize(station.pk, "NOBODY", now=NOW).status is AuthorizationStatus.ACCEPTED


@pytest.mark.req("CDR-07")
def test_close_given_up_when_five_minutes_passed_then_canceled(station: Station) -> None:
    authorize(station.pk, TAG, now=NOW)

    assert close_given_up(now=NOW + 5 * MINUTE) == 0
    assert close_given_up(now=NOW + 5 * MINUTE + timedelta(seconds=1)) == 1
    activation = Activation.objects.get()
    assert (activation.state, activation.error_class) == ("failed", "canceled")


def test_start_when_its_activation_was_given_up_already_then_it_goes_on(station: Station) -> None:
    authorize(station.pk, TAG, now=NOW)
    close_given_up(now=NOW + 6 * MINUTE)

    start_session(station.pk, started(at=NOW + 7 * MINUTE), now=NOW + 7 * MINUTE)

    activation = Activation.objects.get()
    assert (activation.state, activation.error_class) == ("charging", "")


def test_authorize_when_done_then_browsers_hear_of_it(
    station: Station,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:
    heard: list[dict[str, object]] = []
    monkeypatch.setattr(live, "deliver", heard.append)

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        authorize(station.pk, TAG, now=NOW)

    assert heard == [
        {
            "schema": "alpha",
            "location": station.location_id,
            "topic": "activations",
            "ids": [Activation.objects.get().pk],
        }
    ]
