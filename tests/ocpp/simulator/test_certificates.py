"""A simulated charger's keys and certificates (security white paper, use cases A02 and A03)."""

from cryptography import x509

from tests.ocpp.security.certificates import Authority, Issued
from tests.ocpp.simulator.central import booted_charger

KINDS = ("CentralSystemRootCertificate", "ManufacturerRootCertificate")
ACCEPTED = {"status": "Accepted"}


async def test_request_when_told_to_ask_then_it_names_operator_and_station() -> None:
    async with booted_charger() as (central, charger):
        await central.command("ChangeConfiguration", {"key": "CpoName", "value": "Alpha"})
        central.on("SignCertificate", lambda payload: ACCEPTED)
        asked = {"requestedMessage": "SignChargePointCertificate"}
        assert await central.command("ExtendedTriggerMessage", asked) == ACCEPTED
        sent = await central.until_called("SignCertificate")
        request = x509.load_pem_x509_csr(sent["csr"].encode())
        assert request.is_signature_valid
        assert request.subject.rfc4514_string() == f"CN={charger.charge_box_id},O=Alpha"


async def test_certificate_when_for_the_key_that_asked_then_taken_and_else_reported() -> None:
    authority = Authority.make()
    async with booted_charger() as (central, charger):
        central.on("SignCertificate", lambda payload: ACCEPTED)
        central.on("SecurityEventNotification", lambda payload: {})
        assert await charger.ask_certificate() == "Accepted"
        other = {"certificateChain": authority.issue("CB-1").pem}
        assert await central.command("CertificateSigned", other) == {"status": "Rejected"}
        event = await central.until_called("SecurityEventNotification")
        assert event["type"] == "InvalidChargePointCertificate"
        assert charger.keyring.asked is not None
        own: Issued = authority.issue("CB-1", key=charger.keyring.asked)
        assert await central.command("CertificateSigned", {"certificateChain": own.pem}) == ACCEPTED
        assert charger.keyring.chain == own.pem


async def test_roots_when_installed_then_listed_by_kind_and_deleted_by_their_hashes() -> None:
    root = Authority.make().pem
    async with booted_charger() as (central, _charger):
        listed = {"certificateType": KINDS[0]}
        nothing = await central.command("GetInstalledCertificateIds", listed)
        assert nothing == {"status": "NotFound"}
        for text, word in ((root, "Accepted"), (root, "Accepted"), ("nonsense", "Rejected")):
            sent = {"certificateType": KINDS[0], "certificate": text}
            assert await central.command("InstallCertificate", sent) == {"status": word}
        found = await central.command("GetInstalledCertificateIds", listed)
        [hashes] = found["certificateHashData"]
        assert hashes["hashAlgorithm"] == "SHA256"
        others = await central.command("GetInstalledCertificateIds", {"certificateType": KINDS[1]})
        assert others == {"status": "NotFound"}
        for word in ("Accepted", "NotFound"):
            answer = await central.command("DeleteCertificate", {"certificateHashData": hashes})
            assert answer == {"status": word}
