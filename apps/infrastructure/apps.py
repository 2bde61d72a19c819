from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

REPORTED_BY_STATION = {
    "reported_vendor", "reported_model", "serial_number", "firmware_version", "iccid", "imsi",
    "last_boot_at", "firmware_status", "diagnostics_status", "reported_status", "reported_error",
}  # fmt: skip
# A change of password has an entry of its own; these are its steps.
STEPS_OF_PASSWORD = {
    "password_set_at", "password_is_weak", "password_change", "password_command_id",
    "next_password_hash", "next_password_is_weak",
}  # fmt: skip
# The whole texts stand on the certificate's page; the trail tells number, subject, validity, state.
STEPS_OF_CERTIFICATE = {
    "request", "key_digest", "chain", "command", "answered_at", "renewal_asked_at",
}  # fmt: skip
REPORTED_BY_CONNECTOR = {"status", "error_code", "error_info", "vendor_error_code", "status_at"}


class InfrastructureConfig(AppConfig):
    name = "apps.infrastructure"
    label = "infrastructure"
    verbose_name = _("Charging infrastructure")

    def ready(self) -> None:
        from apps.audit.services.watch import watch
        from apps.infrastructure.models import (
            CertificateAuthority,
            ChargePoint,
            Connector,
            Meter,
            ProductAssignment,
            SecurityPolicy,
            Station,
            StationCertificate,
        )

        watch(Station, left_out=REPORTED_BY_STATION | STEPS_OF_PASSWORD)
        watch(ChargePoint, left_out={"status", "status_since"}, part_of="station")
        watch(Connector, left_out=REPORTED_BY_CONNECTOR, part_of="charge_point")
        watch(Meter, part_of="charge_point")
        watch(ProductAssignment, part_of="station")
        watch(SecurityPolicy, shown={"shortest_password"})
        watch(CertificateAuthority, left_out={"list_number"}, hidden={"private_key_sealed"})
        watch(StationCertificate, left_out=STEPS_OF_CERTIFICATE, part_of="station")
