"""Security of the own account: second factors, recovery codes, passkeys.

What is changed here guards the account, so its owner proves who it is again when the last proof
is older than ten minutes. Another user's factors have no address: every look-up begins with
whoever asks.
"""

import base64
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt, encrypt
from django.contrib import messages
from django.contrib.auth import authenticate
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from apps.accounts.admin.sign_in import code_form, factor_context, shown_factor
from apps.accounts.domain.factors import Factor
from apps.accounts.forms import CodeForm, OwnCurrentPasswordForm, PasskeyNameForm
from apps.accounts.lockout import refusal_of
from apps.accounts.models import User
from apps.accounts.second_step import (
    answer_of,
    confirm,
    is_confirmed,
    keep_ceremony,
    place_of,
    safe_way,
    take_ceremony,
)
from apps.accounts.selectors import factors_of, has_factor
from apps.accounts.services import factors
from apps.accounts.services.passkeys import add_passkey, begin_adding, passkeys_of
from apps.core.errors import AppError
from apps.core.origin import FACTOR_KEY, SUPPORT_KEY
from apps.portal.login import is_held_back
from apps.portal.navigation import is_console
from apps.portal.refusals import show_refusal
from apps.portal.rendering import render_page
from apps.portal.site import PortalSite, console_site, portal_site

NEW_APP_KEY = "new_app"
SECURITY = "admin:own_security"
View = Callable[..., HttpResponse]


def site_of(request: HttpRequest) -> PortalSite:
    return console_site if is_console(request) else portal_site


def show(
    request: HttpRequest, template: str, title: str | Promise, context: dict[str, Any]
) -> TemplateResponse:
    """Return a page; whoever is held back sees no menu, since it would lead nowhere."""
    held_back = is_held_back(request.tenant, request.session)  # type: ignore[attr-defined]
    frame = {"is_nav_sidebar_enabled": False} if held_back else {}
    context = {"held_back": held_back, **frame, **context}
    response = render_page(request, template, context, title=title, site=site_of(request))
    response.headers["Cache-Control"] = "no-store"
    return response


def to_security() -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse(SECURITY))


