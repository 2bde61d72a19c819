"""From where a request came, for counts and records, and where it went, for links in mails."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def base_url(request: HttpRequest, *, host: str | None = None) -> str:
    """Return scheme, host and port for links; `host` instead of the one that was asked.

    The tenant middleware has checked the host of the request.
    """
    if host is None:
        return f"{request.scheme}://{request.get_host()}"
    port = request.get_port()
    is_usual = port == ("443" if request.is_secure() else "80")
    return f"{request.scheme}://{host}{'' if is_usual else f':{port}'}"


def client_address(request: HttpRequest) -> str:
    """Return the client's address; what a client writes into the headers itself never counts.

    Each proxy in front of us (PROXIES_IN_FRONT) adds the address that it saw at the end of
    X-Forwarded-For, so the client's is that many entries from the end.
    """
    direct = str(request.META.get("REMOTE_ADDR", ""))
    if not settings.PROXIES_IN_FRONT:
        return direct
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
    if len(hops) < settings.PROXIES_IN_FRONT:
        return direct
    claimed = hops[-settings.PROXIES_IN_FRONT]
    try:
        return str(ip_address(claimed))
    except ValueError:
        return direct
