"""Compile the catalogues of locale/ whose .mo is missing or older, in pure Python (no gettext).

The .mo files are not kept in git. Fuzzy entries are left out, as msgfmt does.
"""

import os
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE_FOLDER = Path(__file__).resolve().parents[1] / "locale"


def is_current(source: Path, target: Path) -> bool:
    """Return whether `target` was compiled from this `source`: both carry the same time."""
    return target.exists() and target.stat().st_mtime_ns == source.stat().st_mtime_ns


def compile_catalogue(source: Path, target: Path) -> None:
    """Write the .mo in one step, so that a running portal never reads half of it."""
    times = source.stat()
    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.parts[-3], abort_invalid=True)
    temporary = target.with_suffix(f".{os.getpid()}.new")
    with temporary.open("wb") as file:
        write_mo(file, catalogue)
    os.utime(temporary, ns=(times.st_atime_ns, times.st_mtime_ns))
    temporary.replace(target)


def compile_all(folder: Path) -> list[Path]:
    """Compile what is not current below `folder` and return the files written."""
    written = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if not is_current(source, target):
            compile_catalogue(source, target)
            written.append(target)
    return written


if __name__ == "__main__":
    compile_all(LOCALE_FOLDER)
