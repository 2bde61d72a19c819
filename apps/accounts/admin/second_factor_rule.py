"""The page on which a tenant's admin says whether everybody needs a second factor."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from apps.accounts.forms import SecondFactorRuleForm
from apps.accounts.models import User
from apps.accounts.selectors import by_factor, is_limited
from apps.accounts.services.factor_rule import require_of_everybody
from apps.accounts.services.support import SUPPORT_EMAIL
from apps.portal.rendering import render_page
from apps.portal.site import portal_site
from apps.tenants.selectors import current_tenant


def rule_page(request: HttpRequest) -> HttpResponse:
    """Show and save the rule, with how many people it would lead to set one up."""
    user: Any = request.user
    if is_limited(user):
        raise PermissionDenied
    initial = {"is_required": current_tenant().requires_second_factor}
    form = SecondFactorRuleForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        require_of_everybody(user, form.cleaned_data["is_required"])
        messages.success(request, _("The rule was saved."))
        return HttpResponseRedirect(request.path)
    people = User.objects.filter(is_active=True).exclude(email=SUPPORT_EMAIL)
    context = {
        "form": form,
        "people": people.count(),
        "without": by_factor(people, has_one=False).count(),
    }
    template = "accounts/second_factor_rule.html"
    return render_page(request, template, context, title=_("Second factor"))


portal_site.add_page(
    "second-factor/",
    rule_page,
    name="second_factor_rule",
    right="accounts.change_user",
    method="GET,POST",
)
