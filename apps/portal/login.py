"""Logging in: the e-mail is the name, and its case never matters, for the lock neither."""

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.forms import AuthenticationForm

from apps.core.origin import FACTOR_KEY, SUPPORT_KEY
from apps.tenants.choices import TenantKind
from apps.tenants.models import Tenant


def requires_second_factor(tenant: Tenant) -> bool:
    """Say whether nobody works in the tenant's portal, or in the console, without one."""
    if tenant.kind == TenantKind.PLATFORM:
        return bool(settings.CONSOLE_REQUIRES_SECOND_FACTOR)
    return tenant.requires_second_factor


def is_held_back(tenant: Tenant, session: SessionBase) -> bool:
    """Say whether the session opens nothing yet but the way to a second factor.

    Operators in support access have shown theirs in the console.
    """
    if not requires_second_factor(tenant):
        return False
    return not session.get(FACTOR_KEY) and SUPPORT_KEY not in session


def plain_name(name: object) -> str:
    """Return the name as it is looked up and counted."""
    return str(name or "").strip().lower()


def counted_name(request: HttpRequest | None, credentials: dict[str, Any] | None) -> str:
    """Return the name under which a failure counts: another case is no second account."""
    field = get_user_model().USERNAME_FIELD
    given = credentials or {}
    name = given.get(field) or given.get("username")
    if not name and request is not None:
        name = request.POST.get("username")
    return plain_name(name)


class LoginForm(AuthenticationForm):
    """The theme's form; the message says the same whether an account exists or not."""

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": _("E-mail and password do not match. Please check both."),
        "inactive": _("E-mail and password do not match. Please check both."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("E-mail")
        self.fields["username"].widget.attrs.update(
            {"autocomplete": "username", "inputmode": "email", "autocapitalize": "none"}
        )

    def clean_username(self) -> str:
        return plain_name(self.cleaned_data["username"])
