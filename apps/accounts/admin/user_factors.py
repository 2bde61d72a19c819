"""Second factors of others on the pages of users and operators: which there are, and resetting."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.accounts.choices import FACTOR_DEED_LABELS, FACTOR_LABELS
from apps.accounts.domain.factors import Factor
from apps.accounts.models import User
from apps.accounts.selectors import Factors, factors_of
from apps.accounts.services.factors import reset_factors
from apps.portal import formats
from apps.portal.pages import ObjectUrl
from apps.portal.trail.wording import register_values

register_values("factor", FACTOR_LABELS)
register_values("done", FACTOR_DEED_LABELS)


def factors_in_words(factors: Factors) -> str:
    """Return what there is, never what is secret: "Authenticator app, 2 passkeys"."""
    words = [str(FACTOR_LABELS[Factor.APP])] if factors.has_app else []
    if count := factors.passkeys:
        words.append(ngettext("%(count)s passkey", "%(count)s passkeys", count) % {"count": count})
    return ", ".join(words) or formats.NOTHING


class FactorsMixin:
    """A column, a line on the page, and the command that takes all factors away."""

    @admin.display(description=_("second factor"))
    def second_factor(self, user: User) -> str:
        return factors_in_words(factors_of(user))

    @admin.display(description=_("second factor"))
    def second_factor_text(self, user: User) -> str:
        """Say which factors there are, and how many recovery codes are left."""
        factors = factors_of(user)
        if not factors:
            return factors_in_words(factors)
        left = factors.codes_left
        codes = ngettext("%(left)s recovery code left", "%(left)s recovery codes left", left)
        return f"{factors_in_words(factors)}, {codes % {'left': left}}"

    def factor_urls(self) -> list[ObjectUrl]:
        return [
            ObjectUrl(
                "reset-second-factor",
                "reset_second_factor",
                self.reset_second_factor,
                "change",
                label=_("Reset second factor"),
                icon="remove_moderator",
                confirm=_(
                    "The user logs in with the password alone until a new factor is set up. "
                    "Make sure first that it is the user who asks."
                ),
                is_shown=lambda request, user: bool(factors_of(user)),
            )
        ]

    def reset_second_factor(self, request: HttpRequest, user: Any) -> HttpResponse:
        actor: Any = request.user
        reset_factors(actor, user)
        text = _("The second factor of %(user)s is reset.") % {"user": str(user)}
        messages.success(request, text)
        return HttpResponseRedirect(reverse("admin:accounts_user_change", args=[user.pk]))
