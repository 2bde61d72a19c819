"""The two roles every tenant has (ACC-01) and the permissions that each holds.

A permission is `app_label.codename` of Django; guardian grants `access_location` per location.
"""

from apps.accounts.domain.identity import RIGHT as IDENTITY

ADMIN = "Admin"
OPERATOR = "Operator"

VIEW_ONLY = [
    "infrastructure.view_stationcommand",
    "infrastructure.view_stationcertificate",
    "infrastructure.view_statuschange",
    "infrastructure.view_productassignment",
    "charge_records.view_activation",
    "charge_records.view_chargingsession",
    "charge_records.view_chargerecord",
    "charge_records.export_chargerecord",
    "charge_records.check_chargerecord",
    "charge_records.exclude_chargerecord",
    "charge_records.evaluate_chargerecord",
    "charge_records.view_dailytotal",
    "ocpp.view_messageexchange",
]

INFRASTRUCTURE = [
    f"infrastructure.{action}_{model}"
    for model in ("station", "chargepoint", "connector", "meter")
    for action in ("view", "add", "change")
] + [
    "infrastructure.command_station",
    "infrastructure.export_station",
    "infrastructure.import_station",
    "infrastructure.export_chargepoint",
]

DRIVERS = [
    IDENTITY,
    *[f"emaid.{action}_card" for action in ("view", "add", "change", "export", "import")],
]

PEOPLE = [
    *[f"accounts.{action}_user" for action in ("view", "add", "change")],
    *[f"accounts.{action}_location" for action in ("view", "add", "change")],
    *[f"auth.{action}_group" for action in ("view", "add", "change", "delete")],
    *[f"accounts.{action}_identityprovider" for action in ("view", "add", "change", "delete")],
    "accounts.change_sessiontimes",
    "accounts.export_location",
    "accounts.import_location",
    "tenants.change_brand",
    "portal.change_savedview",
    "infrastructure.add_productassignment",
    "infrastructure.change_productassignment",
    "audit.view_entry",
    "audit.export_entry",
    "jobs.view_job",
    "jobs.change_job",
]

SECURITY = [
    "infrastructure.secure_station",
    "infrastructure.secure_stationcertificate",
    *[
        f"infrastructure.{action}_{model}"
        for model in ("securitypolicy", "certificateauthority")
        for action in ("view", "add", "change")
    ],
]

PERMISSIONS: dict[str, list[str]] = {
    OPERATOR: [*VIEW_ONLY, *INFRASTRUCTURE, *DRIVERS, "accounts.view_location"],
    ADMIN: [*VIEW_ONLY, *INFRASTRUCTURE, *DRIVERS, *PEOPLE, *SECURITY],
}
