"""What ASGI's extension `tls` tells of a connection (ASGI specification, TLS Extension)."""

from typing import Any

# IANA's numbers of the versions.
VERSION_NAMES = {0x0301: "TLSv1", 0x0302: "TLSv1.1", 0x0303: "TLSv1.2", 0x0304: "TLSv1.3"}
VERSION_NUMBERS = {name: number for number, name in VERSION_NAMES.items()}


def extension(version: str, certificate: str) -> dict[str, Any]:
    """Return the extension; `certificate`: PEM of the client's own, "" without one."""
    return {
        "server_cert": None,
        "client_cert_chain": [certificate] if certificate else [],
        "client_cert_name": None,
        "client_cert_error": None,
        "tls_version": VERSION_NUMBERS.get(version),
        "cipher_suite": None,
    }
