"""What people are told by mail about their accounts, in words."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import User
from apps.notifications.services.letters import Letter
from apps.tenants.selectors import brand_of, current_tenant

INVITATION = "invitation"
RESET = "reset"
PASSWORD_CHANGED = "password_changed"  # noqa: S105
LOCKED = "locked"
LOCKED_FOR_ADMINS = "locked_for_admins"
EMAIL_CHANGED = "email_changed"
FACTOR_ADDED = "factor_added"
FACTOR_REMOVED = "factor_removed"
FACTORS_RESET = "factors_reset"
RECOVERY_CODE_USED = "recovery_code_used"
RECOVERY_CODES_RENEWED = "recovery_codes_renewed"
IDENTITY_LINKED = "identity_linked"


def portal_name() -> str:
    """Return the name under which the reader knows the portal."""
    tenant = current_tenant()
    brand = brand_of(tenant)
    return brand.product_name if brand else tenant.name


def not_you() -> str:
    return _("If this was not you, tell an admin of your portal at once.")


def invitation(user: User, link: str, *, days: int) -> Letter:
    return Letter(
        subject=_("Your access to %(portal)s") % {"portal": portal_name()},
        paragraphs=[
            _("An account has been made for you in the portal %(portal)s.")
            % {"portal": portal_name()},
            _("Set your password, and the account is yours."),
        ],
        facts=[(_("E-mail for the log-in"), user.email)],
        action=(_("Set password"), link),
        notes=[
            _("The link works once and for %(days)s days. Do not hand it on.") % {"days": days},
            _("If you do not expect this mail, you can ignore it."),
        ],
    )


def reset(user: User, link: str, *, minutes: int) -> Letter:
    return Letter(
        subject=_("Set a new password"),
        paragraphs=[_("Somebody asked for a new password for your account.")],
        facts=[(_("E-mail for the log-in"), user.email)],
        action=(_("Set a new password"), link),
        notes=[
            _("The link works once and for %(minutes)s minutes. Do not hand it on.")
            % {"minutes": minutes},
            _("If this was not you, you can ignore this mail: your password stays as it is."),
        ],
    )


def password_changed(user: User) -> Letter:
    return Letter(
        subject=_("Your password was changed"),
        paragraphs=[
            _("The password of your account was changed. Other sessions of yours have ended."),
            not_you(),
        ],
        facts=[(_("E-mail for the log-in"), user.email)],
    )


def locked(user: User) -> Letter:
    return Letter(
        subject=_("Your account is locked"),
        paragraphs=[
            _("There were too many attempts to log in to your account with a wrong password."),
            _("An admin of your portal can unlock it."),
            not_you(),
        ],
        facts=[(_("E-mail for the log-in"), user.email)],
    )


def locked_for_admins(user: User, link: str) -> Letter:
    return Letter(
        subject=_("An account is locked: %(email)s") % {"email": user.email},
        paragraphs=[
            _("There were too many attempts to log in to an account with a wrong password."),
            _("You can unlock it on the user's page. Ask first whether it was the user."),
        ],
        facts=[(_("Name"), user.get_full_name() or "–"), (_("E-mail"), user.email)],
        action=(_("To the user's page"), link),
    )


def email_changed(new_email: str, old_email: str) -> Letter:
    return Letter(
        subject=_("Your e-mail for the log-in was changed"),
        paragraphs=[
            _("The platform operator changed the e-mail with which you log in."),
            not_you(),
        ],
        facts=[(_("New e-mail"), new_email), (_("Former e-mail"), old_email)],
    )


def factor_added(user: User, factor: str | Promise) -> Letter:
    return Letter(
        subject=_("Second factor added: %(factor)s") % {"factor": factor},
        paragraphs=[
            _("A second factor was added to your account. The log-in asks for one from now on."),
            not_you(),
        ],
        facts=[(_("Second factor"), str(factor)), (_("E-mail for the log-in"), user.email)],
    )


def factor_removed(user: User, factor: str | Promise) -> Letter:
    return Letter(
        subject=_("Second factor removed: %(factor)s") % {"factor": factor},
        paragraphs=[_("A second factor was removed from your account."), not_you()],
        facts=[(_("Second factor"), str(factor)), (_("E-mail for the log-in"), user.email)],
    )


def factors_reset(user: User) -> Letter:
    return Letter(
        subject=_("Your second factor was reset"),
        paragraphs=[
            _("All second factors were removed from your account. You log in with the password."),
            _("Set up a new second factor on the page about the security of your account."),
            not_you(),
        ],
        facts=[(_("E-mail for the log-in"), user.email)],
    )


def recovery_code_used(user: User, left: int) -> Letter:
    said = ngettext(
        "You have %(left)s recovery code left.", "You have %(left)s recovery codes left.", left
    )
    return Letter(
        subject=_("A recovery code was used"),
        paragraphs=[
            _("One of your recovery codes was used to log in to your account."),
            said % {"left": left},
            not_you(),
        ],
        facts=[(_("E-mail for the log-in"), user.email)],
    )


def recovery_codes_renewed(user: User) -> Letter:
    return Letter(
        subject=_("You have new recovery codes"),
        paragraphs=[
            _("New recovery codes were made for your account. The former ones work no more."),
            not_you(),
        ],
        facts=[(_("E-mail for the log-in"), user.email)],
    )


def identity_linked(user: User, provider: str) -> Letter:
    return Letter(
        subject=_("You can log in with %(provider)s now") % {"provider": provider},
        paragraphs=[
            _("Your account was linked to %(provider)s when somebody logged in there.")
            % {"provider": provider},
            not_you(),
        ],
        facts=[(_("Single sign-on"), provider), (_("E-mail for the log-in"), user.email)],
    )
