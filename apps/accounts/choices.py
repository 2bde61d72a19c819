"""Labels of the states of accounts."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.domain.states import UserState

USER_STATE_LABELS = {
    UserState.INVITED: _("Invited"),
    UserState.ACTIVE: _("Active"),
    UserState.LOCKED: _("Locked"),
    UserState.DISABLED: _("Disabled"),
}
