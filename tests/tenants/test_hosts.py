"""A tenant's own domain: which names it may be, how it is proven, what follows from it."""

import socket
from collections.abc import Callable, Iterator
from datetime import datetime
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.db import connection
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.core.schemas import run_in_schema
from apps.notifications.models import OutgoingMail
from apps.tenants.domain.hosts import CheckFailure, HostFault, dns_name, host_fault, readable
from apps.tenants.middleware import CERTIFICATE_PATH
from apps.tenants.models import Host, Tenant
from apps.tenants.selectors import portal_url, primary_host
from apps.tenants.services import host_check, hosts
from apps.tenants.services.host_check import PATH, failure_of, is_outer, proof_of
from tests.conftest import PASSWORD

pytestmark = pytest.mark.req("TEN-02")

QUESTION = "0" * 32


@pytest.mark.parametrize(
    "text, name",
    [
        ("Charge.Example.com", "charge.example.com"),
        (" charge.example.com. ", "charge.example.com"),
        ("www.example.com", "example.com"),
        ("Lade.Größe.de", "lade.xn--gre-6ka8i.de"),
        ("ｌａｄｅ.example.com", "lade.example.com"),
        ("with space.example.com", None),
        ("charge.example.com:8000", None),
        ("https://charge.example.com", None),
        ("-a.example.com", None),
        ("a..example.com", None),
        ("a_b.example.com", None),
        (f"{'a' * 64}.example.com", None),
        (".".join(["abcdefgh"] * 30), None),
        ("", None),
        ("a\n.example.com", None),
    ],
)
def test_name_when_typed_then_kept_as_dns_knows_it(text: str, name: str | None) -> None:
    assert dns_name(text) == name


@pytest.mark.parametrize(
    "text, fault",
    [
        ("charge.example.com", None),
        ("volt.localhost", None),
        ("127.0.0.1", HostFault.ADDRESS),
        ("[::1]", HostFault.ADDRESS),
        ("charge", HostFault.SINGLE_WORD),
        ("charge.local", HostFault.SPECIAL),
        ("charge.internal", HostFault.SPECIAL),
        ("console.yard.example", HostFault.RESERVED),
        ("api.apps.example", HostFault.RESERVED),
        ("apps.example", None),
        ("a b", HostFault.NO_NAME),
    ],
)
def test_name_when_it_can_lead_to_no_portal_then_the_reason(
    text: str, fault: HostFault | None
) -> None:
    assert host_fault(text, ("console.yard.example", ".apps.example")) is fault


def test_name_when_shown_then_in_the_letters_of_its_people() -> None:
    assert readable("lade.xn--gre-6ka8i.de") == "lade.größe.de"
    assert readable("xn--.de") == "xn--.de"


@pytest.fixture
def console(db: None) -> Client:
    connection.set_schema_to_public()
    operator = User.objects.create_superuser("root@example.com", PASSWORD)
    client = Client(HTTP_HOST="localhost")
    client.force_login(operator, backend="django.contrib.auth.backends.ModelBackend")
    return client


def tenant(name: str) -> Tenant:
    return run_in_schema("public", Tenant.objects.get, schema_name=name)


def add(console: Client, domain: str, name: str = "alpha") -> Host:
    answer = console.post("/tenants/host/add/", {"domain": domain, "tenant": tenant(name).pk})
    assert answer.status_code == 302, answer.content.decode()
    connection.set_schema_to_public()
    return Host.objects.get(domain=dns_name(domain))


def status(host: str, path: str = "/login/") -> int:
    return int(Client(HTTP_HOST=host).get(path).status_code)


def test_host_when_added_then_it_leads_to_nobody_until_somebody_vouches_for_it(
    console: Client,
) -> None:
    host = add(console, "Charge.Example.org")
    assert status("charge.example.org") == 404

    console.post(f"/tenants/host/{host.pk}/vouch/")

    assert status("charge.example.org") == 200
    host.refresh_from_db()
    assert (host.tenant.schema_name, host.proven_by) == ("alpha", "root@example.com")
    assert not host.is_primary


