"""ASGI entry: pages over HTTP; chargers and live updates over WebSockets."""

import asyncio
import os
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

# Before anything that needs the models.
pages = get_asgi_application()

from apps.core import probes  # noqa: E402
from apps.core.bell import bell  # noqa: E402
from apps.core.serving.draining import drain  # noqa: E402
from apps.ocpp.consumers import StationConsumer  # noqa: E402
from apps.ocpp.gateway import Gateway  # noqa: E402
from apps.portal.live import LIVE_PATH, live_socket  # noqa: E402

stations = StationConsumer.as_asgi()

# Path prefix → application; the first that fits.
SOCKETS = [("/device/ocpp16/", stations), (LIVE_PATH, live_socket)]


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Route a connection by its kind and path."""
    if scope["type"] == "lifespan":
        await run_process(receive, send)
    elif scope["type"] == "websocket":
        await socket_for(scope)(scope, receive, send)
    elif scope["path"] in probes.PATHS:
        await probes.probe(scope, send)
    else:
        await pages(scope, receive, send)


def socket_for(scope: dict[str, Any]) -> Any:
    """Return the application for the path; stations may have their id in the query."""
    for prefix, handler in SOCKETS:
        if f"{scope['path']}/".startswith(prefix):
            return handler
    return no_such_socket


async def no_such_socket(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Refuse a WebSocket at an address that has none."""
    await receive()
    await send({"type": "websocket.close"})


async def run_process(receive: Any, send: Any) -> None:
    """Start and stop what the sockets of this process share."""
    await receive()
    gateway = Gateway()
    await gateway.start()
    bell.start()
    drain.listen(asyncio.get_running_loop())
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await gateway.stop()
    bell.stop()
    await send({"type": "lifespan.shutdown.complete"})
