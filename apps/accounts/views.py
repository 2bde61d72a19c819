"""Pages without a log-in: accepting an invitation, a new password for who forgot the old one."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.forms import ForgottenPasswordForm, NewPasswordForm
from apps.accounts.lockout import too_many
from apps.accounts.services import notices
from apps.accounts.services.links import INVITATION, RESET, Purpose, find_user
from apps.accounts.services.passwords import LinkDeadError, set_password_by_link
from apps.core.addresses import client_address
from apps.portal.navigation import is_console
from apps.portal.site import console_site, portal_site
from apps.tenants.selectors import url_for_mails

TOKEN_KEY = "accounts.link"  # noqa: S105 the place in the session, not the token


def page(request: HttpRequest, template: str, status: int = 200, **context: Any) -> HttpResponse:
    """Return a page in the frame of the log-in, on whichever site the host leads to."""
    site = console_site if is_console(request) else portal_site
    return render(request, template, {**site.each_context(request), **context}, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def forgotten_password(request: HttpRequest) -> HttpResponse:
    """Ask for the e-mail; whatever it is, the answer and the work before it are the same."""
    form = ForgottenPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        address, now = client_address(request), timezone.now()
        if notices.is_asking_too_much(address, now=now):
            return too_many(request)
        notices.ask_for_reset(
            form.cleaned_data["email"], address=address, base_url=url_for_mails(request), now=now
        )
        return HttpResponseRedirect(reverse("forgotten_password_sent"))
    return page(request, "accounts/forgotten_password.html", form=form)


@never_cache
@require_safe
def forgotten_password_sent(request: HttpRequest) -> HttpResponse:
    return page(request, "accounts/forgotten_password_sent.html")


def follow_link(request: HttpRequest, token: str, purpose: Purpose) -> HttpResponse:
    """Keep the token in the session and lead to an address without it: no log, no referrer has it.

    Opening the link uses nothing up, since mail programs open links before their readers do.
    """
    if find_user(purpose, token) is None:
        return page(request, "accounts/link_dead.html", status=410)
    request.session[TOKEN_KEY] = token
    return HttpResponseRedirect(reverse(f"{purpose.url_name}_form"))


def set_password(request: HttpRequest, purpose: Purpose) -> HttpResponse:
    """Show the form for the new password and set it; then the log-in."""
    token = request.session.get(TOKEN_KEY, "")
    user = find_user(purpose, token)
    if user is None:
        return page(request, "accounts/link_dead.html", status=410)
    form = NewPasswordForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            password = form.cleaned_data["password1"]
            set_password_by_link(purpose, token, password, now=timezone.now())
        except LinkDeadError:
            return page(request, "accounts/link_dead.html", status=410)
        request.session.flush()
        messages.success(request, _("Your password is set. Log in with it."))
        return HttpResponseRedirect(reverse("admin:login"))
    return page(
        request,
        "accounts/set_password.html",
        form=form,
        account=user,
        is_first=purpose is INVITATION,
    )


@never_cache
@require_safe
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    return follow_link(request, token, INVITATION)


@never_cache
@require_safe
def reset_password(request: HttpRequest, token: str) -> HttpResponse:
    return follow_link(request, token, RESET)


@sensitive_post_parameters("password1", "password2")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def accept_invitation_form(request: HttpRequest) -> HttpResponse:
    return set_password(request, INVITATION)


@sensitive_post_parameters("password1", "password2")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def reset_password_form(request: HttpRequest) -> HttpResponse:
    return set_password(request, RESET)
