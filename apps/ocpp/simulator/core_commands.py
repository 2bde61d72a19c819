"""Commands of the core profile and their effect (OCPP 1.6, section 5)."""

from functools import partial
from typing import TYPE_CHECKING

from apps.ocpp.simulator.connector import Connector
from apps.ocpp.simulator.frames import Payload
from apps.ocpp.simulator.profiles import install, read_profile
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


def change_availability(charger: "SimulatedCharger", payload: Payload) -> Reply:
    """Accepted, or Scheduled while a transaction runs on a connector concerned."""
    number = integer_field(payload, "connectorId")
    is_operative = text_field(payload, "type") == "Operative"
    connectors = charger.connectors_of(number)
    if not connectors:
        return status("Rejected")
    for connector in connectors:
        if connector.transaction is not None:
            connector.scheduled = is_operative
        else:
            connector.is_operative = is_operative
    if number == 0:
        charger.is_operative = is_operative
    word = "Scheduled" if any(c.transaction is not None for c in connectors) else "Accepted"
    return status(word, charger.report_changes)


def change_configuration(charger: "SimulatedCharger", payload: Payload) -> Reply:
    """Change a key; heartbeat and password take effect at once."""
    key, value = text_field(payload, "key"), text_field(payload, "value")
    if key == "AuthorizationKey":
        if not 8 <= len(value) <= 40:
            return status("Rejected")
        return status("Accepted", lambda: charger.take_password(value))
    word = charger.configuration.change(key, value)
    if word == "Accepted" and key in ("HeartbeatInterval", "ClockAlignedDataInterval"):
        charger.arm_heartbeat()
    return status(word)


def clear_cache(charger: "SimulatedCharger", payload: Payload) -> Reply:
    """Forget the cards learnt; Rejected when the cache is switched off."""
    if not charger.configuration.flag("AuthorizationCacheEnabled"):
        return status("Rejected")
    charger.cache.clear()
    return status("Accepted")


def data_transfer(charger: "SimulatedCharger", payload: Payload) -> Reply:
    """Echo the data of our own vendor id; no other is known."""
    if text_field(payload, "vendorId") != charger.identity.vendor:
        return status("UnknownVendorId")
    answer = {"status": "Accepted"}
    if "data" in payload:
        answer["data"] = payload["data"]
    return Reply(answer)


def get_configuration(charger: "SimulatedCharger", payload: Payload) -> Reply:
    """Report the keys asked for, or all."""
    names = payload.get("key") or []
    if not isinstance(names, list):
        raise MalformedCallError("TypeConstraintViolation", "key is no list")
    return Reply(charger.configuration.report([str(name) for name in names]))


def remote_start(charger: "SimulatedCharger", payload: Payload) -> Reply:
    """Accept when a connector can charge; the transaction follows."""
    id_tag = text_field(payload, "idTag")
    connector = _connector_to_start(charger, payload.get("connectorId"))
    if connector is None:
        return status("Rejected")
    if profile := payload.get("chargingProfile"):
        try:
            new = read_profile(connector.number, profile, charger.now())
        except (KeyError, TypeError, ValueError):
            return status("Rejected")
        charger.profiles = install(charger.profiles, new)
    return status("Accepted", lambda: charger.start_remotely(connector, id_tag))


def _connector_to_start(charger: "SimulatedCharger", number: object) -> Connector | None:
    for connector in charger.connectors.values():
        if number is not None and connector.number != number:
            continue
        can_start = connector.is_free or (
            connector.vehicle is not None and connector.status() == "Preparing"
        )
        if can_start and connector.session is None:
            return connector
    return None


def remote_stop(charger: "SimulatedCharger", payload: Payload) -> Reply:
    """Accept when the transaction runs here; StopTransaction follows with reason Remote."""
    transaction_id = integer_field(payload, "transactionId")
    for connector in charger.connectors.values():
        running = connector.transaction
        if running is not None and running.id == transaction_id:
            return status("Accepted", partial(charger.stop_at, connector, "Remote"))
    return status("Rejected")


def reset(charger: "SimulatedCharger", payload: Payload) -> Reply:
    """Accept; then really close the connection, boot and connect again."""
    if text_field(payload, "type") == "Hard":
        return status("Accepted", charger.reset_hard)
    return status("Accepted", charger.reset_soft)


def unlock_connector(charger: "SimulatedCharger", payload: Payload) -> Reply:
    """End what runs there with reason UnlockCommand and free the plug."""
    connector = charger.connectors.get(integer_field(payload, "connectorId"))
    if connector is None:
        return status("NotSupported")
    return status("Unlocked", lambda: charger.unlock(connector))


HANDLERS: dict[str, Handler] = {
    "ChangeAvailability": change_availability,
    "ChangeConfiguration": change_configuration,
    "ClearCache": clear_cache,
    "DataTransfer": data_transfer,
    "GetConfiguration": get_configuration,
    "RemoteStartTransaction": remote_start,
    "RemoteStopTransaction": remote_stop,
    "Reset": reset,
    "UnlockConnector": unlock_connector,
}
