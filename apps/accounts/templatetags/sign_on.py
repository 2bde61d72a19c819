"""The buttons of the log-in page that lead to the tenant's identity providers."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.urls import reverse
from django.utils.http import urlencode

from apps.accounts.choices import PasswordFor
from apps.accounts.selectors import enabled_providers
from apps.portal.navigation import is_console

register = template.Library()


@register.inclusion_tag("accounts/parts/sign_on_buttons.html", takes_context=True)
def sign_on_buttons(context: Mapping[str, Any]) -> dict[str, Any]:
    """Show a link for each provider in use, and who may still use a password."""
    request = context["request"]
    providers = [] if is_console(request) else list(enabled_providers())
    to = request.GET.get("next", "")
    query = f"?{urlencode({'next': to})}" if to else ""
    return {
        "buttons": [
            {"label": one.button_label, "url": reverse("sign_on", args=[one.pk]) + query}
            for one in providers
        ],
        "is_password_for_admins": any(one.password_for == PasswordFor.ADMINS for one in providers),
    }
