"""Logging in by single sign-on: the way to the provider and back, and logging out there too."""

import hmac
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.accounts.admin.providers import callback_url
from apps.accounts.domain.sessions import SignInWay
from apps.accounts.domain.sign_on import Fault, person_of
from apps.accounts.lockout import is_address_closed, too_many
from apps.accounts.models import IdentityProvider
from apps.accounts.second_step import safe_way, sign_in
from apps.accounts.selectors import enabled_providers
from apps.accounts.services import oidc, sign_on
from apps.accounts.services.oidc import Attempt, Discovery, SignOnFailed
from apps.accounts.views import page
from apps.audit.services.visits import record_failure
from apps.core.addresses import base_url
from apps.core.outbound import OutboundError
from apps.portal.navigation import is_console
from apps.portal.site import console_site, portal_site

ATTEMPTS_KEY = "sign_on"
"""In the session: the log-ins under way, by state."""
LOG_OUT_KEY = "sign_on_log_out"
ATTEMPT_LASTS = timedelta(minutes=10)
MOST_ATTEMPTS = 5
LONGEST_TOKEN = 8 * 1024


def provider_or_404(request: HttpRequest, number: int) -> IdentityProvider:
    """Return the provider in use. The console has none: its operators are not a tenant's people."""
    provider = None if is_console(request) else enabled_providers().filter(pk=number).first()
    if provider is None:
        raise Http404
    return provider


def failed(
    request: HttpRequest, provider: IdentityProvider, fault: Fault, *, email: str = ""
) -> HttpResponse:
    """Note why, and answer alike whatever it was: nobody learns which accounts there are."""
    record_failure(email, details={"by": str(provider), "reason": fault.value})
    return page(request, "accounts/sign_on_failed.html", status=403)


@never_cache
@require_safe
def begin(request: HttpRequest, number: int) -> HttpResponse:
    """Send the browser to the provider."""
    provider = provider_or_404(request, number)
    if is_address_closed(request):
        return too_many(request)
    try:
        discovery = oidc.discovery_of(provider.issuer)
    except OutboundError:
        return failed(request, provider, Fault.UNREACHABLE)
    attempt = Attempt(
        provider=provider.pk,
        issuer=provider.issuer,
        to=safe_way(request, request.GET.get("next"), otherwise=reverse("admin:index")),
        at=timezone.now().timestamp(),
    )
    keep(request, attempt)
    callback = callback_url(request, provider.pk)
    return HttpResponseRedirect(oidc.authorization_url(provider, discovery, attempt, callback))


def keep(request: HttpRequest, attempt: Attempt) -> None:
    """Keep the attempt in the session; of many the latest few."""
    kept = list(request.session.get(ATTEMPTS_KEY, []))[-(MOST_ATTEMPTS - 1) :]
    request.session[ATTEMPTS_KEY] = [*kept, attempt.as_dict()]


def take(request: HttpRequest, provider: IdentityProvider, now: datetime) -> Attempt:
    """Return the attempt to which the answer belongs, and forget it. Raises SignOnFailed."""
    state = request.GET.get("state", "")
    kept = request.session.get(ATTEMPTS_KEY, [])
    ours = [one for one in kept if hmac.compare_digest(one["state"].encode(), state.encode())]
    request.session[ATTEMPTS_KEY] = [one for one in kept if one not in ours]
    if not ours:
        raise SignOnFailed(Fault.STATE)
    attempt = Attempt(**ours[0])
    if now.timestamp() - attempt.at > ATTEMPT_LASTS.total_seconds():
        raise SignOnFailed(Fault.STATE)
    if (attempt.provider, attempt.issuer) != (provider.pk, provider.issuer):
        raise SignOnFailed(Fault.OTHER_ISSUER)
    return attempt


@never_cache
@require_safe
def callback(request: HttpRequest, number: int) -> HttpResponse:
    """Let in whoever the provider says it is, in a session of a new key."""
    provider = provider_or_404(request, number)
    if is_address_closed(request):
        return too_many(request)
    now, email = timezone.now(), ""
    try:
        attempt = take(request, provider, now)
        discovery = oidc.discovery_of(provider.issuer)
        check_answer(request, discovery)
        tokens = oidc.exchange(
            provider,
            discovery,
            attempt,
            code=request.GET["code"],
            callback=callback_url(request, provider.pk),
        )
        id_token = tokens.get("id_token")
        claims = oidc.checked_claims(
            id_token, discovery, client_id=provider.client_id, nonce=attempt.nonce
        )
        claims = oidc.with_userinfo(claims, discovery, tokens.get("access_token"))
        person = person_of(claims, provider.groups_claim)
        email = person.email
        user = sign_on.let_in(provider, person, now=now)
    except SignOnFailed as error:
        return failed(request, provider, error.fault, email=email)
    except OutboundError:
        return failed(request, provider, Fault.UNREACHABLE)
    kept = kept_for_log_out(request, provider, discovery, str(id_token))
    return sign_in(request, user, to=attempt.to, way=SignInWay.SINGLE_SIGN_ON, kept=kept)


def check_answer(request: HttpRequest, discovery: Discovery) -> None:
    """Raise SignOnFailed unless the answer is this provider's and carries a code (RFC 9207)."""
    issuer = request.GET.get("iss")
    if (issuer is not None or discovery.sends_issuer) and issuer != discovery.issuer:
        raise SignOnFailed(Fault.OTHER_ISSUER)
    if request.GET.get("error") or not request.GET.get("code"):
        raise SignOnFailed(Fault.PROVIDER_ERROR)


def kept_for_log_out(
    request: HttpRequest, provider: IdentityProvider, discovery: Discovery, id_token: str
) -> dict[str, Any]:
    """Return what the session keeps for a log-out at the provider, {} where it offers none."""
    if not discovery.end_session_endpoint or len(id_token) > LONGEST_TOKEN:
        return {}
    address = oidc.log_out_url(
        discovery,
        client_id=provider.client_id,
        id_token=id_token,
        back_to=base_url(request) + settings.LOGOUT_REDIRECT_URL,
    )
    return {LOG_OUT_KEY: {"provider": str(provider), "address": address}}


def log_out(request: HttpRequest) -> HttpResponse:
    """Log out here; then offer to log out at the provider too, by a link.

    No redirect: our policy lets forms lead to ourselves only, and who uses one log-in for many
    things seldom wants to leave all of them.
    """
    site = console_site if is_console(request) else portal_site
    there: dict[str, Any] | None = request.session.get(LOG_OUT_KEY)
    answer = site.logout(request)
    if there is None or request.method != "POST":
        return answer
    return page(request, "accounts/logged_out.html", **there)
