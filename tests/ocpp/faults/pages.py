"""Small looks at a process by HTTP and by /proc."""

import os
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen


def page(port: int, path: str, **headers: str) -> tuple[int, str]:
    """Return status and body of a page on loopback; header names with underscores for dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urlopen(Request(f"http://127.0.0.1:{port}{path}", headers=named), timeout=10) as got:
            return int(got.status), got.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def page_status(port: int, path: str) -> int:
    return page(port, path)[0]


def figure(port: int, name: str) -> float:
    """Return one figure of /metrics; labels belong to the name."""
    status, text = page(port, "/metrics")
    assert status == 200
    for line in text.splitlines():
        if line.startswith(f"{name} "):
            return float(line.rpartition(" ")[2])
    raise AssertionError(f"no {name} in:\n{text}")


def file_handles(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))
