"""Saving identity providers, and trying them out.

Whoever chooses who vouches for the tenant's people could be any of them, so only somebody who holds
all rights of an admin does that.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.accounts.domain.roles import ADMIN, PERMISSIONS
from apps.accounts.models import GroupMapping, IdentityProvider, User
from apps.accounts.selectors import holds
from apps.accounts.services import oidc
from apps.accounts.services.people import BeyondOwnRightsError, check_groups, require
from apps.core.outbound import OutboundError
from apps.core.sealing import seal


@dataclass(frozen=True, slots=True)
class Mapped:
    """A value of the claim and the group that it gives."""

    value: str
    group: Group


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried, in words; `is_good` None: a hint."""

    is_good: bool | None
    text: str | Promise


def may_configure(actor: User) -> bool:
    """Say whether nobody of the tenant has rights that the actor lacks."""
    return not actor.is_limited_to_locations and holds(actor, set(PERMISSIONS[ADMIN]))


def require_configurer(actor: User, right: str) -> None:
    require(actor, right)
    if not may_configure(actor):
        raise BeyondOwnRightsError


@transaction.atomic
def save_provider(
    actor: User,
    provider: IdentityProvider,
    *,
    secret: str | None,
    mappings: Iterable[Mapped],
    default_groups: Iterable[Group],
) -> None:
    """Save it with exactly these mappings. `secret` None keeps the old one, "" takes it away.

    Raises PermissionDenied, BeyondOwnRightsError.
    """
    mappings, default_groups = list(mappings), list(default_groups)
    action = "add" if provider.pk is None else "change"
    require_configurer(actor, f"accounts.{action}_identityprovider")
    check_groups(actor, [*default_groups, *(mapped.group for mapped in mappings)])
    if secret is not None:
        provider.client_secret_sealed = seal(secret, oidc.PURPOSE) if secret else ""
    provider.save()
    provider.default_groups.set(default_groups)
    wanted = {(mapped.value, mapped.group.pk) for mapped in mappings}
    for row in provider.mappings.all():
        if (row.claim_value, row.group_id) in wanted:
            wanted.remove((row.claim_value, row.group_id))
        else:
            row.delete()
    for value, group_id in sorted(wanted):
        GroupMapping.objects.create(provider=provider, claim_value=value, group_id=group_id)
    oidc.forget(provider.issuer)


@transaction.atomic
def delete_provider(actor: User, provider: IdentityProvider) -> None:
    """Delete it; its people keep their accounts. Raises as `save_provider`."""
    require_configurer(actor, "accounts.delete_identityprovider")
    provider.delete()


def try_provider(provider: IdentityProvider) -> list[Finding]:
    """Ask the provider for what a log-in needs, and say what is wrong, in words."""
    oidc.forget(provider.issuer)
    try:
        discovery = oidc.discovery_of(provider.issuer)
    except OutboundError as error:
        return [Finding(False, str(error))]
    findings = [Finding(True, _("The provider answers and describes itself."))]
    try:
        keys = oidc.read_keys(discovery)
    except OutboundError as error:
        findings.append(Finding(False, str(error)))
    else:
        findings.append(judge_keys(keys))
    findings.append(judge_algorithms(discovery))
    if discovery.challenge_methods and "S256" not in discovery.challenge_methods:
        findings.append(Finding(False, _("The provider does not know PKCE with S256.")))
    if not discovery.end_session_endpoint:
        text = _("The provider offers no log-out: people stay logged in there.")
        findings.append(Finding(None, text))
    return findings


def judge_keys(keys: list[dict[str, object]]) -> Finding:
    usable = [key for key in keys if key.get("kty") in oidc.KEY_TYPES.values()]
    if not usable:
        return Finding(False, _("The provider has no key that we can check its signatures with."))
    return Finding(True, _("The provider's keys can be read."))


def judge_algorithms(discovery: oidc.Discovery) -> Finding:
    if discovery.algorithms and not oidc.ALGORITHMS & set(discovery.algorithms):
        text = _("The provider signs in no way that we accept. Choose RS256 or ES256 there.")
        return Finding(False, text)
    return Finding(True, _("The provider signs in a way that we accept."))
