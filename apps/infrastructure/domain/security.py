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
    REQUEST_REFUSED = "CertificateRequestRefused"
    TOO_MANY_REQUESTS = "TooManyCertificateRequests"
    CERTIFICATE_REVOKED = "CertificateRevoked"


class CertificateState(StrEnum):
    """How far a station's certificate got, from its request to its end."""

    # The station asked; nobody has signed yet.
    REQUESTED = "requested"
    # Signed, and on its way to the station.
    SENDING = "sending"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    NOT_SENT = "not_sent"
    # Sent without an answer: the station may have it or not.
    UNCONFIRMED = "unconfirmed"
    # The station has a newer one, or asked again before this one was signed.
    REPLACED = "replaced"
    REVOKED = "revoked"


UNDELIVERED = frozenset({CertificateState.NOT_SENT, CertificateState.UNCONFIRMED})
"""Signed, and worth another attempt to bring it to the station."""


class CertificateOrigin(StrEnum):
    """Who had the station ask for its certificate."""

    STATION = "station"
    RENEWAL = "renewal"
    PERSON = "person"
