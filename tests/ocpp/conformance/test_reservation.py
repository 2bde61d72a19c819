"""Reservation: of a connector or of any, used, expired, refused, taken back."""

from apps.vocabulary.commands import Command
from tests.ocpp.conformance.cases import case
from tests.ocpp.conformance.posts import ACCEPTED, CardMaker, Post

EXPIRES = "2030-01-01T00:00:00.000Z"


def is_reserved(
    post: Post, answer: str = "Accepted", *, connector: int = 1, parent: str = ""
) -> None:
    """Command reservation 7 for the card of the post."""
    parameters = {
        "connector": connector,
        "reservation_id": 7,
        "id_tag": post.tag,
        "expires_at": EXPIRES,
    }
    sent = {"connectorId": connector, "reservationId": 7, "idTag": post.tag, "expiryDate": EXPIRES}
    if parent:
        parameters["parent_id_tag"] = sent["parentIdTag"] = parent
    row = post.is_commanded(
        Command.RESERVE_NOW, parameters, gets=("ReserveNow", sent), answers={"status": answer}
    )
    assert row.verdict == answer


def uses_reservation(post: Post, id_tag: str = "") -> None:
    assert post.authorizes(id_tag) == "Accepted"
    post.reports("Preparing")
    transaction_id = post.starts(id_tag, reservationId=7)
    post.reports("Charging")
    assert post.sessions("transaction_id, reservation_id") == [(transaction_id, 7)]
    post.stops(transaction_id, "Local")


@case("TC_046_CSMS")
def test_a_reserved_connector_is_used(post: Post) -> None:
    is_reserved(post)
    post.reports("Reserved")
    uses_reservation(post)


@case("TC_047_CSMS")
def test_a_reservation_expires(post: Post) -> None:
    is_reserved(post)
    post.reports("Reserved")
    post.reports("Available")
    assert post.sessions("id") == []


@case("TC_048_1_CSMS")
def test_a_broken_connector_is_not_reserved(post: Post) -> None:
    post.reports("Faulted", error="GroundFailure")
    is_reserved(post, "Faulted")


@case("TC_048_2_CSMS")
def test_an_occupied_connector_is_not_reserved(post: Post) -> None:
    post.reports("Preparing")
    is_reserved(post, "Occupied")


@case("TC_048_3_CSMS")
def test_a_blocked_connector_is_not_reserved(post: Post) -> None:
    post.reports("Unavailable")
    is_reserved(post, "Unavailable")


@case("TC_048_4_CSMS")
def test_a_station_that_knows_no_reservations_refuses(post: Post) -> None:
    post.reports("Available")
    is_reserved(post, "Rejected")


@case("TC_049_CSMS")
def test_any_connector_is_reserved_and_one_used(post: Post) -> None:
    is_reserved(post, connector=0)
    post.reports("Reserved", connector=0)
    uses_reservation(post)


@case("TC_051_CSMS")
def test_a_reservation_is_taken_back(post: Post) -> None:
    is_reserved(post)
    post.reports("Reserved")
    post.is_commanded(
        Command.CANCEL_RESERVATION,
        {"reservation_id": 7},
        gets=("CancelReservation", {"reservationId": 7}),
        answers=ACCEPTED,
    )
    post.reports("Available")


@case("TC_052_CSMS")
def test_an_unknown_reservation_cannot_be_taken_back(post: Post) -> None:
    row = post.is_commanded(
        Command.CANCEL_RESERVATION,
        {"reservation_id": 8},
        gets=("CancelReservation", {"reservationId": 8}),
        answers={"status": "Rejected"},
    )
    assert row.verdict == "Rejected"


@case("TC_053_CSMS")
def test_another_card_of_the_group_uses_the_reservation(post: Post, card: CardMaker) -> None:
    card("COLLEAGUE")
    is_reserved(post, parent="FLEET")
    post.reports("Reserved")
    uses_reservation(post, "COLLEAGUE")
