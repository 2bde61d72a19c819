"""Each page × each address × other tenant, other location, no right, signed out (S5, S6)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from apps.accounts.models import User
from apps.accounts.services.users import limit_to_locations
from apps.tenants.models import Tenant
from tests.factories.registry import factory_of
from tests.portal import sweep
from tests.portal.sweep import FOREIGN_ID, FOREIGN_MARK, Address, Findings

pytestmark = [pytest.mark.req("TEN-01", "ACC-01", "ACC-03"), pytest.mark.slow]

MakeUser = Callable[..., User]


def enter(short_name: str) -> None:
    connection.set_tenant(Tenant.objects.get(schema_name=short_name))


def visits(rows: dict[type, Any]) -> Iterator[tuple[str, Address, dict[str, Any] | None]]:
    """Yield method, address and body of every request of the sweep."""
    pages = list(sweep.addresses(rows))
    by_model = {model_admin.model: model_admin for model_admin in sweep.model_admins()}
    for page in pages:
        if page.model is None:
            queries = ["", f"?s={FOREIGN_MARK}&extended=1"]
        elif f"/{FOREIGN_ID}/" in page.path:
            queries = sweep.OBJECT_QUERIES if page.name.endswith("_change") else [""]
        else:
            queries = [*sweep.LIST_QUERIES, *sweep.filter_queries(by_model[page.model])]
        for query in queries:
            yield "get", Address(page.path + query, page.name, page.model), None
        if page.name == "logout":
            continue
        # Whoever may add something may do so; whether it lands elsewhere is asked below.
        bodies = [{}] if page.name.endswith("_add") else list(sweep.POSTS)
        if page.name.endswith("_changelist"):
            bodies += sweep.action_posts(by_model[page.model])
        if page.name.endswith("_export"):
            bodies += [{"format": number, "resource": ""} for number in (0, 1)]
        for body in bodies:
            yield "post", page, body
    for page in sweep.autocomplete_addresses():
        yield "get", page, None


def walk(client: Client, rows: dict[type, Any], judge: Callable[[Address, Any], str]) -> Findings:
    """Make every request; note what `judge` objects to and every write."""
    findings = Findings()
    before = sweep.snapshot()
    for method, page, body in visits(rows):
        response = getattr(client, method)(page.path, body or {})
        findings.requests += 1
        fault = judge(page, response)
        if response.status_code >= 500:
            fault = f"answers {response.status_code}"
        if fault:
            findings.faults.append(f"{method.upper()} {page.path} {body or ''}: {fault}")
    enter("alpha")
    after = sweep.snapshot()
    changed = sorted(name for name in before if before[name] != after[name])
    if changed:
        findings.faults.append(f"rows were written: {changed}")
    return findings


def nothing_foreign(page: Address, response: Any) -> str:
    """Object to a page that shows something of the foreign rows, and to one of a foreign object."""
    shown = sweep.shows_foreign(sweep.content_of(response)) if response.status_code == 200 else ""
    if shown:
        return f"shows a foreign row: {shown}"
    is_object_page = page.model is not None and str(FOREIGN_ID) in page.path.split("?")[0]
    if is_object_page and response.status_code == 200:
        return "opens a foreign object"
    return ""


def report(findings: Findings) -> str:
    return f"{len(findings.faults)} faults:\n" + "\n".join(findings.faults[:40])


@pytest.fixture
def own(alpha: Tenant) -> dict[type, Any]:
    """Rows of the tenant at a location of the user's own."""
    return sweep.make_rows("OWN", 110_001)


def test_sweep_when_the_row_is_another_tenants_then_neither_shown_nor_changed(
    own: dict[type, Any], make_user: MakeUser
) -> None:
    enter("beta")
    foreign = sweep.make_rows(FOREIGN_MARK, FOREIGN_ID)
    enter("alpha")
    user = make_user("admin")
    user.groups.add(sweep.group_of_everything())

    findings = walk(sweep.log_in(user, "alpha.localhost"), foreign, nothing_foreign)

    assert not findings.faults, report(findings)
    assert findings.requests >= 500


def test_sweep_when_the_session_is_another_tenants_then_it_is_nobodys(
    own: dict[type, Any], make_user: MakeUser
) -> None:
    client = sweep.log_in(make_user("admin"), "alpha.localhost")
    enter("beta")
    foreign = sweep.make_rows(FOREIGN_MARK, FOREIGN_ID)
    make_user("admin")
    client.defaults["HTTP_HOST"] = "beta.localhost"

    findings = walk(client, foreign, no_page_at_all)

    assert not findings.faults, report(findings)


def no_page_at_all(page: Address, response: Any) -> str:
    """Object to everything but the way to the log-in and refusals."""
    shown = sweep.shows_foreign(sweep.content_of(response))
    if shown:
        return f"shows {shown}"
    if response.status_code in {403, 404, 405}:
        return ""
    if response.status_code == 302 and response["Location"].startswith("/login/"):
        return ""
    if page.name == "jsi18n":  # words only, and the log-in page needs them
        return ""
    return f"answers {response.status_code}"


