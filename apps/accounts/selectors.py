"""Reading people: who is locked, who is an admin, who may manage whom."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, CharField, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Cast, Coalesce
from guardian.models import GroupObjectPermission, UserObjectPermission

from apps.accounts.choices import PasswordFor
from apps.accounts.domain.factors import Factor
from apps.accounts.domain.rights import without_prices
from apps.accounts.domain.roles import ADMIN, PERMISSIONS
from apps.accounts.domain.sessions import Lifetimes
from apps.accounts.domain.states import UserState, user_state
from apps.accounts.models import IdentityProvider, Location, SessionTimes, SignedInPlace, User
from apps.accounts.models.locations import MAX_LEVELS
from apps.accounts.models.scope import ACCESS
from apps.tenants.domain.products import Product
from apps.tenants.selectors import booked_products, current_tenant

FAILURE_LIMIT = settings.AXES_FAILURE_LIMIT
Grant = TypeVar("Grant", UserObjectPermission, GroupObjectPermission)
WAITED_FOR = Q(invited_at__isnull=False, joined_at=None)


def with_failures(users: QuerySet[User]) -> QuerySet[User]:
    """Return the users with `failures`: wrong passwords since the last good one or unlock."""
    attempts = AccessAttempt.objects.filter(username=OuterRef("email")).order_by()
    failures = attempts.values("username").annotate(total=Sum("failures_since_start"))
    return users.annotate(failures=Coalesce(Subquery(failures.values("total")), 0))


def with_granted_names(users: QuerySet[User]) -> QuerySet[User]:
    """Return the users with `granted_names`: of the locations granted to each, in order.

    One query for a whole list, with what `granted_locations` says of one user.
    """
    whose = OuterRef(OuterRef("pk"))
    in_person = grants(UserObjectPermission).filter(user=whose).values("object_pk")
    by_group = grants(GroupObjectPermission).filter(group__user=whose).values("object_pk")
    places = Location.objects.annotate(key=Cast("pk", CharField()))
    granted = places.filter(Q(key__in=in_person) | Q(key__in=by_group)).order_by("name")
    return users.annotate(granted_names=ArraySubquery(granted.values("name")))


def grants(rows: type[Grant]) -> QuerySet[Grant]:
    """Return guardian's rows by which locations were granted, to users or to groups."""
    return rows.objects.filter(
        permission__content_type=ContentType.objects.get_for_model(Location),
        permission__codename=ACCESS.partition(".")[2],
    )


def is_locked(user: User) -> bool:
    """Say whether the user was locked after too many wrong passwords (ACC-05)."""
    counted = AccessAttempt.objects.filter(username=user.email).aggregate(
        total=Sum("failures_since_start")
    )
    return (counted["total"] or 0) >= FAILURE_LIMIT


def state_of(user: User) -> UserState:
    """Return what the account can do now; asks for the lock unless `with_failures` has."""
    failures = getattr(user, "failures", None)
    locked = is_locked(user) if failures is None else failures >= FAILURE_LIMIT
    return user_state(is_active=user.is_active, is_locked=locked, is_waited_for=user.is_waited_for)


def in_state(users: QuerySet[User], state: UserState) -> QuerySet[User]:
    """Return the users in the state, by the same rule as `state_of`."""
    if state is UserState.DISABLED:
        return users.filter(is_active=False)
    active = users.filter(is_active=True)
    if state is UserState.LOCKED:
        return locked(active)
    if state is UserState.INVITED:
        return unlocked(active).filter(WAITED_FOR)
    return unlocked(active).exclude(WAITED_FOR)


def locked(users: QuerySet[User]) -> QuerySet[User]:
    return with_failures(users).filter(failures__gte=FAILURE_LIMIT)  # type: ignore[misc]


def unlocked(users: QuerySet[User]) -> QuerySet[User]:
    return with_failures(users).filter(failures__lt=FAILURE_LIMIT)  # type: ignore[misc]


def active_admins() -> QuerySet[User]:
    """Return the admins who may manage all people: active, joined, limited to no location."""
    admins = User.objects.filter(is_active=True, is_limited_to_locations=False, groups__name=ADMIN)
    return admins.exclude(WAITED_FOR)


def is_last_admin(user: User) -> bool:
    """Say whether nobody but this user could manage the tenant's users; who is locked cannot."""
    if not active_admins().filter(pk=user.pk).exists():
        return False
    return not unlocked(active_admins().exclude(pk=user.pk)).exists()


def holds(actor: User, names: set[str]) -> bool:
    """Say whether the actor holds all of these rights: nobody gives what they do not have."""
    return names <= actor.get_all_permissions()


def rights_of_group(group: Group) -> set[str]:
    """Return the rights of a group as `app_label.codename`."""
    rows = group.permissions.values_list("content_type__app_label", "codename")
    return {f"{app_label}.{codename}" for app_label, codename in rows}


def rights_of(user: User) -> set[str]:
    """Return what the user's groups give, whether the account is active or not."""
    rows = Permission.objects.filter(group__user=user)
    names = rows.values_list("content_type__app_label", "codename")
    return {f"{app_label}.{codename}" for app_label, codename in names}


def is_limited(user: User | AnonymousUser) -> bool:
    """Say whether the user sees some locations only; whoever did not log in counts as limited."""
    return bool(getattr(user, "is_limited_to_locations", True))


def may_manage(actor: User, user: User) -> bool:
    """Say whether the actor may change this user: not oneself, nobody with further rights."""
    if actor.pk == user.pk or actor.is_limited_to_locations:
        return False
    if user.is_superuser and not actor.is_superuser:
        return False
    return holds(actor, rights_of(user) | user.get_all_permissions())


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


