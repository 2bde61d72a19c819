"""What the trail tells of."""

from enum import StrEnum


class Kind(StrEnum):
    """What was done."""

    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"
    COMMAND = "command"
    LOGGED_IN = "logged_in"
    LOGIN_FAILED = "login_failed"
    LOGGED_OUT = "logged_out"
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    INVITED = "invited"
    RESET_STARTED = "reset_started"
    PASSWORD_SET = "password_set"  # noqa: S105
    SECOND_FACTOR = "second_factor"
    SESSIONS_ENDED = "sessions_ended"
    REFUSED = "refused"
    EXPORTED = "exported"
    IMPORTED = "imported"
    SUPPORT_BEGAN = "support_began"
    SUPPORT_ENDED = "support_ended"
