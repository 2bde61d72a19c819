"""Words of a station's security: what happened to its password, and events worth a look."""

from enum import StrEnum


class PasswordChange(StrEnum):
    """How the last change of a station's password ended."""

    SET_HERE = "set_here"
    PUSHING = "pushing"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    NOT_SENT = "not_sent"
    # Sent, and no answer, or the station wants a restart first: it may have either password.
    UNCONFIRMED = "unconfirmed"


class EventSource(StrEnum):
    """Who reports a security event."""

    STATION = "station"
    BACK_END = "back_end"


class OwnEvent(StrEnum):
    """What the back end itself reports of a station."""

    WRONG_CREDENTIALS = "WrongCredentials"
    PROFILE_MISMATCH = "ProfileMismatch"
    CERTIFICATE_REFUSED = "CertificateRefused"
    WEAK_TLS = "WeakTls"
    FLAPPING = "Flapping"
    KEY_CHANGED = "KeyChanged"
    PROFILE_CHANGED = "ProfileChanged"
