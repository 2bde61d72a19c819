"""The console's malfunctions and maintenance: from the first update to the last."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.help.admin.documents import ForTenantsMixin
from apps.help.choices import PHASE_BADGES, STAGE_LABELS
from apps.help.domain.malfunctions import STAGES, Kind
from apps.help.forms import MalfunctionForm, NewMalfunctionForm, UpdateForm
from apps.help.models import Malfunction
from apps.help.services.malfunctions import change as change_malfunction
from apps.help.services.malfunctions import tell
from apps.portal.admin import PortalModelAdmin
from apps.portal.pages import ObjectUrl
from apps.portal.rendering import render_page
from apps.portal.site import console_site
from apps.portal.templatetags.values import badge

SHOWN = 100


@admin.register(Malfunction, site=console_site)
class MalfunctionAdmin(ForTenantsMixin, PortalModelAdmin):
    list_display = ("title", "kind", "severity", "audience", "began_at", "told_at", "phase_column")
    list_filter = ("kind", "severity")
    search_fields = ("titles",)
    ordering = ("-began_at",)
    form = MalfunctionForm
    change_form_after_template = "help/parts/updates.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Malfunction]:
        return super().get_queryset(request).prefetch_related("tenants")

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is None:
            kwargs["form"] = NewMalfunctionForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fields: tuple[str, ...] = MalfunctionForm.Meta.fields
        return fields if obj else (*fields, "text")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("kind",) if obj else ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"began_at": timezone.now(), **super().get_changeform_initial_data(request)}

    def save_model(self, request: HttpRequest, obj: Malfunction, form: Any, change: bool) -> None:
        if change:
            change_malfunction(obj)
            return
        user: Any = request.user
        stage = STAGES[Kind(obj.kind)][0]
        tell(obj, stage, form.cleaned_data["text"], by=user.email, now=timezone.now())

    def object_urls(self) -> list[ObjectUrl]:
        return [ObjectUrl("update", "update", update_page, "change", method="GET,POST")]

    def object_buttons(self, request: HttpRequest, obj: Any) -> list[dict[str, Any]]:
        buttons = super().object_buttons(request, obj)
        if not self.has_change_permission(request, obj):
            return buttons
        update = {
            "url": reverse("admin:help_malfunction_update", args=[obj.pk]),
            "label": _("Write an update"),
            "icon": "campaign",
            "is_link": True,
        }
        return [*buttons, update]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        malfunction = kwargs.get("obj")
        if malfunction is not None:
            context["updates"] = [
                (update, STAGE_LABELS[update.stage]) for update in malfunction.updates.all()[:SHOWN]
            ]
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=_("title"))
    def title(self, malfunction: Malfunction) -> str:
        return str(malfunction)

    @display(description=_("state"))
    def phase_column(self, malfunction: Malfunction) -> str:
        return badge(PHASE_BADGES[malfunction.phase_at(timezone.now())])


def update_page(request: HttpRequest, malfunction: Malfunction) -> HttpResponse:
    """Tell something new; everybody concerned sees the banner again."""
    form = UpdateForm(Kind(malfunction.kind), request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        user: Any = request.user
        texts = form.cleaned_data["text"]
        tell(malfunction, form.stage_told(), texts, by=user.email, now=timezone.now())
        messages.success(request, _("The update is shown."))
        return HttpResponseRedirect(reverse("admin:help_malfunction_change", args=[malfunction.pk]))
    return render_page(
        request,
        "portal/form_page.html",
        {"form": form, "submit": _("Show the update")},
        title=_("Write an update"),
        model=Malfunction,
        row=malfunction,
        site=console_site,
    )
