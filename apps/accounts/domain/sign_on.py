"""What an ID token says of a person, and why somebody is not let in (OpenID Connect Core 1.0)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

LONGEST_SUBJECT = 255
"""OpenID Connect Core, 2."""
MOST_GROUPS = 1000


class Fault(StrEnum):
    """Why a log-in by single sign-on failed; for the audit trail, not for who tried."""

    STATE = "state"
    PROVIDER_ERROR = "provider_error"
    OTHER_ISSUER = "other_issuer"
    UNREACHABLE = "unreachable"
    CODE = "code"
    SECRET = "secret"  # noqa: S105
    ALGORITHM = "algorithm"
    KEY = "key"
    TOKEN = "token"  # noqa: S105
    NONCE = "nonce"
    SUBJECT = "subject"
    EMAIL_MISSING = "email_missing"
    EMAIL_NOT_VERIFIED = "email_not_verified"
    EMAIL_DOMAIN = "email_domain"
    UNKNOWN_USER = "unknown_user"
    LINKED_TO_ANOTHER = "linked_to_another"
    DISABLED = "disabled"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Person:
    """Who somebody is by the provider; `groups` None: the provider does not say."""

    issuer: str
    subject: str
    email: str
    is_email_verified: bool
    first_name: str
    last_name: str
    groups: frozenset[str] | None


def person_of(claims: Mapping[str, Any], groups_claim: str) -> Person:
    """Return who the (checked) claims speak of."""
    return Person(
        issuer=str(claims["iss"]),
        subject=str(claims["sub"]),
        email=text_of(claims.get("email")).strip().lower(),
        # Some send the word; anything but true or "true" is no.
        is_email_verified=claims.get("email_verified") in (True, "true"),
        first_name=text_of(claims.get("given_name"))[:100],
        last_name=text_of(claims.get("family_name"))[:100],
        groups=groups_in(claims, groups_claim),
    )


def text_of(value: Any) -> str:
    return value if isinstance(value, str) else ""


def groups_in(claims: Mapping[str, Any], name: str) -> frozenset[str] | None:
    """Return the values of the claim: {"groups": ["a", "b"]} → {"a", "b"}; none is the empty set.

    None when the provider says that they did not fit into the token (`_claim_names`): that is no
    reason to take groups away.
    """
    elsewhere = claims.get("_claim_names")
    if name not in claims and isinstance(elsewhere, Mapping) and name in elsewhere:
        return None
    value = claims.get(name)
    values = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return frozenset(text for text in values[:MOST_GROUPS] if isinstance(text, str) and text)


def fits_domains(email: str, domains: Collection[str]) -> bool:
    """Say whether the e-mail is of one of the domains; without any, every one is right."""
    return not domains or email.rpartition("@")[2] in domains


def domains_in(text: str) -> list[str]:
    """Return domains as typed: "@Example.com, example.org" → ["example.com", "example.org"]."""
    words = text.replace(",", " ").replace(";", " ").split()
    return sorted({word.lower().lstrip("@").rstrip(".") for word in words} - {""})


def values_in(text: str) -> list[str]:
    """Return the values of a claim as typed, divided by commas: "a, b c" → ["a", "b c"]."""
    return list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