@pytest.mark.parametrize(
    "domain",
    ["alpha.localhost", "BETA.localhost", "localhost", "a b.example.com", "10.0.0.1", "x.internal"],
)
def test_host_when_it_is_taken_or_no_host_then_refused(console: Client, domain: str) -> None:
    before = Host.objects.count()

    answer = console.post("/tenants/host/add/", {"domain": domain, "tenant": tenant("alpha").pk})

    assert answer.status_code == 200
    assert answer.context["errors"]
    assert Host.objects.count() == before


def test_host_when_the_platform_keeps_it_then_refused(console: Client, settings: Any) -> None:
    settings.RESERVED_HOSTS = (".yard.example",)

    answer = console.post(
        "/tenants/host/add/", {"domain": "api.yard.example", "tenant": tenant("alpha").pk}
    )

    assert b"The platform keeps this host for itself" in answer.content


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


Serve = Callable[..., None]


@pytest.fixture
def serve(port: int, settings: Any) -> Iterator[Serve]:
    """Return a function that lets an application answer where hosts are asked for their proof."""
    settings.HOST_CHECK_PORT = port
    settings.HOST_CHECK_INNER = True
    servers = []

    def start(application: Any) -> None:
        server = make_server("127.0.0.1", port, application, handler_class=Quiet)
        Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def stranger(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Somebody else's web server: it answers everything with 200."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"0" * 64]


def ours(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Answer by the middleware, in a thread whose database sees nothing of the open test."""
    domain = environ["HTTP_HOST"].partition(":")[0]
    question = environ["QUERY_STRING"].partition("=")[2]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [proof_of(domain, question).encode() + b"\n"]


def test_check_when_the_host_leads_here_then_proven_and_told(console: Client, serve: Serve) -> None:
    serve(ours)
    host = add(console, "charge.localhost")

    answer = console.post(f"/tenants/host/{host.pk}/check/", follow=True)

    assert "charge.localhost leads here." in answer.content.decode()
    host.refresh_from_db()
    assert host.proven_at is not None
    assert host.proven_by == ""
    assert status("charge.localhost") == 200


@pytest.mark.parametrize(
    "domain, application, failure",
    [
        ("charge.localhost", stranger, CheckFailure.ELSEWHERE),
        ("charge.localhost", None, CheckFailure.NO_ANSWER),
        ("nowhere.invalid.", None, CheckFailure.UNKNOWN_NAME),
    ],
)
def test_check_when_the_host_leads_elsewhere_then_the_reason(
    serve: Serve, domain: str, application: Any, failure: CheckFailure
) -> None:
    if application:
        serve(application)

    assert failure_of(domain) is failure


def test_check_when_the_address_is_an_inner_one_then_nobody_is_called(
    serve: Serve, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[Any] = []
    monkeypatch.setattr(host_check, "ask", lambda *args: called.append(args))
    settings.HOST_CHECK_INNER = False

    assert failure_of("charge.localhost") is CheckFailure.INNER_ADDRESS
    assert not called


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fe80::1%eth0", "224.0.0.1"]
)
def test_address_when_it_is_not_public_then_inner(address: str) -> None:
    assert not is_outer(address)
    assert is_outer("93.184.215.14")


def test_check_when_it_fails_later_then_the_host_stays_proven(
    console: Client, serve: Serve, now: datetime
) -> None:
    host = add(console, "charge.localhost")
    hosts.vouch_for_host(host, by="root@example.com", now=now)

    console.post(f"/tenants/host/{host.pk}/check/")

    host.refresh_from_db()
    assert (host.proven_at, host.check_failure) == (now, "no_answer")


def test_proof_when_asked_then_for_hosts_of_the_table_only(console: Client) -> None:
    add(console, "charge.example.org")

    known = Client(HTTP_HOST="charge.example.org:80").get(f"{PATH}?question={QUESTION}")

    assert known.content.decode().strip() == proof_of("charge.example.org", QUESTION)
    assert status("other.example.org", f"{PATH}?question={QUESTION}") == 404
    assert status("charge.example.org", f"{PATH}?question=short") == 404


def test_primary_when_it_changes_then_links_in_mails_name_it(
    console: Client, make_user: Callable[..., User]
) -> None:
    host = add(console, "charge.example.org")
    console.post(f"/tenants/host/{host.pk}/primary/")
    assert primary_host(tenant("alpha")) == "alpha.localhost"

    console.post(f"/tenants/host/{host.pk}/vouch/")
    console.post(f"/tenants/host/{host.pk}/primary/")

    connection.set_schema_to_public()
    assert portal_url(tenant("alpha")) == "http://charge.example.org"
    assert list(Host.objects.filter(tenant__schema_name="alpha", is_primary=True)) == [host]
    admin = run_in_schema("alpha", make_user, "admin")
    client = Client(HTTP_HOST="alpha.localhost")
    run_in_schema("alpha", client.force_login, admin, "django.contrib.auth.backends.ModelBackend")
    client.post("/accounts/user/add/", {"email": "new@alpha.example", "language": "en"})
    mail = run_in_schema("alpha", OutgoingMail.objects.get, recipient="new@alpha.example")
    assert "http://charge.example.org/welcome/" in mail.text
    assert "alpha.localhost" not in mail.text


def test_host_when_removed_then_it_leads_nowhere_and_the_primary_one_stays(
    console: Client, now: datetime
) -> None:
    host = add(console, "charge.example.org")
    hosts.vouch_for_host(host, by="root@example.com", now=now)
    primary = Host.objects.get(domain="alpha.localhost")

    console.post(f"/tenants/host/{primary.pk}/delete/", {"post": "yes"})
    console.post(f"/tenants/host/{host.pk}/delete/", {"post": "yes"})

    assert status("alpha.localhost") == 200
    assert status("charge.example.org") == 404


def test_host_when_something_is_done_to_it_then_in_both_trails(
    console: Client, now: datetime
) -> None:
    host = add(console, "charge.example.org")
    console.post(f"/tenants/host/{host.pk}/vouch/")
    console.post(f"/tenants/host/{host.pk}/primary/")
    console.post(f"/tenants/host/{host.pk}/check/")

    for schema in ("public", "alpha"):
        entries = run_in_schema(schema, lambda: list(Entry.objects.filter(object_id=str(host.pk))))
        changes = [sorted(entry.changes) for entry in entries if entry.model == "tenants.host"]
        assert sorted(changes) == [
            ["domain", "is_primary", "tenant"],
            ["is_primary"],
            ["proven_at", "proven_by"],
        ]


def test_certificate_when_the_proxy_asks_then_for_hosts_that_lead_to_somebody(
    console: Client,
) -> None:
    add(console, "charge.example.org")
    Tenant.objects.filter(schema_name="beta").update(is_suspended=True)

    def asked(domain: str, **headers: str) -> int:
        client = Client(HTTP_HOST="portal:8000", headers=headers)
        return int(client.get(f"{CERTIFICATE_PATH}?domain={domain}").status_code)

    assert asked("alpha.localhost") == 200
    assert asked("localhost") == 200
    assert asked("charge.example.org") == 404
    assert asked("beta.localhost") == 404
    assert asked("evil.example.org") == 404
    assert asked("") == 404
    assert asked("alpha.localhost", x_forwarded_for="203.0.113.9") == 404


@pytest.mark.req("TEN-01")
def test_session_when_a_tenant_has_two_hosts_then_its_cookie_is_of_one(
    console: Client, make_user: Callable[..., User], now: datetime
) -> None:
    host = add(console, "charge.example.org")
    hosts.vouch_for_host(host, by="root@example.com", now=now)
    user = run_in_schema("alpha", make_user)
    client = Client(HTTP_HOST="charge.example.org", enforce_csrf_checks=True)
    client.get("/login/")
    form = {
        "username": user.email,
        "password": PASSWORD,
        "csrfmiddlewaretoken": client.cookies["csrftoken"].value,
    }

    refused = client.post("/login/", form, headers={"origin": "http://alpha.localhost"})
    taken = client.post("/login/", form, headers={"origin": "http://charge.example.org"})

    assert (refused.status_code, taken.status_code) == (403, 302)
    assert all(not cookie["domain"] for cookie in client.cookies.values())


def test_application_when_the_test_server_speaks_for_it_then_it_is_the_same_answer(
    console: Client,
) -> None:
    """`ours` above stands for the middleware, which the open transaction hides from a thread."""
    add(console, "charge.example.org")
    answers: list[bytes] = ours(
        {"HTTP_HOST": "charge.example.org:80", "QUERY_STRING": f"question={QUESTION}"},
        lambda *args: None,
    )

    answer = Client(HTTP_HOST="charge.example.org").get(f"{PATH}?question={QUESTION}")

    assert b"".join(answers) == answer.content
