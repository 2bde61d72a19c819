"""Files that jobs make: in the tenant's own folder of the media, under names nobody can guess.

The folder goes with the tenant, since it lies where its uploads lie. No address leads to it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.core.errors import AppError
from apps.core.schemas import current_schema
from apps.tenants.files import uploaded_folders

FOLDER = "jobs"
MB = 1024 * 1024


class FileTooLarge(AppError):
    code = "file_too_large"
    message = _("The file would be larger than %(megabytes)s MB. Narrow the filter, please.")


def folder() -> Path:
    """Return where the files of the current tenant's jobs lie: readable by this user alone."""
    _brand, own = uploaded_folders(current_schema())
    path = own / FOLDER
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def path_of(run_key: str) -> Path:
    """Return where the file of a run lies."""
    return folder() / run_key


def delete_file(run_key: str) -> None:
    """Delete the file of a run, if it made one."""
    if run_key:
        path_of(run_key).unlink(missing_ok=True)


class BoundedFile:
    """A file to write bytes into. Raises FileTooLarge instead of filling the disk."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.left = settings.JOB_FILE_MAX_MB * MB

    def write(self, data: bytes) -> int:
        self.left -= len(data)
        if self.left < 0:
            raise FileTooLarge(megabytes=settings.JOB_FILE_MAX_MB)
        return self.file.write(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        return self.file.tell()

    def flush(self) -> None:
        self.file.flush()


@contextmanager
def new_file(run_key: str) -> Iterator[BoundedFile]:
    """Open the file of a run to be written, once; whoever stops half-way leaves none behind."""
    path = path_of(run_key)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield BoundedFile(file)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def drop_orphans(known: set[str], *, before: float) -> int:
    """Delete files of no known run that were last written before that Unix time."""
    dropped = 0
    for path in folder().iterdir():
        if path.name not in known and path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
            dropped += 1
    return dropped
