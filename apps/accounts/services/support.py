"""Support access: an operator of the platform enters a tenant's portal, for a reason and a while.

The tenant's people see it on every page, can read why, and can end it.
"""

from datetime import datetime, timedelta

from django.contrib.auth.models import Permission
from django.core.signing import BadSignature, TimestampSigner
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.domain.roles import ADMIN, PERMISSIONS
from apps.accounts.models import SignedInPlace, User
from apps.accounts.selectors import permission_rows
from apps.accounts.services.places import end
from apps.audit.domain.kinds import Kind
from apps.audit.services.platform import record_both
from apps.core.errors import AppError
from apps.core.schemas import run_in_schema
from apps.tenants.models import SupportAccess, Tenant

SHORTEST_MINUTES, LONGEST_MINUTES = 15, 480
LINK_LASTS = timedelta(minutes=2)
SUPPORT_EMAIL = "support@platform.invalid"
"""`.invalid` can never be somebody's address (RFC 2606)."""

# Support looks and mends; people, rights and the trail's files stay the tenant's own business.
WITHHELD = (
    "accounts.add_user",
    "accounts.change_user",
    "_identityprovider",
    "_sessiontimes",
    "auth.",
    "audit.export_",
    ".export_",
)


class SupportTime(AppError):
    code = "support_time"
    message = _("Choose %(shortest)s to %(longest)s minutes.")


class SupportReason(AppError):
    code = "support_reason"
    message = _("Say why, in a few words that the tenant understands.")


class SupportOpen(AppError):
    code = "support_open"
    message = _("There is an open support access to this tenant. End it first.")


class SupportLinkDead(AppError):
    code = "support_link_dead"
    message = _("The link was used already or is too old. Go back to the console for a new one.")


def signer() -> TimestampSigner:
    return TimestampSigner(salt="accounts.support", sep=".")


@transaction.atomic
def begin_support(
    operator: User, tenant: Tenant, *, reason: str, minutes: int, now: datetime
) -> SupportAccess:
    """Open the tenant's portal to the operator. Raises SupportTime, SupportReason, SupportOpen."""
    if not SHORTEST_MINUTES <= minutes <= LONGEST_MINUTES:
        raise SupportTime("minutes", shortest=SHORTEST_MINUTES, longest=LONGEST_MINUTES)
    if len(reason.strip()) < 10:
        raise SupportReason("reason")
    end_overdue(now=now)
    try:
        with transaction.atomic():
            access = SupportAccess.objects.create(
                tenant=tenant,
                operator=operator.email,
                reason=reason.strip(),
                begins_at=now,
                ends_at=now + timedelta(minutes=minutes),
            )
    except IntegrityError as error:
        raise SupportOpen from error
    details = {"reason": access.reason, "minutes": minutes, "until": access.ends_at.isoformat()}
    record_both(Kind.SUPPORT_BEGAN, tenant, details)
    return access


def make_token(access: SupportAccess) -> str:
    """Return what the link to the portal carries; good for two minutes, once per click."""
    entered = access.entered_at.isoformat() if access.entered_at else ""
    return signer().sign(f"{access.pk}|{entered}")


@transaction.atomic
def enter(token: str, tenant: Tenant, *, now: datetime) -> tuple[User, SupportAccess]:
    """Return the user as whom the operator is in, and the access. Raises SupportLinkDead."""
    try:
        number, entered = signer().unsign(token, max_age=LINK_LASTS).split("|")
    except (BadSignature, ValueError) as error:
        raise SupportLinkDead from error
    access = SupportAccess.objects.select_for_update().filter(pk=number, tenant=tenant).first()
    if access is None or not access.is_open(now):
        raise SupportLinkDead
    if entered != (access.entered_at.isoformat() if access.entered_at else ""):
        raise SupportLinkDead
    access.entered_at = now
    access.save(update_fields=["entered_at"])
    return support_user(), access


def support_user() -> User:
    """Return the current tenant's user for support, active, with an admin's rights on things."""
    user = User.objects.filter(email=SUPPORT_EMAIL).first()
    if user is None:
        user = User(email=SUPPORT_EMAIL, first_name="Platform", last_name="support")
        user.set_unusable_password()
    user.is_active = True
    user.save()
    user.groups.clear()
    user.user_permissions.set(support_permissions())
    return user


def support_permissions() -> list[Permission]:
    names = {name for name in PERMISSIONS[ADMIN] if not any(part in name for part in WITHHELD)}
    return list(permission_rows(names))


@transaction.atomic
def end_support(access: SupportAccess, *, by: str, now: datetime) -> None:
    """Close the portal to the operator at once; an access that ended already stays as it is."""
    row = (
        SupportAccess.objects.select_for_update(of=("self",))
        .select_related("tenant")
        .filter(pk=access.pk, ended_at=None)
        .first()
    )
    if row is None:
        return
    row.ended_at, row.ended_by = now, by
    row.save(update_fields=["ended_at", "ended_by"])
    record_both(Kind.SUPPORT_ENDED, row.tenant, {"by": by} if by else {})
    run_in_schema(row.tenant.schema_name, close_door)


def close_door() -> None:
    """Disable the current tenant's user for support and end its sessions for good."""
    User.objects.filter(email=SUPPORT_EMAIL, is_active=True).update(is_active=False)
    end(SignedInPlace.objects.filter(user__email=SUPPORT_EMAIL))


def end_overdue(*, now: datetime) -> int:
    """End what is over by time; return how many."""
    overdue = SupportAccess.objects.filter(ended_at=None, ends_at__lte=now)
    rows = list(overdue.select_related("tenant"))
    for access in rows:
        end_support(access, by="", now=now)
    return len(rows)
