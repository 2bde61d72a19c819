"""Support access: opened with a reason for a while, seen by the tenant, ended at once (S5, S17)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.services.support import (
    SUPPORT_EMAIL,
    SupportOpen,
    begin_support,
    end_overdue,
    make_token,
    support_permissions,
)
from apps.accounts.services.users import ensure_user
from apps.audit.models import Entry
from apps.core.schemas import run_in_schema
from apps.tenants.models import SupportAccess, Tenant
from tests.factories.pages import log_in

pytestmark = pytest.mark.req("TEN-05", "ACC-07")

REASON = "Station CB-1 does not come online"


def tenant(name: str = "alpha") -> Tenant:
    return run_in_schema("public", Tenant.objects.get, schema_name=name)


def page(row: Tenant, path: str) -> str:
    return f"/tenants/tenant/{row.pk}/{path}"


def open_portal(console: Client, row: Tenant, minutes: int = 60) -> SupportAccess:
    body = {"reason": REASON, "minutes": minutes}
    assert console.post(page(row, "support/"), body).status_code == 302
    return SupportAccess.objects.get(tenant=row, ended_at=None)


def enter(console: Client, row: Tenant) -> Client:
    """Follow the console's link into the portal with a browser of its own cookies."""
    target = console.get(page(row, "support/enter/"))["Location"]
    assert target.startswith(f"http://{row.schema_name}.localhost/support/")
    inside = Client(HTTP_HOST=f"{row.schema_name}.localhost")
    assert inside.get(target).status_code == 302
    return inside


def test_support_when_opened_then_the_operator_is_in_and_everybody_sees_it(
    console: Client, operator: User
) -> None:
    alpha = tenant()
    open_portal(console, alpha)
    inside = enter(console, alpha)
    admin = run_in_schema(
        "alpha", ensure_user, "admin@alpha.example", password="correct horse battery", role="admin"
    )

    def in_alpha() -> None:
        theirs = log_in(admin)
        banner = theirs.get("/infrastructure/station/").content.decode()
        text = theirs.get("/support-access/").content.decode()
        assert operator.email in banner
        assert REASON in text
        assert "End now" in text
        assert inside.get("/infrastructure/station/").status_code == 200

    run_in_schema("alpha", in_alpha)
    kinds = run_in_schema("alpha", lambda: set(Entry.objects.values_list("kind", "actor_name")))
    assert {("support_began", operator.email), ("logged_in", operator.email)} <= kinds
    assert Entry.objects.filter(kind="support_began", details__reason=REASON).exists()


def test_support_when_something_is_changed_then_the_trail_names_the_operator(
    console: Client, operator: User
) -> None:
    alpha = tenant()
    open_portal(console, alpha)
    inside = enter(console, alpha)
    inside.post("/emaid/card/add/", {"tag": "04A2B3C4D5E680", "label": "Test"})
    entry = run_in_schema("alpha", Entry.objects.filter(model="emaid.card").latest, "pk")

    assert (entry.way, entry.actor_name) == ("support", operator.email)


@pytest.mark.parametrize(
    "path", ["/accounts/user/add/", "/auth/group/", "/audit/entry/export-csv/"]
)
def test_support_when_it_wants_people_or_files_then_refused(console: Client, path: str) -> None:
    alpha = tenant()
    open_portal(console, alpha)

    assert enter(console, alpha).get(path).status_code == 403


def test_support_when_its_rights_are_listed_then_none_on_people_and_exports(db: None) -> None:
    names = {
        f"{row.content_type.app_label}.{row.codename}"
        for row in run_in_schema("alpha", support_permissions)
    }
    assert "infrastructure.command_station" in names
    assert not [name for name in names if "export" in name or name.startswith("auth.")]
    assert not names & {"accounts.add_user", "accounts.change_user"}


def test_support_when_ended_by_the_tenant_then_at_once(console: Client, make_user: Any) -> None:
    alpha = tenant()
    access = open_portal(console, alpha)
    inside = enter(console, alpha)

    def end() -> None:
        client = log_in(make_user("admin"))
        assert client.post("/support-access/end/").status_code == 302
        assert REASON in client.get("/support-access/").content.decode()
        assert "sh-support" not in client.get("/infrastructure/station/").content.decode()

    run_in_schema("alpha", end)
    access.refresh_from_db()
    assert access.ended_by.endswith("@example.com")
    assert inside.get("/infrastructure/station/").status_code == 302
    assert console.get(page(alpha, "support/enter/")).status_code == 404