def grantable_permissions(actor: User, *, today: date) -> set[str]:
    """Return what the actor can put into a group: rights of the portal that the actor holds.

    Rights on prices count only for tenants that have eMarketplace booked on that day.
    """
    held = set(PERMISSIONS[ADMIN]) & actor.get_all_permissions()
    return without_prices(held, has_marketplace=has_marketplace(today))


def has_marketplace(today: date) -> bool:
    marketplace = {Product.EMARKETPLACE_CPO, Product.EMARKETPLACE_EMP}
    return bool(marketplace & booked_products(current_tenant(), today))


def permission_rows(names: set[str]) -> QuerySet[Permission]:
    """Return Django's rows of permissions given as `app_label.codename`."""
    chosen = Q(pk__in=[])
    for name in names:
        app_label, codename = name.split(".")
        chosen |= Q(content_type__app_label=app_label, codename=codename)
    return Permission.objects.filter(chosen)


def in_tree_order(locations: QuerySet[Location]) -> QuerySet[Location]:
    """Return the locations, each followed by what is part of it, with what is above them."""
    is_third = When(parent__parent__isnull=False, then=F("name"))
    middle = When(parent__parent__isnull=False, then=F("parent__name"))
    is_second = When(parent__isnull=False, then=F("name"))
    return locations.select_related("parent__parent").order_by(
        Coalesce("parent__parent__name", "parent__name", "name"),
        Case(middle, is_second, default=Value("")),
        Case(is_third, default=Value("")),
        "pk",
    )


def location_path(location: Location) -> str:
    """Return the name with what it is part of: "Harbour / Quay 3".

    For people who see the whole tree only: the names above may be of locations hidden to others.
    """
    return " / ".join(place.name for place in reversed(location.chain()))


def possible_parents(actor: User, location: Location) -> QuerySet[Location]:
    """Return what the location may be part of: nothing below it, and room for its own parts."""
    if actor.is_limited_to_locations:
        return Location.objects.none()
    rows = Location.objects.at_locations_of(actor).filter(parent__parent=None)
    if location.pk is not None:
        rows = rows.exclude(pk=location.pk).exclude(parent=location)
        height = location.height()
        if height == MAX_LEVELS - 1:
            rows = rows.filter(parent=None)
        elif height == MAX_LEVELS:
            rows = rows.none()
    return in_tree_order(rows)


def members(location: Location) -> QuerySet[User]:
    """Return the users who are limited to the location or to something it is part of."""
    chain = [str(place.pk) for place in location.chain()]
    granted = grants(UserObjectPermission).filter(object_pk__in=chain)
    return User.objects.filter(is_limited_to_locations=True, pk__in=granted.values("user"))


def who_sees(location: Location, users: QuerySet[User]) -> QuerySet[User]:
    """Return those of the users who see the location: limited to it, or to none."""
    return users.filter(Q(is_limited_to_locations=False) | Q(pk__in=members(location).values("pk")))


def session_times() -> SessionTimes:
    """Return the tenant's session times: the saved row, or an unsaved one with the defaults."""
    return SessionTimes.objects.first() or SessionTimes()


def lifetimes() -> Lifetimes:
    """Return how long sessions of the current schema live."""
    return session_times().lifetimes


def enabled_providers() -> QuerySet[IdentityProvider]:
    """Return the providers by which people of the current schema may log in."""
    return IdentityProvider.objects.filter(is_enabled=True)


def is_password_for_admins() -> bool:
    """Say whether only admins log in with a password: a provider in use demands it."""
    return enabled_providers().filter(password_for=PasswordFor.ADMINS).exists()


def may_use_password(user: User) -> bool:
    """Say whether the user may log in without single sign-on, by password or passkey."""
    if not is_password_for_admins():
        return True
    return user.is_superuser or user.groups.filter(name=ADMIN).exists()


def open_places(user: User, now: datetime) -> QuerySet[SignedInPlace]:
    """Return where the user is signed in, the place seen last first."""
    return SignedInPlace.objects.open_at(now).filter(user=user)


@dataclass(frozen=True, slots=True)
class Factors:
    """Which second factors a user has; never what is secret about them."""

    has_app: bool
    passkeys: int
    codes_left: int

    @classmethod
    def of(cls, rows: Iterable[Authenticator]) -> "Factors":
        """Count the user's rows; with the last factor the recovery codes lose their meaning."""
        kinds = [row.type for row in rows]
        used = [row.data["used_mask"] for row in rows if row.type == Factor.RECOVERY]
        codes = settings.MFA_RECOVERY_CODE_COUNT - used[0].bit_count() if used else 0
        return cls(Factor.APP in kinds, kinds.count(Factor.PASSKEY), codes)

    def __bool__(self) -> bool:
        return self.has_app or bool(self.passkeys)


def factors_of(user: Any) -> Factors:
    """Return the user's factors; asks for them unless `with_factors` has."""
    return Factors.of(user.authenticator_set.all())


def with_factors(users: QuerySet[User]) -> QuerySet[User]:
    """Return the users with what `factors_of` reads, in one query for a whole list."""
    return users.prefetch_related("authenticator_set")


def has_factor(user: User) -> bool:
    """Say whether the user shows something beside the password to log in."""
    return Authenticator.objects.filter(user=user).exclude(type=Factor.RECOVERY).exists()


def by_factor(users: QuerySet[User], *, has_one: bool) -> QuerySet[User]:
    """Return the users with a second factor, or those without."""
    owners = Authenticator.objects.exclude(type=Factor.RECOVERY).values("user")
    return users.filter(pk__in=owners) if has_one else users.exclude(pk__in=owners)
