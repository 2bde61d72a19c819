"""The hosts of a tenant: adding, proving, naming the primary one, removing.

A host that somebody adds in the console leads to nobody until it was seen to lead here. The mails'
links name the primary host, so only a proven one can be it.
"""

from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.core.errors import AppError
from apps.tenants.choices import HOST_FAULT_LABELS
from apps.tenants.domain.hosts import HostFault, dns_name, host_fault
from apps.tenants.models import Host, Tenant
from apps.tenants.services.host_check import failure_of


class HostTaken(AppError):
    code = "host_taken"
    message = _("The host %(host)s belongs to another tenant. Choose another host name.")


class HostRefused(AppError):
    """The name can lead to no portal."""

    code = "host_refused"

    def __init__(self, fault: HostFault) -> None:
        self.message = HOST_FAULT_LABELS[fault]
        super().__init__("domain")


class HostUnproven(AppError):
    code = "host_unproven"
    message = _("%(host)s was not yet seen to lead here. Check it first.")


class PrimaryKept(AppError):
    code = "primary_kept"
    message = _("%(host)s is the primary host. Make another one primary first.")


def kept_name(text: str) -> str:
    """Return the name as it is kept. Raises HostRefused."""
    if fault := host_fault(text, settings.RESERVED_HOSTS):
        raise HostRefused(fault)
    name = dns_name(text)
    assert name is not None
    return name


def claim_host(tenant: Tenant, text: str, *, is_primary: bool, now: datetime) -> None:
    """Give the host to the tenant, by the word of whoever runs the platform: proven at once.

    Raises HostRefused, HostTaken when another tenant has it.
    """
    name = kept_name(text)
    row, _made = Host.objects.get_or_create(
        domain=name, defaults={"tenant": tenant, "is_primary": is_primary, "proven_at": now}
    )
    if row.tenant_id != tenant.pk:
        raise HostTaken("host", host=name)
    if row.proven_at is None:
        row.proven_at = now
        row.save()


def add_host(tenant: Tenant, text: str) -> Host:
    """Add a host that waits for its proof. Raises HostRefused, HostTaken."""
    host = Host(tenant=tenant, domain=kept_name(text), is_primary=False)
    try:
        with transaction.atomic():
            host.save()
    except IntegrityError as error:
        raise HostTaken("domain", host=host.domain) from error
    return host


def check_host(host: Host, *, now: datetime) -> bool:
    """Look whether the host leads here and note it; once proven it stays so.

    The look goes out before any row is locked: it may take seconds.
    """
    failure = failure_of(host.domain)
    with transaction.atomic():
        row = locked(host)
        row.checked_at = now
        row.check_failure = failure.value if failure else ""
        if failure is None and row.proven_at is None:
            row.proven_at = now
        row.save()
    return failure is None


@transaction.atomic
def vouch_for_host(host: Host, *, by: str, now: datetime) -> None:
    """Take the host as proven by somebody's word: where the check cannot reach it from inside."""
    row = locked(host)
    if row.proven_at is None:
        row.proven_at, row.proven_by = now, by
        row.save()


@transaction.atomic
def make_primary(host: Host) -> None:
    """Let links in mails name this host. Raises HostUnproven."""
    row = locked(host)
    if row.proven_at is None:
        raise HostUnproven(host=row.domain)
    row.is_primary = True
    row.save()


@transaction.atomic
def remove_host(host: Host) -> None:
    """Let the host lead to nobody. Raises PrimaryKept while others could take its place."""
    row = locked(host)
    others = Host.objects.proven().filter(tenant=row.tenant_id).exclude(pk=row.pk)
    if row.is_primary and others.exists():
        raise PrimaryKept(host=row.domain)
    row.delete()


def locked(host: Host) -> Host:
    """Return the host as it is now; all hosts of its tenant are ours until the transaction ends."""
    rows = Host.objects.select_for_update().filter(tenant=host.tenant_id).order_by("pk")
    return next(row for row in rows if row.pk == host.pk)