def own(view: View) -> View:
    """Refuse support: its account is nobody's own."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if SUPPORT_KEY in request.session:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return checked


def confirmed(view: View) -> View:
    """Let whoever proved who it is a short while ago pass; the others do so first.

    Who has a second factor shows that one: the password alone was not enough to log in either.
    """

    @own
    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        session = request.session
        showed_all = bool(session.get(FACTOR_KEY)) or not has_factor(person(request))
        if showed_all and is_confirmed(session, now=timezone.now()):
            return view(request, *args, **kwargs)
        back = request.path if request.method == "GET" else reverse(SECURITY)
        address = reverse("admin:confirm_identity")
        return HttpResponseRedirect(f"{address}?{urlencode({'next': back})}")

    return checked


def person(request: HttpRequest) -> User:
    user: Any = request.user
    return user


@own
def security_page(request: HttpRequest) -> HttpResponse:
    """Show which factors there are, and where to change what guards the account."""
    user = person(request)
    context = {
        "factors": factors_of(user),
        "app": Authenticator.objects.filter(user=user, type=Factor.APP).first(),
        "passkeys": passkeys_of(user),
        "host": place_of(request).host,
        "are_codes_kept": factors.are_codes_kept(user),
    }
    return show(request, "accounts/own_security.html", _("Security of your account"), context)


@own
def confirm_page(request: HttpRequest) -> HttpResponse:
    """Ask who it is: for the second factor of whoever has one, else for the password."""
    user = person(request)
    if refused := refusal_of(request, user.email):
        return refused
    to = safe_way(request, request.GET.get("next"), otherwise=reverse(SECURITY))
    if has_factor(user):
        form: Any = code_form(request, user)
        factor = shown_factor(request, user, form) if request.method == "POST" else None
        if factor:
            request.session[FACTOR_KEY] = factor.value
        is_proven, context = factor is not None, factor_context(request, user, form)
    else:
        form = OwnCurrentPasswordForm(request.POST or None)
        is_proven = request.method == "POST" and form.is_valid() and is_own_password(request, form)
        context = {"form": form, "has_password": user.has_usable_password()}
    if is_proven:
        # A session that may do more has a new key (ASVS 5.0, 7.2.4).
        request.session.cycle_key()
        confirm(request.session, now=timezone.now())
        return HttpResponseRedirect(to)
    return show(request, "accounts/confirm_identity.html", _("Is it you?"), context)


def is_own_password(request: HttpRequest, form: OwnCurrentPasswordForm) -> bool:
    """Say whether the password is right; a wrong one is counted as at the log-in."""
    password = form.cleaned_data["password"]
    user = authenticate(request, username=person(request).email, password=password)
    if user is None:
        form.add_error("password", _("The password is wrong."))
    return user is not None and user.pk == request.user.pk


def after_adding(request: HttpRequest, factor: Factor, text: str | Promise) -> HttpResponse:
    """Say that it is done; whoever set up the factor has shown it, too."""
    request.session[FACTOR_KEY] = factor.value
    messages.success(request, str(text))
    if factors.are_codes_kept(person(request)):
        return to_security()
    return HttpResponseRedirect(reverse("admin:recovery_codes"))


@confirmed
def app_page(request: HttpRequest) -> HttpResponse:
    """Show a new secret as QR code and text, and keep it once its app gave a right code."""
    user = person(request)
    sealed = request.session.setdefault(NEW_APP_KEY, encrypt(factors.new_secret()))
    secret = decrypt(sealed)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            factors.add_app(user, secret, form.cleaned_data["code"], now=timezone.now())
        except AppError as error:
            show_refusal(form, error)
        else:
            del request.session[NEW_APP_KEY]
            return after_adding(request, Factor.APP, _("The authenticator app is set up."))
    adapter = get_adapter()
    drawing = adapter.build_totp_svg(adapter.build_totp_url(user, secret))
    context = {
        "form": form,
        "qr": "data:image/svg+xml;base64," + base64.b64encode(drawing.encode()).decode(),
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "replaces": factors_of(user).has_app,
    }
    return show(request, "accounts/add_app.html", _("Set up an authenticator app"), context)


@confirmed
def remove_app(request: HttpRequest) -> HttpResponse:
    return removed(request, lambda: factors.remove_app(person(request)))


@confirmed
def remove_passkey(request: HttpRequest, pk: int) -> HttpResponse:
    return removed(request, lambda: factors.remove_passkey(person(request), pk))


def removed(request: HttpRequest, remove: Callable[[], None]) -> HttpResponse:
    try:
        remove()
    except Authenticator.DoesNotExist as error:
        raise Http404 from error
    except AppError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("It is removed."))
    return to_security()


@confirmed
def recovery_codes_page(request: HttpRequest) -> HttpResponse:
    """Show the codes until their owner says to have them, then only how many are left."""
    user = person(request)
    if not has_factor(user):
        return to_security()
    codes = factors.recovery_codes(user)
    is_kept = factors.are_codes_kept(user)
    context = {"codes": [] if is_kept else spaced(codes), "left": len(codes)}
    return show(request, "accounts/recovery_codes.html", _("Recovery codes"), context)


def spaced(codes: list[str]) -> list[str]:
    """Return the codes as people read them: "12345678" → "1234 5678"."""
    return [f"{code[:4]} {code[4:]}" for code in codes]


@confirmed
def download_codes(request: HttpRequest) -> HttpResponse:
    """Hand the codes out as a text file, as long as they are shown."""
    user = person(request)
    if factors.are_codes_kept(user):
        raise Http404
    lines = [place_of(request).host, user.email, "", *spaced(factors.recovery_codes(user)), ""]
    headers = {
        "Content-Disposition": 'attachment; filename="recovery-codes.txt"',
        "Cache-Control": "no-store",
    }
    return HttpResponse("\r\n".join(lines), "text/plain; charset=utf-8", headers=headers)


@confirmed
def keep_codes(request: HttpRequest) -> HttpResponse:
    factors.keep_recovery_codes(person(request))
    return to_security()


@confirmed
def renew_codes(request: HttpRequest) -> HttpResponse:
    factors.renew_recovery_codes(person(request))
    return HttpResponseRedirect(reverse("admin:recovery_codes"))


@confirmed
def passkey_page(request: HttpRequest) -> HttpResponse:
    """Name a new passkey and keep what the browser made of it."""
    form = PasskeyNameForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        state = take_ceremony(request.session, now=now)
        answer = answer_of(request.POST.get("credential", ""))
        name = form.cleaned_data["name"]
        try:
            add_passkey(person(request), place_of(request), state, answer, name=name, now=now)
        except AppError as error:
            show_refusal(form, error)
        else:
            return after_adding(request, Factor.PASSKEY, _("The passkey is added."))
    return show(request, "accounts/add_passkey.html", _("Add a passkey"), {"form": form})


@confirmed
def new_passkey_options(request: HttpRequest) -> HttpResponse:
    """Give the browser what it needs to make a passkey for this account at this host."""
    try:
        options, state = begin_adding(person(request), place_of(request))
    except AppError as error:
        return JsonResponse({"error": str(error)}, status=409)
    keep_ceremony(request.session, state, now=timezone.now())
    return JsonResponse(options)


@confirmed
def rename_passkey(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    row = passkeys_of(user).filter(pk=pk).first()
    if row is None:
        raise Http404
    form = PasskeyNameForm(request.POST or None, initial={"name": row.data["name"]})
    if request.method == "POST" and form.is_valid():
        try:
            factors.rename_passkey(user, pk, form.cleaned_data["name"])
        except AppError as error:
            show_refusal(form, error)
        else:
            return to_security()
    return show(request, "portal/form_page.html", _("Rename passkey"), {"form": form})


PAGES: list[tuple[str, View, str, str]] = [
    ("", security_page, "own_security", "GET"),
    ("app/", app_page, "add_app", "GET,POST"),
    ("app/remove/", remove_app, "remove_app", "POST"),
    ("recovery-codes/", recovery_codes_page, "recovery_codes", "GET"),
    ("recovery-codes/download/", download_codes, "download_recovery_codes", "GET"),
    ("recovery-codes/keep/", keep_codes, "keep_recovery_codes", "POST"),
    ("recovery-codes/renew/", renew_codes, "renew_recovery_codes", "POST"),
    ("passkeys/add/", passkey_page, "add_passkey", "GET,POST"),
    ("passkeys/options/", new_passkey_options, "new_passkey_options", "POST"),
    ("passkeys/<int:pk>/rename/", rename_passkey, "rename_passkey", "GET,POST"),
    ("passkeys/<int:pk>/remove/", remove_passkey, "remove_passkey", "POST"),
]

for site in (portal_site, console_site):
    site.add_page(
        "account/confirm/", confirm_page, name="confirm_identity", right=None, method="GET,POST"
    )
    for route, view, name, method in PAGES:
        site.add_page(f"account/security/{route}", view, name=name, right=None, method=method)
