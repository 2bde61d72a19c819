"""Labels of the states of accounts, of ways to sign in and of the table of rights."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.domain.factors import Factor
from apps.accounts.domain.sessions import SignInWay
from apps.accounts.domain.sign_on import Fault
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


FAULT_LABELS = {
    Fault.STATE: _("The log-in was not begun in this browser, or took too long"),
    Fault.PROVIDER_ERROR: _("The provider reported an error"),
    Fault.OTHER_ISSUER: _("The answer came from another provider"),
    Fault.UNREACHABLE: _("The provider could not be asked"),
    Fault.CODE: _("The provider refused the code or our client secret"),
    Fault.SECRET: _("The client secret cannot be read: enter it again"),
    Fault.ALGORITHM: _("The token is signed in a way that is not accepted"),
    Fault.KEY: _("The provider knows no key for the token"),
    Fault.TOKEN: _("The token is forged, too old or meant for somebody else"),
    Fault.NONCE: _("The token belongs to another log-in"),
    Fault.SUBJECT: _("The provider does not say who it is"),
    Fault.EMAIL_MISSING: _("The provider sent no e-mail"),
    Fault.EMAIL_NOT_VERIFIED: _("The provider has not verified the e-mail"),
    Fault.EMAIL_DOMAIN: _("The e-mail is of another domain"),
    Fault.UNKNOWN_USER: _("There is no portal user with this e-mail"),
    Fault.LINKED_TO_ANOTHER: _("The portal user belongs to somebody else at the provider"),
    Fault.DISABLED: _("The account is disabled"),
    Fault.LOCKED: _("The account is locked"),
}


class PasswordFor(models.TextChoices):
    """Who may still log in with a password where there is single sign-on."""

    EVERYBODY = "everybody", _("Everybody")
    ADMINS = "admins", _("Admins only")


FACTOR_LABELS = {
    Factor.APP: _("Authenticator app"),
    Factor.PASSKEY: _("Passkey"),
    Factor.RECOVERY: _("Recovery codes"),
}

FACTOR_DEED_LABELS = {
    "added": _("Added"),
    "removed": _("Removed"),
    "renewed": _("Made anew"),
    "reset": _("Reset"),
    "used": _("Used"),
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
    "views": _("Views of lists that everybody has"),
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
    "check": _("Check by calibration law"),
    "exclude": _("Exclude and give as goodwill"),
    "evaluate": _("Evaluate again"),
}
