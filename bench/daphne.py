"""Serve an application with our daphne alone, as `manage.py serve` does beside its other threads:
`python -m bench.daphne module:application PORT`.
"""

import importlib
import sys

import django


def main(place: str, port: int) -> None:
    """Serve until SIGTERM; exits with the reason when it cannot."""
    django.setup()
    from apps.core.serving.server import Server

    module, _, name = place.partition(":")
    application = getattr(importlib.import_module(module), name)
    server = Server(application, host="127.0.0.1", port=port, on_ready=lambda: None)
    server.run()
    if server.failure:
        sys.exit(server.failure)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
