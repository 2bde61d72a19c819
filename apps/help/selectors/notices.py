"""What is wrong or planned now: asked on every page, so read once for all tenants and kept.

A change is seen at once in its own process and within `KEPT_S` in the others.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import get_language

from apps.core.kept import Kept
from apps.help.domain.health import SEVERITY_STATES, State
from apps.help.domain.malfunctions import Component, Kind, Phase, Severity, phase
from apps.help.models import Dismissal, Malfunction
from apps.tenants.models import Tenant

KEPT_S = 10.0
LIMIT = 50
UPDATES = 20
HISTORY = timedelta(days=90)
HISTORY_ROWS = 30
Texts = dict[str, str]


@dataclass(frozen=True, slots=True)
class Words:
    """A text in the reader's language, or in English where nobody wrote one; `language` says."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Told:
    """One update."""

    at: datetime
    stage: str
    texts: Texts

    @property
    def words(self) -> Words:
        return words(self.texts)


@dataclass(frozen=True, slots=True)
class Notice:
    """A malfunction or maintenance with its newest updates, newest first."""

    pk: int
    kind: Kind
    severity: Severity
    components: tuple[str, ...]
    titles: Texts
    began_at: datetime
    ends_at: datetime | None
    resolved_at: datetime | None
    told_at: datetime
    tenants: frozenset[int] | None
    updates: tuple[Told, ...]

    @property
    def title(self) -> Words:
        return words(self.titles)

    def phase_at(self, now: datetime) -> Phase:
        return phase(
            self.kind,
            began_at=self.began_at,
            ends_at=self.ends_at,
            resolved_at=self.resolved_at,
            now=now,
        )

    def is_for(self, tenant_id: int | None) -> bool:
        """Say whether people of the tenant see it; None: everybody, without a log-in."""
        return self.tenants is None or tenant_id in self.tenants

    def state_at(self, now: datetime) -> State:
        """Return what it makes of the components it affects."""
        if self.phase_at(now) is not Phase.ACTIVE:
            return State.UNKNOWN
        is_planned = self.kind is Kind.MAINTENANCE
        return State.MAINTENANCE if is_planned else SEVERITY_STATES[self.severity]


def words(texts: Texts) -> Words:
    """Return the text for the active language, else the platform's own."""
    language = get_language() or settings.LANGUAGE_CODE
    if text := texts.get(language):
        return Words(text, language)
    return Words(texts.get(settings.LANGUAGE_CODE, ""), settings.LANGUAGE_CODE)


def notice_of(row: Malfunction) -> Notice:
    """Return the row, its updates and tenants loaded, as what pages show."""
    return Notice(
        pk=row.pk,
        kind=Kind(row.kind),
        severity=Severity(row.severity),
        components=tuple(row.components),
        titles=row.titles,
        began_at=row.began_at,
        ends_at=row.ends_at,
        resolved_at=row.resolved_at,
        told_at=row.told_at,
        tenants=None if row.is_for_all else frozenset(tenant.pk for tenant in row.tenants.all()),
        updates=tuple(
            Told(update.at, update.stage, update.texts) for update in row.updates.all()[:UPDATES]
        ),
    )


def notices_of(rows: QuerySet[Malfunction], limit: int) -> list[Notice]:
    """Return the rows with what belongs to them: three queries, one where there is none."""
    return [notice_of(row) for row in rows.prefetch_related("updates", "tenants")[:limit]]


def load_open() -> list[Notice]:
    """Return what is not resolved, of all tenants, newest first."""
    rows: QuerySet[Malfunction] = Malfunction.objects.unresolved()
    return notices_of(rows.order_by("-began_at", "-pk"), LIMIT)


open_notices = Kept(load_open, for_s=KEPT_S)


def current(now: datetime, tenant: Tenant | None = None) -> list[Notice]:
    """Return what is active or announced, the worst first.

    Without a tenant: what everybody may know. The platform operator asks by `current_of_all`.
    """
    own = None if tenant is None else tenant.pk
    return in_order((notice for notice in open_notices.get() if notice.is_for(own)), now)


def current_of_all(now: datetime) -> list[Notice]:
    """Return what is active or announced for anybody."""
    return in_order(open_notices.get(), now)


def in_order(notices: Iterable[Notice], now: datetime) -> list[Notice]:
    shown = [one for one in notices if one.phase_at(now) in {Phase.ACTIVE, Phase.ANNOUNCED}]
    return sorted(shown, key=lambda one: (-one.state_at(now), one.began_at, one.pk))


def past(now: datetime, tenant: Tenant | None) -> list[Notice]:
    """Return what is over and began within 90 days, newest first; None: of all tenants."""
    rows = Malfunction.objects.all() if tenant is None else Malfunction.objects.meant_for(tenant)
    is_over = Q(resolved_at__isnull=False) | Q(kind=Kind.MAINTENANCE.value, ends_at__lte=now)
    over = rows.filter(is_over, began_at__gte=now - HISTORY)
    return notices_of(over.order_by("-began_at", "-pk"), HISTORY_ROWS)


def states_with(
    measured: dict[Component, State], notices: Iterable[Notice], now: datetime
) -> dict[Component, State]:
    """Return the state of each component: what was measured or what is told, the worse counts."""
    states = dict(measured)
    for notice in notices:
        for name in notice.components:
            component = Component(name)
            states[component] = max(states[component], notice.state_at(now))
    return states


def undismissed(notices: list[Notice], tenant: Tenant, user_id: int) -> list[Notice]:
    """Return the notices that this person has not put away since their last update."""
    if not notices:
        return []
    rows = Dismissal.objects.filter(
        tenant=tenant, user_id=user_id, malfunction__in=[notice.pk for notice in notices]
    )
    put_away = dict(rows.values_list("malfunction_id", "dismissed_at"))
    return [
        notice
        for notice in notices
        if notice.pk not in put_away or put_away[notice.pk] < notice.told_at
    ]
