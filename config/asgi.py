"""ASGI entry: pages over HTTP; chargers and live updates over WebSockets."""

import os
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

pages = get_asgi_application()

from apps.portal.live import is_live, live_socket  # noqa: E402 needs the apps that are set up above


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Hand a connection to what serves its kind; other WebSockets are refused."""
    if is_live(scope):
        await live_socket(scope, receive, send)
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close"})
    else:
        await pages(scope, receive, send)
