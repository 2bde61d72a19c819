"""What the pages of portal and console say of an account: its state, its last mail with a link."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import USER_STATE_LABELS
from apps.accounts.domain.states import UserState
from apps.accounts.models import User
from apps.accounts.selectors import state_of
from apps.accounts.services import letters
from apps.accounts.services.links import INVITATION
from apps.notifications.selectors import last_mail_to
from apps.portal import formats


def state_in_words(user: User) -> str:
    """Say the state, and of an invitation whether its link still works."""
    state = state_of(user)
    label = str(USER_STATE_LABELS[state])
    if state is not UserState.INVITED or user.invited_at is None:
        return label
    ends = user.invited_at + INVITATION.lasts
    if ends < timezone.now():
        return str(_("%(state)s; the link is too old: send it again") % {"state": label})
    return str(
        _("%(state)s; the link works until %(moment)s")
        % {"state": label, "moment": formats.moment(ends, "short")}
    )


def last_mail_in_words(user: User) -> str:
    """Say what became of the last mail with a link, so that nobody has to guess."""
    mail = last_mail_to(user.email, (letters.INVITATION, letters.RESET))
    if mail is None:
        return formats.NOTHING
    moment = formats.moment(mail.sent_at or mail.created_at, "short")
    words = f"{mail.subject}: {mail.get_state_display()}, {moment}"
    return f"{words} ({mail.last_error})" if mail.last_error else words
