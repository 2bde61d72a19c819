"""Local list and reservation commands (OCPP 1.6, sections 5 and 3.5.2)."""

from typing import TYPE_CHECKING

from apps.ocpp.simulator.clock import from_text
from apps.ocpp.simulator.connector import Reservation
from apps.ocpp.simulator.frames import Payload
from apps.ocpp.simulator.replies import (
    Handler,
    MalformedCallError,
    Reply,
    integer_field,
    status,
    text_field,
)

if TYPE_CHECKING:
    from apps.ocpp.simulator.charger import SimulatedCharger


def get_local_list_version(charger: "SimulatedCharger", payload: Payload) -> Reply:
    """0: empty list, -1: no local list kept."""
    if not charger.configuration.flag("LocalAuthListEnabled"):
        return Reply({"listVersion": -1})
    return Reply({"listVersion": charger.local_list_version})


def send_local_list(charger: "SimulatedCharger", payload: Payload) -> Reply:
    """Replace the list or apply differences; an entry without idTagInfo is removed."""
    version = integer_field(payload, "listVersion")
    entries = payload.get("localAuthorizationList") or []
    if not charger.configuration.flag("LocalAuthListEnabled"):
        return status("NotSupported")
    if text_field(payload, "updateType") == "Full":
        charger.local_list = {}
    elif version <= charger.local_list_version:
        return status("VersionMismatch")
    if len(entries) > charger.configuration.integer("SendLocalListMaxLength"):
        return status("Failed")
    for entry in entries:
        id_tag = text_field(entry, "idTag")
        if info := entry.get("idTagInfo"):
            charger.local_list[id_tag] = info
        else:
            charger.local_list.pop(id_tag, None)
    charger.local_list_version = version
    return status("Accepted")


def reserve_now(charger: "SimulatedCharger", payload: Payload) -> Reply:
    """Keep a connector for a card until the expiry date."""
    connector = charger.connectors.get(integer_field(payload, "connectorId"))
    expires_at = from_text(payload.get("expiryDate"))
    if expires_at is None:
        raise MalformedCallError("TypeConstraintViolation", "expiryDate is no time")
    reservation = Reservation(
        integer_field(payload, "reservationId"), text_field(payload, "idTag"), expires_at
    )
    if connector is None:
        return status("Rejected")
    if connector.error_code != "NoError":
        return status("Faulted")
    if not connector.is_operative:
        return status("Unavailable")
    held = connector.reservation
    is_same = held is not None and held.reservation_id == reservation.reservation_id
    if not connector.is_free or (held is not None and not is_same):
        return status("Occupied")
    connector.reservation = reservation
    return status("Accepted", lambda: charger.keep_reservation(connector, reservation))


def cancel_reservation(charger: "SimulatedCharger", payload: Payload) -> Reply:
    """Free the connector kept under that id."""
    reservation_id = integer_field(payload, "reservationId")
    for connector in charger.connectors.values():
        held = connector.reservation
        if held is not None and held.reservation_id == reservation_id:
            connector.reservation = None
            return status("Accepted", charger.report_changes)
    return status("Rejected")


HANDLERS: dict[str, Handler] = {
    "GetLocalListVersion": get_local_list_version,
    "SendLocalList": send_local_list,
    "ReserveNow": reserve_now,
    "CancelReservation": cancel_reservation,
}
