"""Is an uploaded document what its name says, and can it do no more than be read?

The name gives the kind, the content has to prove it. Office files that hold macros are refused.
"""

import zipfile
from enum import StrEnum
from typing import BinaryIO

MAX_BYTES = 20 * 1024 * 1024
NAME_LENGTH = 120
# What a part of an office file that is read here may hold.
PART_BYTES = 64 * 1024


class FileKind(StrEnum):
    """The value is the extension."""

    PDF = "pdf"
    PNG = "png"
    JPEG = "jpg"
    DOCX = "docx"
    XLSX = "xlsx"
    PPTX = "pptx"
    ODT = "odt"
    ODS = "ods"
    TEXT = "txt"
    CSV = "csv"


class FileFault(StrEnum):
    """Why a file is refused."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    KIND = "kind"
    CONTENT = "content"
    MACROS = "macros"


class FileRefused(Exception):
    """Carries the fault."""

    def __init__(self, fault: FileFault) -> None:
        self.fault = fault
        super().__init__(fault.value)


OFFICE = "application/vnd.openxmlformats-officedocument"
OPEN_DOCUMENT = "application/vnd.oasis.opendocument"
MEDIA_TYPES = {
    FileKind.PDF: "application/pdf",
    FileKind.PNG: "image/png",
    FileKind.JPEG: "image/jpeg",
    FileKind.DOCX: f"{OFFICE}.wordprocessingml.document",
    FileKind.XLSX: f"{OFFICE}.spreadsheetml.sheet",
    FileKind.PPTX: f"{OFFICE}.presentationml.presentation",
    FileKind.ODT: f"{OPEN_DOCUMENT}.text",
    FileKind.ODS: f"{OPEN_DOCUMENT}.spreadsheet",
    FileKind.TEXT: "text/plain; charset=utf-8",
    FileKind.CSV: "text/csv; charset=utf-8",
}
SIGNATURES = {
    FileKind.PDF: b"%PDF-",
    FileKind.PNG: b"\x89PNG\r\n\x1a\n",
    FileKind.JPEG: b"\xff\xd8\xff",
}
# The folder that holds the main part of an office file.
OFFICE_FOLDERS = {FileKind.DOCX: "word/", FileKind.XLSX: "xl/", FileKind.PPTX: "ppt/"}
MACROS = ("vbaproject.bin", "basic/", "scripts/")
PLAIN = (FileKind.TEXT, FileKind.CSV)
BELOW_SPACE = {chr(code) for code in range(32)} - set("\t\n\r\f")


def file_kind(name: str, file: BinaryIO, size: int) -> FileKind:
    """Return the kind of an uploaded file; it is left at its beginning.

    `size` in bytes. Raises FileRefused with what is wrong.
    """
    if size > MAX_BYTES:
        raise FileRefused(FileFault.TOO_LARGE)
    if size == 0:
        raise FileRefused(FileFault.EMPTY)
    kind = kind_of_name(name)
    file.seek(0)
    fault = content_fault(kind, file)
    file.seek(0)
    if fault:
        raise FileRefused(fault)
    return kind


def kind_of_name(name: str) -> FileKind:
    """Return the kind that the extension names. Raises FileRefused for another one."""
    extension = name.rpartition(".")[2].lower()
    try:
        return FileKind("jpg" if extension == "jpeg" else extension)
    except ValueError as error:
        raise FileRefused(FileFault.KIND) from error


def content_fault(kind: FileKind, file: BinaryIO) -> FileFault | None:
    """Return what keeps the content from being of this kind."""
    if kind in PLAIN:
        return plain_fault(file.read(MAX_BYTES + 1))
    if signature := SIGNATURES.get(kind):
        return None if file.read(len(signature)) == signature else FileFault.CONTENT
    try:
        with zipfile.ZipFile(file) as archive:
            return office_fault(kind, archive)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, KeyError):
        return FileFault.CONTENT


def plain_fault(content: bytes) -> FileFault | None:
    """Text is UTF-8 without control characters."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return FileFault.CONTENT
    return FileFault.CONTENT if BELOW_SPACE & set(text) else None


def office_fault(kind: FileKind, archive: zipfile.ZipFile) -> FileFault | None:
    """Judge an office file by the names of its parts, and by its type where it states one."""
    names = [name.lower() for name in archive.namelist()]
    if any(name.startswith(MACROS) or name.endswith(MACROS) for name in names):
        return FileFault.MACROS
    if folder := OFFICE_FOLDERS.get(kind):
        is_such = "[content_types].xml" in names and any(name.startswith(folder) for name in names)
        return None if is_such else FileFault.CONTENT
    with archive.open("mimetype") as part:
        stated = part.read(PART_BYTES).decode("ascii", "replace").strip()
    return None if stated == MEDIA_TYPES[kind] else FileFault.CONTENT


def safe_name(name: str, kind: FileKind) -> str:
    """Return a name to download by: no folders, no control characters, the kind's extension.

    "..\\a/b:c.PDF" -> "b c.pdf"
    """
    stem = name.replace("\\", "/").rpartition("/")[2].rpartition(".")[0]
    plain = "".join(
        character if character.isprintable() and character not in '<>:"|?*;%' else " "
        for character in stem
    )
    words = " ".join(plain.split()).strip(". ")
    return f"{words[:NAME_LENGTH].strip('. ') or 'document'}.{kind.value}"