@pytest.mark.parametrize("role", ["operator", "admin"])
def test_sweep_when_the_row_stands_elsewhere_then_neither_shown_nor_changed(
    own: dict[type, Any], make_user: MakeUser, role: str
) -> None:
    foreign = sweep.make_rows(FOREIGN_MARK, FOREIGN_ID)
    for model in list(foreign):
        if getattr(model, "location_path", None) is None and model is not User:
            # Belongs to the tenant as a whole: everybody with the right sees it.
            foreign[model].delete()
    user = make_user(role)
    user.groups.add(sweep.group_of_everything())
    limit_to_locations(user, [row for row in own.values() if type(row).__name__ == "Location"])

    findings = walk(sweep.log_in(user, "alpha.localhost"), foreign, nothing_foreign)

    assert not findings.faults, report(findings)
    assert findings.requests >= 300


def test_sweep_when_the_user_has_no_right_then_no_page_and_no_row(
    alpha: Tenant, make_user: MakeUser
) -> None:
    foreign = sweep.make_rows(FOREIGN_MARK, FOREIGN_ID)
    user = make_user("operator")
    user.groups.clear()

    findings = walk(sweep.log_in(user, "alpha.localhost"), foreign, only_what_everybody_may)

    assert not findings.faults, report(findings)


def only_what_everybody_may(page: Address, response: Any) -> str:
    """Object to anything foreign and to a page that needs a right."""
    if response.status_code == 200:
        shown = sweep.shows_foreign(sweep.content_of(response))
        if shown:
            return f"shows {shown}"
        if page.name not in sweep.FOR_EVERYBODY:
            return "opens without a right"
    return ""


def test_sweep_when_nobody_is_logged_in_then_to_the_log_in(alpha: Tenant) -> None:
    foreign = sweep.make_rows(FOREIGN_MARK, FOREIGN_ID)

    findings = walk(
        Client(HTTP_HOST="alpha.localhost", raise_request_exception=False), foreign, no_page_at_all
    )

    assert not findings.faults, report(findings)


def test_own_rows_when_the_user_has_the_right_then_their_pages_open(
    own: dict[type, Any], make_user: MakeUser
) -> None:
    """The sweep proves nothing if the pages were closed to everybody."""
    user = make_user("admin")
    client = sweep.log_in(user, "alpha.localhost")
    closed = []
    for page in sweep.addresses(own):
        if page.name.endswith(("_changelist", "_change", "_history")):
            response = client.get(page.path)
            if response.status_code != 200:
                closed.append(f"{page.path}: {response.status_code}")
    assert not closed


def test_drop_downs_when_limited_to_locations_then_no_foreign_choice(
    own: dict[type, Any], make_user: MakeUser, rf: Any
) -> None:
    foreign = sweep.make_rows(FOREIGN_MARK, FOREIGN_ID)
    user = make_user("admin")
    user.groups.add(sweep.group_of_everything())
    limit_to_locations(user, [row for row in own.values() if type(row).__name__ == "Location"])
    request = rf.get("/")
    request.user = user

    offered = []
    for model_admin in sweep.model_admins():
        form = model_admin.get_form(request)
        for name, form_field in form.base_fields.items():
            rows = getattr(form_field, "queryset", None)
            hidden = foreign.get(rows.model) if rows is not None else None
            is_elsewhere = hidden is not None and getattr(rows.model, "location_path", None)
            if is_elsewhere and rows.filter(pk=hidden.pk).exists():
                offered.append(f"{type(model_admin).__name__}.{name}")
    assert not offered


@pytest.mark.parametrize(
    "text, is_leak",
    [
        (f'<a href="/accounts/location/{FOREIGN_ID}/change/">', True),
        (f'<option value="{FOREIGN_ID}">', True),
        (f"<td>{FOREIGN_MARK}-BOX</td>", True),
        (f"<td>{FOREIGN_MARK.lower()}@example.com</td>", True),
        (f'"id": "{FOREIGN_ID}"', True),
        (f'<input name="q" value="{FOREIGN_MARK}">', False),
        (f'<input type="hidden" name="location" value="{FOREIGN_ID}">', False),
        (f'<a href="?id__exact={FOREIGN_ID}&amp;o=1">', False),
    ],
)
def test_sweep_when_it_reads_a_page_then_it_knows_a_leak_from_an_echo(
    text: str, is_leak: bool
) -> None:
    assert bool(sweep.shows_foreign(text)) is is_leak


def test_sweep_when_a_model_has_no_factory_then_it_says_where_to_write_one() -> None:
    with pytest.raises(AssertionError, match=r"tests/factories/accounts\.py"):
        factory_of("accounts", Tenant)
