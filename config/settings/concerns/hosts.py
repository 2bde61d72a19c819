"""Under which addresses people reach us, and what a tenant's own domain must be."""

import os

# For links in mails that no request leads to (the imprint): scheme and port of the portals.
SITE_SCHEME = "http"
SITE_PORT = os.environ.get("SITE_PORT", "")
SITE_HOST = os.environ.get("CONSOLE_HOST", "localhost")
# Names that no tenant gets; ".example.com" stands for all below example.com.
RESERVED_HOSTS = tuple(
    name.strip().lower() for name in os.environ.get("RESERVED_HOSTS", "").split(",") if name.strip()
)
# Where a host is asked whether it leads here, and whether its address may lie in an inner network
# (private, loopback): only where nothing else in there would answer.
HOST_CHECK_PORT = int(os.environ.get("HOST_CHECK_PORT", "80"))
HOST_CHECK_INNER = os.environ.get("HOST_CHECK_INNER", "") == "1"
