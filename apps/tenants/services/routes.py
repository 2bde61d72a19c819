"""Keeping the look-up charge box id → tenant, which must be unique on the platform."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.core.errors import AppError
from apps.core.schemas import run_in_schema
from apps.tenants.models import ChargeBoxRoute, Tenant


class ChargeBoxIdTaken(AppError):
    code = "charge_box_id_taken"
    message = _("The Chargebox ID %(charge_box_id)s is in use. Choose another one.")


def release_charge_box_id(tenant: Tenant, station_pk: int) -> None:
    """Forget the route to this station; a trigger tells all gateways."""
    routes = ChargeBoxRoute.objects.filter(tenant=tenant, station_pk=station_pk)
    run_in_schema("public", routes.delete)


def claim_charge_box_id(tenant: Tenant, charge_box_id: str, station_pk: int) -> None:
    """Route the id to this station. Raises ChargeBoxIdTaken when any other station has it."""
    try:
        with transaction.atomic():
            run_in_schema(
                "public",
                ChargeBoxRoute.objects.create,
                tenant=tenant,
                charge_box_id=charge_box_id,
                station_pk=station_pk,
            )
    except IntegrityError as error:
        raise ChargeBoxIdTaken("charge_box_id", charge_box_id=charge_box_id) from error
