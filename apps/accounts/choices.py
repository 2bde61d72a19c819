"""Labels of the states of accounts and of the table of rights."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.domain.states import UserState

USER_STATE_LABELS = {
    UserState.INVITED: _("Invited"),
    UserState.ACTIVE: _("Active"),
    UserState.LOCKED: _("Locked"),
    UserState.DISABLED: _("Disabled"),
}

SUBJECT_LABELS = {
    "infrastructure": _("Charging infrastructure"),
    "security": _("Security of stations"),
    "products": _("Products of stations"),
    "commands": _("Commands to stations"),
    "messages": _("OCPP communication"),
    "activations": _("Activations and sessions"),
    "charge_records": _("Charge records"),
    "drivers": _("Drivers: RFID numbers, EMAIDs, names"),
    "cards": _("EMAIDs and RFID cards"),
    "users": _("Portal users"),
    "groups": _("Groups"),
    "locations": _("Locations"),
    "brand": _("Branding"),
}

ACTION_LABELS = {
    "view": _("See"),
    "add": _("Create"),
    "change": _("Change"),
    "delete": _("Delete"),
    "import": _("Import"),
    "export": _("Export"),
    "command": _("Send commands"),
    "secure": _("Set security"),
}
