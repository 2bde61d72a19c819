"""Certificates and extended triggers (OCPP 1.6 security white paper, edition 3)."""

from typing import TYPE_CHECKING

from apps.ocpp.simulator.frames import Payload
from apps.ocpp.simulator.maintenance_commands import trigger_message
from apps.ocpp.simulator.replies import Handler, Reply, object_field, status, text_field

if TYPE_CHECKING:
    from apps.ocpp.simulator.charger import SimulatedCharger

SIGN = "SignChargePointCertificate"


def extended_trigger(charger: "SimulatedCharger", payload: Payload) -> Reply:
    """Send the message asked for; one more than TriggerMessage knows is the certificate request."""
    if text_field(payload, "requestedMessage") != SIGN:
        return trigger_message(charger, payload)

    async def ask() -> None:
        await charger.ask_certificate()

    return status("Accepted", ask)


def certificate_signed(charger: "SimulatedCharger", payload: Payload) -> Reply:
    """Use the certificate from the next connect on; report one that does not fit (A02)."""
    if charger.keyring.take(text_field(payload, "certificateChain")):
        return status("Accepted")

    async def report() -> None:
        await charger.report_security_event("InvalidChargePointCertificate")

    return status("Rejected", report)


def install_certificate(charger: "SimulatedCharger", payload: Payload) -> Reply:
    """Keep a root."""
    kind, text = text_field(payload, "certificateType"), text_field(payload, "certificate")
    return status("Accepted" if charger.keyring.install(kind, text) else "Rejected")


def get_installed(charger: "SimulatedCharger", payload: Payload) -> Reply:
    """List the roots of a kind."""
    found = charger.keyring.installed(text_field(payload, "certificateType"))
    if not found:
        return status("NotFound")
    return Reply({"status": "Accepted", "certificateHashData": found})


def delete_certificate(charger: "SimulatedCharger", payload: Payload) -> Reply:
    """Forget a root."""
    is_gone = charger.keyring.delete(object_field(payload, "certificateHashData"))
    return status("Accepted" if is_gone else "NotFound")


HANDLERS: dict[str, Handler] = {
    "ExtendedTriggerMessage": extended_trigger,
    "CertificateSigned": certificate_signed,
    "InstallCertificate": install_certificate,
    "GetInstalledCertificateIds": get_installed,
    "DeleteCertificate": delete_certificate,
}
