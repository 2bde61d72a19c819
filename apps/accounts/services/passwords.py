"""Setting the own password: by a link from a mail, or in the portal with the old one."""

from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.services.links import Purpose, find_user
from apps.accounts.services.mails import send_password_changed
from apps.accounts.services.places import end_all
from apps.audit.domain.kinds import Kind
from apps.audit.services.trail import record
from apps.core.errors import AppError


class LinkDeadError(AppError):
    code = "link_dead"
    message = _("The link was used already, is too old, or was replaced by a newer one.")


@transaction.atomic
def set_password_by_link(purpose: Purpose, token: str, password: str, *, now: datetime) -> User:
    """Set the password and end all sessions of the user; return the user.

    Raises LinkDeadError, also for the second of two uses at the same time, and ValidationError.
    """
    user = find_user(purpose, token, User.objects.select_for_update())
    if user is None:
        raise LinkDeadError
    validate_password(password, user)
    is_first = not user.has_usable_password()
    user.set_password(password)
    user.joined_at = user.joined_at or now
    user.save(update_fields=["password", "joined_at", "updated_at"])
    end_all(user)
    if not is_first:
        send_password_changed(user)
    record(Kind.PASSWORD_SET, user, user, details={"by": purpose.name})
    return user


@transaction.atomic
def change_own_password(user: User, password: str) -> None:
    """Set the own password and tell the user by mail. Raises ValidationError.

    The other sessions of the user end with the request (`places.follow`), which keeps its own.
    """
    validate_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password", "updated_at"])
    send_password_changed(user)
    record(Kind.PASSWORD_SET, user, user)
