"""The platform console: tenants, hosts, brands and operators on the public schema."""

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django_tenants.utils import schema_exists

from apps.accounts.models import User
from apps.accounts.services.users import ensure_user
from apps.notifications.models import OutgoingMail
from apps.tenants.context import run_in_schema
from apps.tenants.models import Tenant
from tests.conftest import PASSWORD


@pytest.fixture
def console(db: None) -> Client:
    connection.set_schema_to_public()
    operator = User.objects.create_superuser("root@example.com", PASSWORD)
    client = Client(HTTP_HOST="localhost")
    client.force_login(operator, backend="django.contrib.auth.backends.ModelBackend")
    return client


def new_tenant(**fields: object) -> dict[str, object]:
    return {
        "schema_name": "gamma",
        "name": "Gamma",
        "host": "Gamma.Example.com",
        "hue": 30,
        "products": ["emaid"],
        "country": "SE",
        "default_language": "sv",
        "time_zone": "Europe/Stockholm",
        "admin_first_name": "Fia",
        "admin_last_name": "Gran",
        "admin_email": "First@gamma.example",
        **fields,
    }


@pytest.mark.req("TEN-05")
def test_tenant_when_added_then_it_has_host_brand_schema_and_first_admin(console: Client) -> None:
    answer = console.post("/tenants/tenant/add/", new_tenant())

    assert answer.status_code == 302, answer.content.decode()[:2000]
    tenant = Tenant.objects.get(schema_name="gamma")
    assert schema_exists("gamma")
    assert (tenant.brand.hue, tenant.default_language) == (30, "sv")
    assert [host.domain for host in tenant.domains.all()] == ["gamma.example.com"]
    assert [booking.product for booking in tenant.booked_products.all()] == ["emaid"]
    admin = run_in_schema("gamma", lambda: User.objects.get(groups__name="Admin"))
    assert (admin.email, str(admin)) == ("first@gamma.example", "Fia Gran")
    assert not admin.has_usable_password()


def first_admin(schema_name: str = "gamma") -> User:
    return run_in_schema(schema_name, lambda: User.objects.get(groups__name="Admin"))


def newest_link(schema_name: str = "gamma") -> str:
    """Return the address in the newest invitation, without scheme and host."""
    mails = run_in_schema(schema_name, lambda: list(OutgoingMail.objects.order_by("-pk")))
    assert mails[0].kind == "invitation"
    found = re.search(r"http://gamma\.example\.com(/welcome/\S+)", mails[0].text)
    assert found, mails[0].text
    return found[1]


@pytest.mark.req("TEN-05")
def test_first_admin_when_the_link_is_followed_then_a_password_is_set_and_they_are_in(
    console: Client,
) -> None:
    console.post("/tenants/tenant/add/", new_tenant())
    client = Client(HTTP_HOST="gamma.example.com")

    form = client.get(newest_link(), follow=True)
    client.post(form.request["PATH_INFO"], {"password1": PASSWORD, "password2": PASSWORD})
    login = client.post("/login/", {"username": "first@gamma.example", "password": PASSWORD})

    assert login.status_code == 302
    mail = run_in_schema("gamma", lambda: OutgoingMail.objects.get(kind="invitation"))
    assert (mail.language, mail.recipient) == ("sv", "first@gamma.example")


@pytest.mark.req("TEN-05")
def test_first_admin_when_invited_again_then_only_the_newer_link_works(console: Client) -> None:
    console.post("/tenants/tenant/add/", new_tenant())
    tenant, old = Tenant.objects.get(schema_name="gamma"), newest_link()
    people = f"/tenants/tenant/{tenant.pk}/people/"
    page = console.get(people).content.decode()

    console.post(f"{people}invite/", {"user": first_admin().pk})

    assert "Send invitation again" in page
    assert "Invited; the link works until" in page
    portal = Client(HTTP_HOST="gamma.example.com")
    assert portal.get(old).status_code == 410
    assert portal.get(newest_link()).status_code == 302


@pytest.mark.req("TEN-05")
def test_first_admin_when_somebody_of_the_tenant_could_invite_then_left_to_them(
    console: Client,
) -> None:
    console.post("/tenants/tenant/add/", new_tenant())
    tenant, admin = Tenant.objects.get(schema_name="gamma"), first_admin()
    run_in_schema("gamma", ensure_user, "two@gamma.example", password=PASSWORD, role="admin")
    connection.set_schema_to_public()

    people = f"/tenants/tenant/{tenant.pk}/people/"
    answer = console.post(f"{people}invite/", {"user": admin.pk}, follow=True)

    text = answer.content.decode()
    assert "An admin of the tenant can invite this user again" in text
    assert "Send invitation again" not in text


