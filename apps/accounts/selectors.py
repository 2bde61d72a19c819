"""Reading people: who is locked, who is an admin, who may manage whom."""

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum

from apps.accounts.domain.roles import ADMIN, PERMISSIONS
from apps.accounts.models import User


def with_failures(users: QuerySet[User]) -> QuerySet[User]:
    """Return the users with `failures`: wrong passwords since the last good one or unlock."""
    attempts = AccessAttempt.objects.filter(username=OuterRef("email")).order_by()
    failures = attempts.values("username").annotate(total=Sum("failures_since_start"))
    return users.annotate(failures=Subquery(failures.values("total")))


def is_locked(user: User) -> bool:
    """Say whether the user was locked after too many wrong passwords (ACC-05)."""
    counted = AccessAttempt.objects.filter(username=user.email).aggregate(
        total=Sum("failures_since_start")
    )
    return (counted["total"] or 0) >= settings.AXES_FAILURE_LIMIT


def active_admins() -> QuerySet[User]:
    return User.objects.filter(is_active=True, groups__name=ADMIN)


def is_last_admin(user: User) -> bool:
    """Say whether nobody but this user could manage the tenant's users."""
    admins = active_admins()
    return admins.filter(pk=user.pk).exists() and not admins.exclude(pk=user.pk).exists()


def holds(actor: User, names: set[str]) -> bool:
    """Say whether the actor holds all of these rights: nobody gives what they do not have."""
    return names <= actor.get_all_permissions()


def rights_of_group(group: Group) -> set[str]:
    """Return the rights of a group as `app_label.codename`."""
    rows = group.permissions.values_list("content_type__app_label", "codename")
    return {f"{app_label}.{codename}" for app_label, codename in rows}


def may_manage(actor: User, user: User) -> bool:
    """Say whether the actor may change this user: not oneself, nobody with further rights."""
    if actor.pk == user.pk or actor.is_limited_to_locations:
        return False
    if user.is_superuser and not actor.is_superuser:
        return False
    return holds(actor, user.get_all_permissions())


def grantable_groups(actor: User) -> QuerySet[Group]:
    """Return the groups that hold nothing beyond the actor's own rights."""
    groups = Group.objects.prefetch_related("permissions__content_type")
    held = actor.get_all_permissions()
    allowed = [
        group.pk
        for group in groups
        if {f"{p.content_type.app_label}.{p.codename}" for p in group.permissions.all()} <= held
    ]
    return Group.objects.filter(pk__in=allowed).order_by("name")


def grantable_permissions(actor: User) -> QuerySet[Permission]:
    """Return what the actor can put into a group: rights of the portal that the actor holds."""
    chosen = Q(pk__in=[])
    for name in set(PERMISSIONS[ADMIN]) & actor.get_all_permissions():
        app_label, codename = name.split(".")
        chosen |= Q(content_type__app_label=app_label, codename=codename)
    permissions = Permission.objects.filter(chosen).select_related("content_type")
    return permissions.order_by("content_type__app_label", "content_type__model", "codename")
