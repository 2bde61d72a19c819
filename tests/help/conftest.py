"""Documents and malfunctions of the platform operator."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.core.schemas import run_in_schema
from apps.help.domain.malfunctions import Stage
from apps.help.models import Document, Malfunction
from apps.help.selectors.notices import open_notices
from apps.help.services.documents import Upload, publish
from apps.help.services.malfunctions import tell
from apps.tenants.models import Tenant
from tests.conftest import make_client

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
OPERATOR = "root@chargeyard.example"


@pytest.fixture(autouse=True)
def _own_media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def user(alpha: Tenant, make_user: Callable[..., Any]) -> User:
    return make_user("operator")


@pytest.fixture
def client(user: User) -> Client:
    return make_client(user)


def text_of(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


def tenant_named(name: str) -> Tenant:
    return run_in_schema("public", Tenant.objects.get, schema_name=name)


def pdf(name: str = "manual.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="application/pdf")


@pytest.fixture
def make_document(db: None) -> Callable[..., Document]:
    """Publish a document with one file; `only_for` names tenants, else it is for all."""

    def make(title: str = "Manual", only_for: tuple[str, ...] = (), **fields: Any) -> Document:
        file = fields.pop("file", None) or pdf()
        now = fields.pop("now", None) or timezone.now()
        values = {"category": "manual", **fields}
        document = Document(title=title, is_for_all=not only_for, **values)
        publish(document, Upload(file, OPERATOR), now=now)
        document.tenants.set([tenant_named(name) for name in only_for])
        return document

    return make


@pytest.fixture
def make_malfunction(db: None) -> Callable[..., Malfunction]:
    """Tell of a malfunction that began an hour ago."""

    def make(
        title: str = "Chargers cannot connect",
        only_for: tuple[str, ...] = (),
        text: str = "We look into it.",
        stage: Stage = Stage.INVESTIGATING,
        now: datetime | None = None,
        **fields: Any,
    ) -> Malfunction:
        at = now or timezone.now()
        values: dict[str, Any] = {
            "titles": {"en": title},
            "components": ["chargers"],
            "began_at": at - timedelta(hours=1),
            **fields,
        }
        malfunction = Malfunction(is_for_all=not only_for, **values)
        tell(malfunction, stage, {"en": text}, by=OPERATOR, now=at)
        malfunction.tenants.set([tenant_named(name) for name in only_for])
        open_notices.forget()
        return malfunction

    return make


def body_of(response: Any) -> bytes:
    return b"".join(response.streaming_content)
