"""Our daphne with TLS: `python -m tests.ocpp.gateway.daphne_tls PORT TLS_PORT PEM[,PEM]`."""

import sys
from pathlib import Path

import django


def main(port: int, tls_port: int, files: str) -> None:
    """Serve until SIGTERM."""
    django.setup()
    from channels.routing import get_default_application

    from apps.core.serving.server import Server
    from apps.core.serving.tls import TlsOptions

    Server(
        get_default_application(),
        host="127.0.0.1",
        port=port,
        on_ready=lambda: None,
        tls=TlsOptions(tls_port, tuple(Path(part) for part in files.split(","))),
    ).run()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