def test_support_when_an_operator_of_the_tenant_wants_to_end_it_then_refused(
    console: Client, make_user: Any
) -> None:
    open_portal(console, tenant())

    def attempt() -> int:
        client = log_in(make_user("operator"))
        return client.post("/support-access/end/").status_code

    assert run_in_schema("alpha", attempt) == 403
    assert SupportAccess.objects.filter(ended_at=None).exists()


def test_support_when_its_time_is_over_then_ended_by_itself(
    console: Client, operator: User
) -> None:
    alpha = tenant()
    access = open_portal(console, alpha, minutes=15)
    inside = enter(console, alpha)
    later = timezone.now() + timedelta(minutes=16)

    assert end_overdue(now=later) == 1
    assert end_overdue(now=later) == 0
    access.refresh_from_db()
    assert (access.ended_at, access.ended_by) == (later, "")
    assert inside.get("/infrastructure/station/").status_code == 302
    user = run_in_schema("alpha", User.objects.get, email=SUPPORT_EMAIL)
    assert not user.is_active
    assert not user.has_usable_password()


def test_session_when_support_entered_then_it_ends_with_the_access(console: Client) -> None:
    alpha = tenant()
    access = open_portal(console, alpha, minutes=15)
    inside = enter(console, alpha)

    expires = run_in_schema("alpha", inside.session.get_expiry_date)

    assert abs(expires - access.ends_at) < timedelta(seconds=2)


def test_link_when_used_twice_forged_or_at_another_host_then_dead(console: Client) -> None:
    alpha, beta = tenant(), tenant("beta")
    access = open_portal(console, alpha)
    token = make_token(access)
    at_alpha, at_beta = (Client(HTTP_HOST=f"{name}.localhost") for name in ("alpha", "beta"))

    assert at_beta.get(f"/support/{token}/").status_code == 404
    assert at_alpha.get(f"/support/{token}x/").status_code == 404
    assert at_alpha.get(f"/support/{token}/").status_code == 302
    assert Client(HTTP_HOST="alpha.localhost").get(f"/support/{token}/").status_code == 404
    assert not SupportAccess.objects.filter(tenant=beta).exists()


@pytest.mark.parametrize(
    "body",
    [
        {"reason": "short", "minutes": 60},
        {"reason": REASON, "minutes": 14},
        {"reason": REASON, "minutes": 481},
        {"minutes": 60},
    ],
)
def test_support_when_without_reason_or_for_too_long_then_not_opened(
    console: Client, body: dict[str, Any]
) -> None:
    assert console.post(page(tenant(), "support/"), body).status_code == 200
    assert not SupportAccess.objects.exists()


def test_support_when_open_already_then_refused_until_it_is_over(operator: User) -> None:
    alpha, now = tenant(), timezone.now()
    begin_support(operator, alpha, reason=REASON, minutes=15, now=now)

    with pytest.raises(SupportOpen):
        begin_support(operator, alpha, reason=REASON, minutes=15, now=now)
    begin_support(operator, alpha, reason=REASON, minutes=15, now=now + timedelta(minutes=20))


def test_console_when_somebody_of_a_tenant_asks_then_no_page(make_user: Any, db: None) -> None:
    alpha = tenant()

    def ask() -> set[int]:
        client: Client = log_in(make_user("admin"))
        client.defaults["HTTP_HOST"] = "localhost"
        paths: list[Callable[[], Any]] = [
            lambda: client.post(page(alpha, "support/"), {"reason": REASON, "minutes": 60}),
            lambda: client.post(page(alpha, "suspend/")),
            lambda: client.get(page(alpha, "archive/")),
            lambda: client.post(page(alpha, "deletion/"), {}),
        ]
        return {ask().status_code for ask in paths}

    assert run_in_schema("alpha", ask) == {302}
    assert not SupportAccess.objects.exists()
