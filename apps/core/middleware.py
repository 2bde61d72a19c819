"""What must work before any tenant is known."""

import time
from collections.abc import Callable

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse

from apps.core import metrics

PATIENCE_S = 3.0
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})


class HealthMiddleware:
    """Answer `/healthz` (the process lives), `/readyz` (it reaches PostgreSQL) and `/metrics` for
    any host, and count the pages. Under ASGI `apps.core.probes` answers them earlier.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return HttpResponse("ok\n", content_type="text/plain")
        if request.path == "/readyz":
            return self.ready()
        if request.path == "/metrics":
            return self.metrics(request)
        began = time.monotonic()
        response = self.get_response(request)
        metrics.request_seconds.observe(time.monotonic() - began)
        method = request.method if request.method in METHODS else "other"
        metrics.requests_seen.labels(method, response.status_code).inc()
        return response

    def ready(self) -> HttpResponse:
        try:
            connection.ensure_connection()
            with connection.connection.within(PATIENCE_S), connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except DatabaseError:
            connection.close()
            return HttpResponse("database away\n", status=503, content_type="text/plain")
        return HttpResponse("ready\n", content_type="text/plain")

    def metrics(self, request: HttpRequest) -> HttpResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        if not metrics.is_allowed(request.META.get("REMOTE_ADDR", ""), headers):
            return HttpResponse("not found\n", status=404, content_type="text/plain")
        return HttpResponse(metrics.exposition(), content_type=metrics.CONTENT_TYPE_LATEST)
