"""Suspending a tenant, and deleting it after a while in which that can be taken back."""

from datetime import datetime, timedelta
from shutil import rmtree

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _
from django_tenants.utils import schema_exists
from psycopg2 import sql

from apps.core.errors import AppError
from apps.tenants.choices import TenantKind
from apps.tenants.files import uploaded_folders
from apps.tenants.models import ChargeBoxRoute, Tenant

SHORTEST_WAIT = timedelta(days=7)
LONGEST_WAIT = timedelta(days=365)


class NotSuspended(AppError):
    code = "not_suspended"
    message = _("%(tenant)s is not suspended.")


class NameDiffers(AppError):
    code = "name_differs"
    message = _("This is not the short name of the tenant. Type %(name)s to confirm.")


class WaitOutOfRange(AppError):
    code = "wait_out_of_range"
    message = _("Choose a waiting period of %(shortest)s to %(longest)s days.")


class NotDue(AppError):
    code = "not_due"
    message = _("%(tenant)s is not to be deleted yet.")


def locked(tenant: Tenant) -> Tenant:
    """Return the customer as it is now; the row is ours until the transaction ends."""
    return Tenant.objects.customers().select_for_update().get(pk=tenant.pk)


@transaction.atomic
def suspend(tenant: Tenant) -> None:
    """Let nobody find the portal any more; the data stay."""
    row = locked(tenant)
    row.is_suspended = True
    row.save(update_fields=["is_suspended", "updated_at"])


@transaction.atomic
def resume(tenant: Tenant) -> None:
    """Open the portal again; a deletion that was planned is taken back."""
    row = locked(tenant)
    if not row.is_suspended:
        raise NotSuspended(tenant=row.name)
    row.is_suspended = False
    row.delete_after = None
    row.save(update_fields=["is_suspended", "delete_after", "updated_at"])


@transaction.atomic
def plan_deletion(tenant: Tenant, *, typed_name: str, days: int, now: datetime) -> datetime:
    """Suspend the tenant and delete it after `days`; return when. Resuming takes it back.

    Raises NameDiffers unless the short name was typed, WaitOutOfRange.
    """
    row = locked(tenant)
    if typed_name.strip() != row.schema_name:
        raise NameDiffers("typed_name", name=row.schema_name)
    if not SHORTEST_WAIT.days <= days <= LONGEST_WAIT.days:
        raise WaitOutOfRange("days", shortest=SHORTEST_WAIT.days, longest=LONGEST_WAIT.days)
    row.is_suspended = True
    row.delete_after = now + timedelta(days=days)
    row.save(update_fields=["is_suspended", "delete_after", "updated_at"])
    return row.delete_after


def due_for_deletion(*, now: datetime) -> list[Tenant]:
    """Return the tenants whose waiting period is over."""
    due = Tenant.objects.customers().filter(delete_after__lte=now, is_suspended=True)
    return list(due.order_by("delete_after"))


@transaction.atomic
def delete_tenant(tenant: Tenant, *, now: datetime) -> None:
    """Delete schema, hosts, brand, bookings, routes and files. Raises NotDue."""
    row = locked(tenant)
    is_due = row.is_suspended and row.delete_after is not None and row.delete_after <= now
    if not is_due or row.kind != TenantKind.CUSTOMER:
        raise NotDue(tenant=row.name)
    schema_name = row.schema_name
    ChargeBoxRoute.objects.filter(tenant=row).delete()
    if schema_exists(schema_name):
        with connection.cursor() as cursor:
            # No table goes while a deferred check of one of its rows is open.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema_name)))
    row.delete(force_drop=False)  # type: ignore[call-arg]
    transaction.on_commit(lambda: delete_files(schema_name))


def delete_files(schema_name: str) -> None:
    """Delete what was uploaded: brand files, and the tenant's own folder."""
    for folder in uploaded_folders(schema_name):
        rmtree(folder, ignore_errors=True)
