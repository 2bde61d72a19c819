"""`/healthz`, `/readyz` and `/metrics` on an event loop: without threads, database or tenant.

They must answer when all of these are stuck. What makes a process unready is asked of `doubts`.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from apps.core import metrics
from apps.core.serving.draining import drain

PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
PLAIN = "text/plain; charset=utf-8"

doubts: list[Callable[[], str]] = []
"""Each returns why this process should get no traffic now, or ""."""


def unready() -> str:
    """Return the first reason against traffic; "" when ready."""
    reasons = ["draining" if drain.is_draining else "", *(doubt() for doubt in doubts)]
    return next(filter(None, reasons), "")


async def probe(scope: dict[str, Any], send: Any) -> None:
    """ASGI: answer one of PATHS."""
    path = scope["path"]
    status, kind, body = 200, PLAIN, b"ok\n"
    if path == "/readyz":
        reason = unready()
        status, body = (503, f"{reason}\n".encode()) if reason else (200, b"ready\n")
    elif path == "/metrics":
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]
        }
        if metrics.is_allowed((scope.get("client") or ("",))[0], headers):
            kind = metrics.CONTENT_TYPE_LATEST
            body = await asyncio.to_thread(metrics.exposition)
        else:
            status, body = 404, b"not found\n"
    headers_out = [(b"content-type", kind.encode()), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers_out})
    await send({"type": "http.response.body", "body": body})
