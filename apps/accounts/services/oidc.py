"""Talking to an OpenID provider: what it offers, the way there, and checking what it answers.

Authorization code flow with PKCE, state and nonce (OpenID Connect Core 1.0, RFC 7636, RFC 9700).
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import jwt
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from apps.accounts.domain.sign_on import LONGEST_SUBJECT, Fault
from apps.accounts.models import IdentityProvider
from apps.core.errors import AppError
from apps.core.outbound import AnswerUnusable, OutboundError, check_address, fetch
from apps.core.sealing import SealBroken, unseal

PURPOSE = "chargeyard identity providers"
SCOPES = "openid email profile"
CACHED_S = 600
LEEWAY_S = 60
WELL_KNOWN = "/.well-known/openid-configuration"

KEY_TYPES = {"RS": "RSA", "PS": "RSA", "ES": "EC"}
ALGORITHMS = frozenset(f"{family}{size}" for family in KEY_TYPES for size in (256, 384, 512))
"""Signatures with a private key only: `none` proves nothing, and HS256 would let whoever knows the
public key sign."""


class SignOnFailed(AppError):
    """The log-in failed; `fault` says why, for the trail."""

    code = "sign_on_failed"
    message = _("The log-in did not work. Please try again, or ask your admin.")

    def __init__(self, fault: Fault) -> None:
        super().__init__()
        self.fault = fault


class DiscoveryUnusable(OutboundError):
    code = "discovery_unusable"
    message = _("The provider's description of itself lacks %(what)s.")


class IssuerDiffers(OutboundError):
    code = "issuer_differs"
    message = _("The provider calls itself %(found)s. Enter exactly that as the issuer.")


@dataclass(frozen=True, slots=True)
class Discovery:
    """What a provider says of itself (OpenID Connect Discovery 1.0, 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    end_session_endpoint: str = ""
    auth_methods: tuple[str, ...] = ()
    algorithms: tuple[str, ...] = ()
    challenge_methods: tuple[str, ...] = ()
    sends_issuer: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """What we must know again when the browser comes back; kept in its session, used once."""

    provider: int
    issuer: str
    to: str
    at: float
    state: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def read_discovery(issuer: str) -> Discovery:
    """Ask the provider what it offers. Raises OutboundError."""
    document = fetch(issuer.rstrip("/") + WELL_KNOWN).json()
    if document.get("issuer") != issuer:
        raise IssuerDiffers("issuer", found=str(document.get("issuer"))[:300])
    needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    optional = ("userinfo_endpoint", "end_session_endpoint")
    addresses = {}
    for name in (*needed, *optional):
        address = document.get(name)
        if isinstance(address, str) and address:
            check_address(address)
            addresses[name] = address
        elif name in needed:
            raise DiscoveryUnusable(what=name)
    return Discovery(
        issuer=issuer,
        auth_methods=texts(document, "token_endpoint_auth_methods_supported"),
        algorithms=texts(document, "id_token_signing_alg_values_supported"),
        challenge_methods=texts(document, "code_challenge_methods_supported"),
        sends_issuer=document.get("authorization_response_iss_parameter_supported") is True,
        **addresses,
    )


def texts(document: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = document.get(name)
    return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list) else ()


def discovery_of(issuer: str) -> Discovery:
    """Return what the provider offers, as asked within the last ten minutes."""
    key = cache_key("discovery", issuer)
    known = cache.get(key)
    if known is None:
        known = asdict(read_discovery(issuer))
        cache.set(key, known, CACHED_S)
    return Discovery(**known)


def cache_key(what: str, issuer: str) -> str:
    return f"oidc:{what}:{hashlib.sha256(issuer.encode()).hexdigest()}"


def read_keys(discovery: Discovery) -> list[dict[str, Any]]:
    """Ask the provider for its public keys. Raises OutboundError."""
    answer = fetch(discovery.jwks_uri)
    keys = answer.json().get("keys")
    if not isinstance(keys, list):
        raise AnswerUnusable(url=discovery.jwks_uri, status=answer.status)
    return [key for key in keys if isinstance(key, dict)]


def forget(issuer: str) -> None:
    """Ask the provider anew next time."""
    cache.delete_many([cache_key("discovery", issuer), cache_key("keys", issuer)])


def authorization_url(
    provider: IdentityProvider, discovery: Discovery, attempt: Attempt, callback: str
) -> str:
    """Return where to send the browser."""
    digest = hashlib.sha256(attempt.verifier.encode()).digest()
    parameters = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": callback,
        "scope": SCOPES,
        "state": attempt.state,
        "nonce": attempt.nonce,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    address = discovery.authorization_endpoint
    return f"{address}{'&' if '?' in address else '?'}{urlencode(parameters)}"


def exchange(
    provider: IdentityProvider, discovery: Discovery, attempt: Attempt, *, code: str, callback: str
) -> dict[str, Any]:
    """Return the provider's tokens for a code. Raises SignOnFailed, OutboundError."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": callback,
        "code_verifier": attempt.verifier,
        "client_id": provider.client_id,
    }
    headers = {}
    secret = secret_of(provider)
    if secret and "client_secret_basic" in (discovery.auth_methods or ("client_secret_basic",)):
        pair = f"{quote(provider.client_id, safe='')}:{quote(secret, safe='')}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    elif secret:
        form["client_secret"] = secret
    answer = fetch(discovery.token_endpoint, form=form, headers=headers)
    if answer.status in {400, 401, 403}:
        raise SignOnFailed(Fault.CODE)
    return answer.json()


def secret_of(provider: IdentityProvider) -> str:
    """Return the client secret; "" for a public client. Raises SignOnFailed."""
    sealed = provider.client_secret_sealed
    try:
        return unseal(sealed, PURPOSE) if sealed else ""
    except SealBroken as error:
        raise SignOnFailed(Fault.SECRET) from error


def checked_claims(
    token: Any, discovery: Discovery, *, client_id: str, nonce: str
) -> dict[str, Any]:
    """Return the claims of an ID token that is good in every respect. Raises SignOnFailed."""
    try:
        header = jwt.get_unverified_header(token)
        algorithm = header.get("alg")
        if algorithm not in ALGORITHMS:
            raise SignOnFailed(Fault.ALGORITHM)
        key = signing_key(discovery, header.get("kid"), algorithm)
        claims: dict[str, Any] = jwt.decode(
            token,
            jwt.PyJWK(key, algorithm=algorithm),
            algorithms=[algorithm],
            audience=client_id,
            issuer=discovery.issuer,
            leeway=LEEWAY_S,
            options={"require": ["iss", "sub", "aud", "exp", "iat"]},
        )
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise SignOnFailed(Fault.TOKEN) from error
    is_for_several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if (is_for_several or "azp" in claims) and claims.get("azp") != client_id:
        raise SignOnFailed(Fault.TOKEN)
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise SignOnFailed(Fault.NONCE)
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise SignOnFailed(Fault.SUBJECT)
    return claims


def signing_key(discovery: Discovery, key_id: Any, algorithm: str) -> dict[str, Any]:
    """Return the provider's key of that name; keys that rotated are asked for once."""
    cached = cache.get(cache_key("keys", discovery.issuer))
    found = find_key(cached, key_id, algorithm) if cached else None
    if found is None:
        keys = read_keys(discovery)
        cache.set(cache_key("keys", discovery.issuer), keys, CACHED_S)
        found = find_key(keys, key_id, algorithm)
    if found is None:
        raise SignOnFailed(Fault.KEY)
    return found


def find_key(keys: list[dict[str, Any]], key_id: Any, algorithm: str) -> dict[str, Any] | None:
    """Return the one key that fits: of the right type, for signatures, of that name if one is."""
    fitting = [
        key
        for key in keys
        if key.get("kty") == KEY_TYPES[algorithm[:2]]
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (key_id is None or key.get("kid") == key_id)
    ]
    return fitting[0] if len(fitting) == 1 else None


def with_userinfo(
    claims: dict[str, Any], discovery: Discovery, access_token: Any
) -> dict[str, Any]:
    """Return the claims, with those of the userinfo endpoint where the token names no e-mail."""
    if "email" in claims or not discovery.userinfo_endpoint or not isinstance(access_token, str):
        return claims
    headers = {"Authorization": f"Bearer {access_token}"}
    more = fetch(discovery.userinfo_endpoint, headers=headers).json()
    # OpenID Connect Core, 5.3.2: else somebody else's e-mail could be slipped in.
    if more.get("sub") != claims["sub"]:
        raise SignOnFailed(Fault.SUBJECT)
    return {**more, **claims}


def log_out_url(discovery: Discovery, *, client_id: str, id_token: str, back_to: str) -> str:
    """Return where somebody logs out at the provider too; "" where it offers none."""
    if not discovery.end_session_endpoint:
        return ""
    address = discovery.end_session_endpoint
    parameters = {
        "id_token_hint": id_token,
        "client_id": client_id,
        "post_logout_redirect_uri": back_to,
    }
    return f"{address}{'&' if '?' in address else '?'}{urlencode(parameters)}"
