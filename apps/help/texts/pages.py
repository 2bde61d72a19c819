"""The pages that answers lead to, each with the rights that open it."""

from django.utils.translation import gettext_lazy as _

from apps.help.texts.entries import PageLink

DASHBOARD = PageLink(_("Dashboard"), "admin:index")
STATIONS = PageLink(
    _("Charging stations"),
    "admin:infrastructure_station_changelist",
    ("infrastructure.view_station",),
)
NEW_STATION = PageLink(
    _("Create charging station"),
    "admin:infrastructure_station_add",
    ("infrastructure.add_station",),
)
CHARGE_POINTS = PageLink(
    _("Charge points"),
    "admin:infrastructure_chargepoint_changelist",
    ("infrastructure.view_chargepoint",),
)
MESSAGES = PageLink(
    _("OCPP communication"), "admin:ocpp_messageexchange_changelist", ("ocpp.view_messageexchange",)
)
SECURITY = PageLink(
    _("Security policy"),
    "admin:infrastructure_securitypolicy_changelist",
    ("infrastructure.view_securitypolicy",),
)
AUTHORITIES = PageLink(
    _("Certificate authorities"),
    "admin:infrastructure_certificateauthority_changelist",
    ("infrastructure.view_certificateauthority",),
)
PRODUCTS = PageLink(
    _("Products"),
    "admin:infrastructure_productassignment_changelist",
    ("infrastructure.view_productassignment",),
)
ASSIGN_PRODUCTS = PageLink(
    _("Assign products"),
    "admin:infrastructure_productassignment_assign",
    ("infrastructure.view_productassignment", "infrastructure.add_productassignment"),
)
ACTIVATIONS = PageLink(
    _("Activation overview"),
    "admin:charge_records_activation_changelist",
    ("charge_records.view_activation",),
)
RECORDS = PageLink(
    _("Charge records"),
    "admin:charge_records_chargerecord_changelist",
    ("charge_records.view_chargerecord",),
)
CARDS = PageLink(
    _("RFID cards"),
    "admin:emaid_card_changelist",
    ("emaid.view_card", "accounts.view_driveridentity"),
)
USERS = PageLink(_("Portal users"), "admin:accounts_user_changelist", ("accounts.view_user",))
GROUPS = PageLink(_("Groups"), "admin:auth_group_changelist", ("auth.view_group",))
LOCATIONS = PageLink(
    _("Locations"), "admin:accounts_location_changelist", ("accounts.view_location",)
)
IMPORT_LOCATIONS = PageLink(
    _("Import locations"),
    "admin:accounts_location_import",
    ("accounts.view_location", "accounts.import_location"),
)
BRANDING = PageLink(_("Branding"), "admin:branding", ("tenants.change_brand",))
AUDIT = PageLink(_("Audit trail"), "admin:audit_entry_changelist", ("audit.view_entry",))
SUPPORT = PageLink(_("Support access"), "admin:support_access", ("audit.view_entry",))
PASSWORD = PageLink(_("Change password"), "admin:password_change")
STATUS = PageLink(_("Status"), "admin:status")
DOCUMENTS = PageLink(_("Documents"), "admin:documents")
RELEASES = PageLink(_("Release notes"), "admin:releases")