@pytest.mark.req("TEN-05")
@pytest.mark.parametrize(
    "fault",
    [
        {"schema_name": "public"},
        {"schema_name": "alpha"},
        {"schema_name": "Bad Name"},
        {"host": "alpha.localhost"},
        {"host": "with space"},
        {"admin_email": "nobody"},
        {"admin_last_name": ""},
        {"hue": 400},
    ],
    ids=str,
)
def test_tenant_when_something_does_not_fit_then_nothing_is_made(
    console: Client, fault: dict[str, object]
) -> None:
    answer = console.post("/tenants/tenant/add/", new_tenant(**fault))

    assert answer.status_code == 200
    assert not Tenant.objects.filter(name="Gamma").exists()
    assert not schema_exists("gamma")


@pytest.mark.req("TEN-05")
def test_tenant_when_suspended_then_its_portal_is_gone(console: Client) -> None:
    alpha = Tenant.objects.get(schema_name="alpha")

    answer = console.post(f"/tenants/tenant/{alpha.pk}/suspend/")

    assert answer.status_code == 302
    assert Client(HTTP_HOST="alpha.localhost").get("/login/").status_code == 404


@pytest.mark.req("TEN-05")
@pytest.mark.parametrize(
    "address",
    [
        "",
        "tenants/tenant/",
        "tenants/host/",
        "tenants/brand/",
        "tenants/bookedproduct/",
        "tenants/gatewayprocess/",
        "accounts/user/",
        "accounts/user/add/",
        "tenants/bookedproduct/add/",
        "search/?s=alp&extended=1",
    ],
)
def test_page_when_an_operator_opens_it_then_it_shows(console: Client, address: str) -> None:
    assert console.get(f"/{address}").status_code == 200


@pytest.mark.req("TEN-05")
def test_brand_page_when_opened_then_it_previews_the_hue(console: Client) -> None:
    brand = Tenant.objects.get(schema_name="alpha").brand

    page = console.get(f"/tenants/brand/{brand.pk}/change/")

    assert b"data-hue-preview" in page.content


@pytest.mark.req("TEN-05", "TEN-01")
def test_console_when_a_tenants_admin_knocks_then_nobody(
    console: Client, make_user: Callable[..., User]
) -> None:
    run_in_schema("alpha", ensure_user, "a@example.com", password=PASSWORD, role="admin")
    connection.set_schema_to_public()

    answer = Client(HTTP_HOST="localhost").post(
        "/login/", {"username": "a@example.com", "password": PASSWORD, "next": "/"}
    )

    assert answer.status_code == 200
    assert b'role="alert"' in answer.content


@pytest.mark.req("TEN-05")
def test_operator_when_added_then_a_superuser_of_the_console_only(console: Client) -> None:
    body = {"email": "Two@Example.com", "password1": PASSWORD, "password2": PASSWORD}

    console.post("/accounts/user/add/", body)

    connection.set_schema_to_public()
    assert User.objects.get(email="two@example.com").is_superuser
    found = run_in_schema("alpha", lambda: User.objects.filter(email="two@example.com").exists())
    assert not found


@pytest.mark.req("TEN-04", "TEN-05")
def test_tenant_when_its_gates_are_turned_off_then_only_by_the_operator(console: Client) -> None:
    alpha = Tenant.objects.get(schema_name="alpha")
    body = {"name": "Alpha", "country": "DE", "default_language": "en", "analysis_years": 2}

    console.post(f"/tenants/tenant/{alpha.pk}/change/", {**body, "time_zone": "Europe/Berlin"})

    alpha.refresh_from_db()
    assert not alpha.enforces_products


@pytest.mark.req("CDR-01")
@pytest.mark.parametrize("years, kept", [("5", 5), ("0", 2), ("11", 2)])
def test_tenant_when_the_operator_sets_years_of_analysis_then_one_to_ten_are_kept(
    console: Client, years: str, kept: int
) -> None:
    alpha = Tenant.objects.get(schema_name="alpha")
    body = {"name": "Alpha", "country": "DE", "default_language": "en", "analysis_years": years}

    console.post(f"/tenants/tenant/{alpha.pk}/change/", {**body, "time_zone": "Europe/Berlin"})

    alpha.refresh_from_db()
    assert alpha.analysis_years == kept
