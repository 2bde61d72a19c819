"""Serve `config.asgi` with our daphne alone: `python -m tests.ocpp.gateway.daphne PORT`."""

import sys

import django


def main(port: int) -> None:
    """Serve until SIGTERM."""
    django.setup()
    from channels.routing import get_default_application

    from apps.core.serving.server import Server

    Server(get_default_application(), host="127.0.0.1", port=port, on_ready=lambda: None).run()


if __name__ == "__main__":
    main(int(sys.argv[1]))
