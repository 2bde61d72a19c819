"""Our daphne with TLS; as a module of Python: PORT TLS_PORT, file with key and certificate."""

import sys
from pathlib import Path

import django


def main(port: int, tls_port: int, file: Path) -> None:
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
        tls=TlsOptions(tls_port, (file,)),
    ).run()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
