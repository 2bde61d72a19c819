"""What we answer a charger, whatever version of OCPP it speaks. Times are aware and in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RegistrationStatus(StrEnum):
    """May this station work with us?"""

    ACCEPTED = "accepted"
    PENDING = "pending"
    REJECTED = "rejected"


class AuthorizationStatus(StrEnum):
    """Outcome of an authorisation; the words of OCPP 1.6, edition 2, 7.2."""

    ACCEPTED = "accepted"
    BLOCKED = "blocked"
    EXPIRED = "expired"
    INVALID = "invalid"
    CONCURRENT_TX = "concurrent_tx"


class DataStatus(StrEnum):
    """Outcome of a vendor's own message, and of a request that is taken or refused."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNKNOWN_MESSAGE_ID = "unknown_message_id"
    UNKNOWN_VENDOR_ID = "unknown_vendor_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class BootAnswer:
    """`interval_s`: seconds between heartbeats when accepted, else until the next boot message."""

    status: RegistrationStatus
    interval_s: int
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatAnswer:
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationAnswer:
    """`expires_at`: end of validity in the charger's cache; `parent_id_tag`: group, or None."""

    status: AuthorizationStatus
    expires_at: datetime | None = None
    parent_id_tag: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StartAnswer:
    """`transaction_id` is always positive and unique, whatever the authorisation says."""

    transaction_id: int
    authorization: AuthorizationAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class StopAnswer:
    """`authorization` is None where the charger named no medium."""

    authorization: AuthorizationAnswer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataAnswer:
    """Answer to DataReceived and CertificateRequested (the latter knows accepted and rejected)."""

    status: DataStatus
    data: str | None = None


@dataclass(frozen=True, slots=True)
class EmptyAnswer:
    """Taken note of."""


Answer = (
    BootAnswer
    | HeartbeatAnswer
    | AuthorizationAnswer
    | StartAnswer
    | StopAnswer
    | DataAnswer
    | EmptyAnswer
)
