"""S22, and what somebody sees who is not logged in: no id of any station."""

import os
import re
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.infrastructure.models import Station
from apps.tenants.models import Tenant
from tests.ocpp.gateway.servers import ROOT

LINK = re.compile(r'(?:href|src|action|hx-get)="(/[^"#]*)')
PAGES_MAX = 200


@pytest.mark.req("TEN-01", "INF-02")
def test_nobody_who_is_signed_out_sees_the_id_of_a_station(
    alpha: Tenant, make_station: Callable[..., Station]
) -> None:
    station = make_station("PUBLIC-BOX-77", name="NAME-OF-BOX-77", is_public=True)
    page = f"/infrastructure/station/{station.pk}/change/"
    hosts = ("alpha.localhost", "beta.localhost", "localhost", "nowhere.localhost")
    visited = 0
    for host in hosts:
        client = Client(headers={"host": host})
        waiting = deque(["/", "/login/", page, "/device/ocpp16/PUBLIC-BOX-77", "/healthz"])
        known = set(waiting)
        while waiting and len(known) < PAGES_MAX:
            response = client.get(waiting.popleft())
            visited += 1
            if response.streaming:
                continue
            text = response.content.decode()
            told = text + str(response.headers).replace(page, "")
            assert "NAME-OF-BOX-77" not in told
            # The address that was asked for may stand in the page as the way back.
            assert "BOX-77" not in told.replace("/device/ocpp16/PUBLIC-BOX-77", "")
            new = [link for link in LINK.findall(text) if link not in known]
            known.update(new)
            waiting.extend(new)
    assert visited > 20
    print(f"{visited} pages")


UNSAFE = frozenset({"DJANGO_ALLOW_ASYNC_UNSAFE"})


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    # Set for browser tests in this process; no deployment has it.
    inherited = {key: value for key, value in os.environ.items() if key not in UNSAFE}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.req("TEN-01")
def test_s22_production_settings_have_no_warning(tmp_path: Any) -> None:
    done = run(
        "manage.py",
        "check",
        "--deploy",
        "--fail-level=WARNING",
        DJANGO_SETTINGS_MODULE="config.settings.production",
        SECRET_KEY="a-secret-key-of-production-0123456789-abcdefghijklmnop-XYZ",
        DATABASE_URL="postgres://nobody@127.0.0.1:1/none",
        DATA_DIR=str(tmp_path),
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr


@pytest.mark.req("TEN-01")
def test_s22_no_finding_of_the_security_rules() -> None:
    """Bandit's rules; S101 (assert) and S603 (subprocess, never by a shell here) count little."""
    rules = ("--select=S", "--ignore=S101,S603")
    done = run("-m", "ruff", "check", *rules, "--output-format=concise", "apps", "config")
    assert done.returncode == 0, done.stdout
