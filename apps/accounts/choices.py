"""Labels of the states of accounts, of ways to sign in and of the table of rights."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.domain.sessions import SignInWay
from apps.accounts.domain.states import UserState

USER_STATE_LABELS = {
    UserState.INVITED: _("Invited"),
    UserState.ACTIVE: _("Active"),
    UserState.LOCKED: _("Locked"),
    UserState.DISABLED: _("Disabled"),
}

SIGN_IN_WAY_LABELS = {
    SignInWay.PASSWORD: _("Password"),
    SignInWay.PASSKEY: _("Passkey"),
    SignInWay.SINGLE_SIGN_ON: _("Single sign-on"),
    SignInWay.SUPPORT: _("Support access"),
}


class PasswordFor(models.TextChoices):
    """Who may still log in with a password where there is single sign-on."""

    EVERYBODY = "everybody", _("Everybody")
    ADMINS = "admins", _("Admins only")


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
    "sign_in": _("Single sign-on and session times"),
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
