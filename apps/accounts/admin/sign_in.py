"""The second step of the log-in, and the log-in by passkey."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.domain.factors import Factor
from apps.accounts.domain.sessions import SignInWay
from apps.accounts.forms import CodeForm
from apps.accounts.lockout import (
    count_failed_passkey,
    count_failure,
    is_address_closed,
    refusal_of,
    too_many,
)
from apps.accounts.models import User
from apps.accounts.second_step import (
    HALF_KEY,
    answer_of,
    half_in,
    keep_ceremony,
    let_in,
    place_of,
    safe_way,
    sign_in,
    take_ceremony,
)
from apps.accounts.selectors import factors_of, may_use_password
from apps.accounts.services.factors import WrongCodeError, use_code
from apps.accounts.services.passkeys import (
    PasskeyRefused,
    begin_use,
    can_use_passkey,
    use_passkey,
)
from apps.accounts.views import page


class LogInView(LoginView):
    """E-mail and password; whoever has a second factor shows it next."""

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        return sign_in(self.request, form.get_user(), to=self.get_success_url())  # type: ignore[arg-type]


@sensitive_post_parameters("code", "credential")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """Ask whoever typed the right password for the second factor, and let them in."""
    half = half_in(request, now=timezone.now())
    if half is None:
        if request.session.pop(HALF_KEY, None):
            messages.error(request, _("That took too long. Please log in again."))
        return HttpResponseRedirect(reverse("admin:login"))
    if refused := refusal_of(request, half.user.email):
        return refused
    form = code_form(request, half.user)
    if request.method == "POST" and (factor := shown_factor(request, half.user, form)):
        return let_in(request, half.user, to=half.to, way=half.way, factor=factor, kept=half.kept)
    context = factor_context(request, half.user, form)
    return page(request, "accounts/second_step.html", account=half.user, **context)


def code_form(request: HttpRequest, user: User) -> CodeForm:
    """Return the form for a code, which says what kind of code the user can have."""
    form = CodeForm(request.POST if "code" in request.POST else None)
    if not factors_of(user).has_app:
        form.fields["code"].label = _("Recovery code")
    return form


def shown_factor(request: HttpRequest, user: User, form: CodeForm) -> Factor | None:
    """Return by which factor the request shows that it is the user's; a wrong one is counted."""
    now = timezone.now()
    if "credential" in request.POST:
        answer, state = (
            answer_of(request.POST["credential"]),
            take_ceremony(request.session, now=now),
        )
        try:
            use_passkey(place_of(request), state, answer, user=user, now=now)
        except PasskeyRefused as error:
            messages.error(request, str(error))
            count_failure(request, user.email, Factor.PASSKEY)
            return None
        return Factor.PASSKEY
    if not form.is_valid():
        return None
    factor = use_code(user, form.cleaned_data["code"], now=now)
    if factor is None:
        form.add_error("code", str(WrongCodeError()))
        count_failure(request, user.email, Factor.APP)
    return factor


def factor_context(request: HttpRequest, user: User, form: CodeForm) -> dict[str, Any]:
    """Return what a page needs that asks the user for a factor."""
    return {
        "form": form,
        "factors": factors_of(user),
        "can_use_passkey": can_use_passkey(user, place_of(request)),
    }


@never_cache
@require_POST
def passkey_options(request: HttpRequest) -> HttpResponse:
    """Give the browser a challenge for a passkey: of who is (half) in, or of whoever is there."""
    if is_address_closed(request):
        return too_many(request)
    now = timezone.now()
    half = half_in(request, now=now)
    user = request.user if request.user.is_authenticated else half.user if half else None
    options, state = begin_use(place_of(request), user)
    keep_ceremony(request.session, state, now=now)
    return JsonResponse(options)


@sensitive_post_parameters("credential")
@never_cache
@require_POST
def passkey_log_in(request: HttpRequest) -> HttpResponse:
    """Log in whoever the passkey says it is; it was unlocked by finger, face or PIN."""
    if is_address_closed(request):
        return too_many(request)
    now = timezone.now()
    to = safe_way(request, request.POST.get("next"), otherwise=reverse("admin:index"))
    answer = answer_of(request.POST.get("credential", ""))
    state = take_ceremony(request.session, now=now)
    try:
        user = use_passkey(place_of(request), state, answer, user=None, now=now)
    except PasskeyRefused as error:
        count_failed_passkey(request)
        messages.error(request, str(error))
        return HttpResponseRedirect(f"{reverse('admin:login')}?{urlencode({'next': to})}")
    if refused := refusal_of(request, user.email):
        return refused
    if not may_use_password(user):
        messages.error(request, _("Passwords and passkeys are for admins only."))
        return HttpResponseRedirect(f"{reverse('admin:login')}?{urlencode({'next': to})}")
    return let_in(request, user, to=to, way=SignInWay.PASSKEY, factor=Factor.PASSKEY)
