"""Our daphne alone with `config.asgi`: `python -m tests.ocpp.gateway.daphne PORT [PING_S]`."""

import sys

import django


def main(port: int, ping_s: int = 20) -> None:
    """Serve until SIGTERM; peers are pinged each `ping_s` and given up after as long again."""
    django.setup()
    from channels.routing import get_default_application

    from apps.core.serving import server

    server.PING_INTERVAL_S = server.PING_TIMEOUT_S = ping_s
    application = get_default_application()
    server.Server(application, host="127.0.0.1", port=port, on_ready=lambda: None).run()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
