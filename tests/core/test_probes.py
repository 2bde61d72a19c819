"""Probes and figures of the portal: for any host, figures for few."""

import json
from typing import Any

import pytest
from django.test import Client

from apps.core.metrics import is_allowed
from apps.core.queues import age_of

pytestmark = pytest.mark.req("OCP-06")

TOKEN = "a-token"


@pytest.mark.parametrize(
    "peer, headers, is_let_in",
    [
        ("127.0.0.1", {"host": "localhost:8000"}, True),
        ("127.0.0.1", {"host": "127.0.0.1"}, True),
        ("::1", {"host": "[::1]:8000"}, True),
        ("::1", {"host": "[::1]"}, True),
        ("127.0.0.1", {"host": "volt.example.com"}, False),
        ("127.0.0.1", {"host": "localhost", "x-forwarded-for": "127.0.0.1"}, False),
        ("127.0.0.1", {"host": "localhost", "forwarded": "for=127.0.0.1"}, False),
        ("10.0.0.7", {"host": "localhost"}, False),
        ("", {"host": "localhost"}, False),
        ("127.0.0.1", {}, False),
    ],
)
def test_figures_without_a_token_are_for_this_machine(
    peer: str, headers: dict[str, str], is_let_in: bool, settings: Any
) -> None:
    settings.METRICS_TOKEN = ""
    assert is_allowed(peer, headers) is is_let_in


@pytest.mark.parametrize(
    "authorization, is_let_in",
    [(f"Bearer {TOKEN}", True), ("Bearer other", False), (TOKEN, False), ("", False)],
)
def test_figures_with_a_token_are_for_who_brings_it(
    authorization: str, is_let_in: bool, settings: Any
) -> None:
    settings.METRICS_TOKEN = TOKEN
    headers = {"host": "localhost", "authorization": authorization}
    assert is_allowed("127.0.0.1", headers) is is_let_in
    assert is_allowed("203.0.113.9", headers) is is_let_in


@pytest.mark.django_db
def test_portal_tells_its_figures_to_this_machine_only(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    client.get("/login/", HTTP_HOST="alpha.localhost")

    told = client.get("/metrics", HTTP_HOST="localhost").content.decode()

    assert 'chargeyard_requests_total{method="GET",status="200"}' in told
    assert "chargeyard_request_seconds_count" in told
    assert "process_resident_memory_bytes" in told
    assert client.get("/metrics", HTTP_HOST="alpha.localhost").status_code == 404


@pytest.mark.django_db
def test_probes_answer_for_hosts_that_nobody_knows(client: Client) -> None:
    assert client.get("/healthz", HTTP_HOST="10.1.2.3").content == b"ok\n"
    assert client.get("/readyz", HTTP_HOST="10.1.2.3").content == b"ready\n"


def test_age_of_a_queued_task_is_told_by_its_header() -> None:
    assert age_of(json.dumps({"headers": {"sent_at": 100.0}}).encode(), 107.5) == 7.5
    assert age_of(json.dumps({"headers": {}}).encode(), 107.5) == 0
    assert age_of(None, 107.5) == 0
