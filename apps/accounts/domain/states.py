"""The states of an account, as the list of portal users shows and filters them."""

from enum import StrEnum


class UserState(StrEnum):
    """What an account can do at the moment."""

    INVITED = "invited"
    ACTIVE = "active"
    LOCKED = "locked"
    DISABLED = "disabled"


def user_state(*, is_active: bool, is_locked: bool, is_waited_for: bool) -> UserState:
    """Return the state; what keeps the user out for longest comes first."""
    if not is_active:
        return UserState.DISABLED
    if is_locked:
        return UserState.LOCKED
    return UserState.INVITED if is_waited_for else UserState.ACTIVE
