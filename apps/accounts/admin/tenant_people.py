"""The console's page of a tenant's people: what its own admins cannot do, or not yet."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.admin.tenant_life import address, show
from apps.accounts.admin.user_factors import factors_in_words
from apps.accounts.admin.words import last_mail_in_words, state_in_words
from apps.accounts.domain.states import UserState
from apps.accounts.forms import ChangeEmailForm
from apps.accounts.models import User
from apps.accounts.selectors import factors_of, state_of, with_factors, with_failures
from apps.accounts.services.platform import (
    can_nobody_help,
    can_nobody_invite,
    change_email,
    invite_first_admin_again,
    reset_factors_of_only_admin,
    unlock_only_admin,
)
from apps.core.addresses import base_url
from apps.core.errors import AppError
from apps.core.schemas import run_in_schema
from apps.portal.pages import ObjectUrl
from apps.portal.scope import get_row_or_404
from apps.portal.site import console_site
from apps.tenants.models import Tenant
from apps.tenants.selectors import primary_host

SHOWN = 500


def people_urls() -> list[ObjectUrl]:
    """Return the addresses that hang below a tenant's page in the console."""
    return [
        ObjectUrl("people", "people", people_page, "change", method="GET"),
        ObjectUrl("people/unlock", "people_unlock", unlock_view, "change"),
        ObjectUrl("people/factors", "people_factors", reset_factors_view, "change"),
        ObjectUrl("people/invite", "people_invite", invite_view, "change"),
        ObjectUrl("people/email", "people_email", email_page, "change", method="GET,POST"),
    ]


def people_page(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    context = {
        "people": run_in_schema(tenant.schema_name, rows_of_people),
        "email_url": address("people_email", tenant),
        "unlock_url": address("people_unlock", tenant),
        "factors_url": address("people_factors", tenant),
        "invite_url": address("people_invite", tenant),
    }
    title = _("People of %(tenant)s") % {"tenant": tenant}
    return show(request, "accounts/tenant_people.html", tenant, title, context)


def rows_of_people() -> list[dict[str, Any]]:
    """Return the users of the current schema with groups, state and what can be done here."""
    users = with_factors(with_failures(User.objects.all())).prefetch_related("groups")
    rows = []
    for user in users.order_by("email")[:SHOWN]:
        state, factors = state_of(user), factors_of(user)
        can_invite = user.is_waited_for and can_nobody_invite(user)
        rows.append(
            {
                "user": user,
                "groups": ", ".join(sorted(group.name for group in user.groups.all())),
                "state": state_in_words(user),
                "second_factor": factors_in_words(factors),
                "can_unlock": state is UserState.LOCKED and can_nobody_help(user),
                "can_reset_factors": bool(factors) and can_nobody_help(user),
                "can_invite": can_invite,
                "last_mail": last_mail_in_words(user) if can_invite else "",
            }
        )
    return rows


def chosen_user(request: HttpRequest, tenant: Tenant) -> User:
    """Return the tenant's user whom the request names. Raises Http404."""
    number = (request.POST if request.method == "POST" else request.GET).get("user", "")
    user: User = run_in_schema(tenant.schema_name, get_row_or_404, User.objects.all(), number)
    return user


def unlock_view(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    user = chosen_user(request, tenant)
    try:
        run_in_schema(tenant.schema_name, unlock_only_admin, user.pk)
    except AppError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%(user)s is unlocked.") % {"user": user.email})
    return HttpResponseRedirect(address("people", tenant))


def reset_factors_view(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Take the second factors of a tenant's only admin away."""
    user = chosen_user(request, tenant)
    try:
        run_in_schema(tenant.schema_name, reset_factors_of_only_admin, user.pk)
    except AppError as error:
        messages.error(request, str(error))
    else:
        text = _("The second factor of %(user)s is reset.") % {"user": user.email}
        messages.success(request, text)
    return HttpResponseRedirect(address("people", tenant))


def invite_view(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Send the first admin of a tenant the invitation again."""
    user = chosen_user(request, tenant)
    host = primary_host(tenant)
    if host is None:
        messages.error(request, _("Give the tenant a host first: the link has to lead there."))
        return HttpResponseRedirect(address("people", tenant))
    try:
        run_in_schema(
            tenant.schema_name,
            invite_first_admin_again,
            user.pk,
            base_url=base_url(request, host=host),
            now=timezone.now(),
        )
    except AppError as error:
        messages.error(request, str(error))
    else:
        text = _("An invitation is on its way to %(email)s.") % {"email": user.email}
        messages.success(request, text)
    return HttpResponseRedirect(address("people", tenant))


def email_page(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Show and save the form for another e-mail of one user."""
    user = chosen_user(request, tenant)
    form = ChangeEmailForm(request.POST or None, initial={"user": user.pk})
    if request.method == "POST" and form.is_valid():
        new = form.cleaned_data["email"]
        try:
            changed = run_in_schema(tenant.schema_name, change_email, user.pk, new)
        except AppError as error:
            form.add_error("email", str(error))
        else:
            names = {"old": user.email, "new": changed.email}
            messages.success(request, _("%(old)s logs in as %(new)s from now on.") % names)
            return HttpResponseRedirect(address("people", tenant))
    context = {
        **console_site.each_context(request),
        "title": _("Change e-mail of %(email)s") % {"email": user.email},
        "form": form,
        "opts": Tenant._meta,
        "original": tenant,
        "submit": _("Change e-mail"),
    }
    return TemplateResponse(request, "portal/form_page.html", context)
