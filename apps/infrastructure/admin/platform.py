"""The console's page of all stations: other ids, charging modes, deletion (TEN-05)."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.errors import AppError
from apps.core.schemas import run_in_schema
from apps.infrastructure.forms.platform import DeleteStationForm, IdsForm, ModesForm
from apps.infrastructure.models import Station
from apps.infrastructure.services.platform import (
    change_charging_modes,
    change_ids,
    delete_station,
)
from apps.portal import search
from apps.portal.admin import ReadOnlyModelAdmin
from apps.portal.pages import ObjectUrl
from apps.portal.refusals import show_refusal
from apps.portal.rendering import render_page
from apps.portal.site import console_site
from apps.tenants.models import ChargeBoxRoute


@admin.register(ChargeBoxRoute, site=console_site)
class RouteAdmin(ReadOnlyModelAdmin):
    """Every station of the platform, by its Chargebox ID."""

    list_display = ("charge_box_id", "tenant")
    list_filter = ("tenant",)
    search_fields = ("charge_box_id",)
    ordering = ("charge_box_id",)
    list_select_related = ("tenant",)

    def object_urls(self) -> list[ObjectUrl]:
        return [
            ObjectUrl("ids", "ids", self.ids_page, "view", method="GET,POST"),
            ObjectUrl("modes", "modes", self.modes_page, "view", method="GET,POST"),
            ObjectUrl("remove", "remove", self.remove_page, "view", method="GET,POST"),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ChargeBoxRoute]:
        return super().get_queryset(request).select_related("tenant")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Lead to the ids: a route has nothing else to show."""
        route = self.get_object_or_404(request, unquote(object_id))
        return HttpResponseRedirect(reverse(f"admin:{self.url_name('ids')}", args=[route.pk]))

    def ids_page(self, request: HttpRequest, route: ChargeBoxRoute) -> HttpResponse:
        """Show and change the ids of the station and its charge points."""
        schema_name = route.tenant.schema_name
        station = self.station_of(route)
        form = run_in_schema(schema_name, IdsForm, request.POST or None, station=station)
        if request.method == "POST" and form.is_valid():
            try:
                run_in_schema(
                    schema_name,
                    change_ids,
                    route.tenant,
                    station.pk,
                    charge_box_id=form.cleaned_data["charge_box_id"],
                    own_id=form.cleaned_data["own_id"],
                    port_ids=form.port_ids(),
                    now=timezone.now(),
                )
            except AppError as error:
                show_refusal(form, error)
            except ValidationError as error:
                form.add_error(None, error.messages)
            else:
                messages.success(request, _("The ids were changed."))
                return HttpResponseRedirect(self.list_address())
        context = {"form": form, "station": station, **self.ways_on(route)}
        return self.show(request, route, _("Ids of the station"), context)

    def ways_on(self, route: ChargeBoxRoute) -> dict[str, str]:
        """Return the addresses of what else can be done with the station."""
        return {
            f"{name}_url": reverse(f"admin:{self.url_name(name)}", args=[route.pk])
            for name in ("modes", "remove")
        }

    def modes_page(self, request: HttpRequest, route: ChargeBoxRoute) -> HttpResponse:
        """Show and change the charging modes of the station's charge points (TEN-05c)."""
        schema_name = route.tenant.schema_name
        station = self.station_of(route)
        form = run_in_schema(schema_name, ModesForm, request.POST or None, station=station)
        if request.method == "POST" and form.is_valid():
            try:
                run_in_schema(schema_name, change_charging_modes, station.pk, form.changes())
            except AppError as error:
                show_refusal(form, error)
            except ValidationError as error:
                form.add_error(None, error.messages)
            else:
                messages.success(request, _("The charging modes were changed."))
                return HttpResponseRedirect(self.list_address())
        context = {"form": form, "station": station, "is_about_modes": True}
        return self.show(request, route, _("Charging modes of the station"), context)

    def remove_page(self, request: HttpRequest, route: ChargeBoxRoute) -> HttpResponse:
        """Delete the station once its Chargebox ID was typed."""
        station = self.station_of(route)
        form = DeleteStationForm(request.POST or None, label_suffix="")
        if request.method == "POST" and form.is_valid():
            try:
                run_in_schema(
                    route.tenant.schema_name,
                    delete_station,
                    route.tenant,
                    station.pk,
                    typed_id=form.cleaned_data["typed_id"],
                )
            except AppError as error:
                show_refusal(form, error)
            else:
                messages.success(request, _("The station was deleted."))
                return HttpResponseRedirect(self.list_address())
        context = {"form": form, "station": station, "is_removal": True}
        return self.show(request, route, _("Delete the station"), context)

    def station_of(self, route: ChargeBoxRoute) -> Station:
        station = run_in_schema(
            route.tenant.schema_name, Station.objects.filter(pk=route.station_pk).first
        )
        if station is None:
            raise Http404
        return station

    def list_address(self) -> str:
        return reverse(f"admin:{self.url_name('changelist')}")

    def show(
        self, request: HttpRequest, route: ChargeBoxRoute, title: Any, context: dict[str, Any]
    ) -> HttpResponse:
        return render_page(
            request,
            "infrastructure/platform_station.html",
            {"route": route, **context},
            title=title,
            model=ChargeBoxRoute,
            row=route,
            site=self.admin_site,
        )


search.register_for_console(
    search.ModelSource(
        ChargeBoxRoute,
        exact=("charge_box_id",),
        contains=("charge_box_id",),
        icon="ev_station",
        describe=lambda route: route.charge_box_id,
    )
)
