"""What people are told by mail about their accounts, in words."""

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.notifications.services.letters import Letter
from apps.tenants.selectors import brand_of, current_tenant

INVITATION = "invitation"
RESET = "reset"
PASSWORD_CHANGED = "password_changed"  # noqa: S105
LOCKED = "locked"
LOCKED_FOR_ADMINS = "locked_for_admins"
EMAIL_CHANGED = "email_changed"


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
