"""All data of one tenant in one file: JSON lines per table, and what was uploaded.

The file is written table by table straight from the database, as of one moment, so that its size
does not matter.
"""

import logging
import secrets
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import Error, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from psycopg2 import sql

from apps.core.errors import AppError
from apps.tenants.choices import ArchiveState
from apps.tenants.domain.archives import is_archived, secret_columns
from apps.tenants.files import uploaded_folders
from apps.tenants.models import DataArchive, Tenant

logger = logging.getLogger(__name__)

KEPT = timedelta(days=7)
STALE = timedelta(hours=6)
COLUMNS = """
    SELECT table_name, array_agg(column_name::text ORDER BY ordinal_position)
    FROM information_schema.columns WHERE table_schema = %s GROUP BY 1 ORDER BY 1
"""
# What the platform keeps of a tenant: table → column with the tenant's key.
OF_PLATFORM = {
    "tenants_tenant": "id",
    "tenants_host": "tenant_id",
    "tenants_brand": "tenant_id",
    "tenants_legaltext": "tenant_id",
    "tenants_bookedproduct": "tenant_id",
    "tenants_chargeboxroute": "tenant_id",
    "tenants_supportaccess": "tenant_id",
}


class ArchiveUnderWay(AppError):
    code = "archive_under_way"
    message = _("An archive of this tenant is being made. Wait until it is done.")


def folder() -> Path:
    """Return where archives lie: readable by this user alone, never served as media."""
    path = Path(settings.DATA_DIR) / "archives"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


@transaction.atomic
def ask_for_archive(
    tenant: Tenant, *, asked_by: str, now: datetime, queue: Callable[[DataArchive], None]
) -> DataArchive:
    """Note that an archive is wanted and hand it to `queue`. Raises ArchiveUnderWay."""
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    under_way = DataArchive.objects.filter(
        tenant=tenant,
        state__in=[ArchiveState.QUEUED, ArchiveState.RUNNING],
        asked_at__gt=now - STALE,
    )
    if under_way.exists():
        raise ArchiveUnderWay
    archive = DataArchive.objects.create(tenant=tenant, asked_by=asked_by, asked_at=now)
    queue(archive)
    return archive


def make_archive(archive_id: int) -> None:
    """Write the file of a waiting archive; a second call finds nothing to do."""
    started = DataArchive.objects.filter(pk=archive_id, state=ArchiveState.QUEUED).update(
        state=ArchiveState.RUNNING
    )
    if not started:
        return
    archive = DataArchive.objects.select_related("tenant").get(pk=archive_id)
    path = folder() / f"{archive.tenant.schema_name}-{secrets.token_hex(16)}.zip"
    try:
        with one_moment():
            archive.tables, archive.rows = write_file(path, archive.tenant)
    except (OSError, Error) as error:
        path.unlink(missing_ok=True)
        logger.exception("archive %s failed", archive_id)
        archive.state, archive.error = ArchiveState.FAILED, f"{type(error).__name__}: {error}"
    else:
        archive.state, archive.path = ArchiveState.DONE, path.name
        archive.size = path.stat().st_size
    archive.finished_at = timezone.now()
    archive.save()


@contextmanager
def one_moment() -> Iterator[None]:
    """Read all tables as of one moment; inside another's transaction its isolation holds."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def write_file(path: Path, tenant: Tenant) -> tuple[int, int]:
    """Write the file; return how many tables and rows went in."""
    tables = rows = 0
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS, [tenant.schema_name])
        own = [(table, columns) for table, columns in cursor.fetchall() if is_archived(table)]
        with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED) as archive:
            path.chmod(0o600)
            for table, columns in own:
                source = sql.Identifier(tenant.schema_name, table)
                rows += copy_rows(cursor, archive, f"tables/{table}.jsonl", source, columns)
                tables += 1
            for table, column in OF_PLATFORM.items():
                source = sql.Identifier("public", table)
                rows += copy_rows(
                    cursor, archive, f"platform/{table}.jsonl", source, [], (column, tenant.pk)
                )
                tables += 1
            add_files(archive, tenant.schema_name)
    return tables, rows


def copy_rows(
    cursor: Any,
    archive: zipfile.ZipFile,
    name: str,
    source: sql.Identifier,
    columns: list[str],
    only: tuple[str, int] | None = None,
) -> int:
    """Stream a table into the archive, a JSON object a line, without its secrets."""
    query = sql.SQL("SELECT to_jsonb(t) - {left_out}::text[] FROM {source} t").format(
        left_out=sql.Literal(secret_columns(columns)), source=source
    )
    if only is not None:
        column, key = only
        query += sql.SQL(" WHERE {} = {}").format(sql.Identifier(column), sql.Literal(key))
    with archive.open(name, "w", force_zip64=True) as file:
        # CSV with signs that JSON text never holds: COPY's text format would escape backslashes.
        copy = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')")
        raw = cursor.cursor
        raw.copy_expert(copy.format(query).as_string(raw), file)
    return int(cursor.rowcount)


def add_files(archive: zipfile.ZipFile, schema_name: str) -> None:
    """Add what was uploaded: brand files, and the tenant's own folder."""
    for base in uploaded_folders(schema_name):
        for path in sorted(base.rglob("*")) if base.is_dir() else []:
            if path.is_file():
                name = f"files/{path.relative_to(settings.MEDIA_ROOT)}"
                with archive.open(name, "w") as file, path.open("rb") as source:
                    shutil.copyfileobj(source, file)


def drop_old_archives(*, now: datetime) -> int:
    """Delete files older than a week, and those of nobody; return how many went."""
    dropped = 0
    for archive in DataArchive.objects.filter(state=ArchiveState.DONE, finished_at__lt=now - KEPT):
        (folder() / archive.path).unlink(missing_ok=True)
        archive.state = ArchiveState.GONE
        archive.save(update_fields=["state"])
        dropped += 1
    known = set(DataArchive.objects.exclude(path="").values_list("path", flat=True))
    for path in folder().glob("*.zip"):
        age = now.timestamp() - path.stat().st_mtime
        if path.name not in known and age > STALE.total_seconds():
            path.unlink(missing_ok=True)
            dropped += 1
    return dropped
