"""Mails of an instance without a mail server: kept as files, shown in the console only."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from apps.accounts.models import User
from apps.notifications.services.delivery import deliver
from apps.tenants.models import Tenant
from tests.conftest import PASSWORD, make_client
from tests.notifications.test_outbox import put_one


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.EMAIL_BACKEND = "apps.notifications.backends.MailFolder"
    settings.MAIL_FOLDER = str(tmp_path / "mails")
    return tmp_path / "mails"


def test_folder_when_a_mail_is_sent_then_a_private_file_that_the_console_shows(
    alpha: Tenant, folder: Path, make_user: Callable[..., User]
) -> None:
    assert deliver(put_one("søren@example.com").pk, now=timezone.now())
    (path,) = folder.iterdir()
    assert path.suffix == ".eml"
    assert folder.stat().st_mode & 0o077 == 0
    admin = make_user("admin")
    assert make_client(admin, "alpha.localhost").get("/mails/").status_code == 404
    connection.set_schema_to_public()
    operator = User.objects.create_superuser("root@example.com", PASSWORD)

    page = make_client(operator, "localhost").get("/mails/").content.decode()

    assert "søren@example.com" in page
    assert 'href="https://alpha.example/x/"' in page


def test_folder_when_mails_are_really_sent_then_no_page(
    db: None, settings: Any, folder: Path
) -> None:
    settings.MAIL_FOLDER = ""
    connection.set_schema_to_public()
    operator = User.objects.create_superuser("root@example.com", PASSWORD)

    assert make_client(operator, "localhost").get("/mails/").status_code == 404
