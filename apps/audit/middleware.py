"""Each request says who it is from, from where and by which way."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from apps.core.addresses import client_address
from apps.core.origin import Origin, Way, came_from
from apps.core.schemas import current_schema


class OriginMiddleware:
    """Stands behind the middleware that finds the user."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        schema = current_schema()
        origin = Origin(
            way=Way.CONSOLE if schema == "public" else Way.PORTAL,
            schema=schema,
            address=client_address(request),
            agent=request.headers.get("User-Agent", ""),
            query=request.GET.urlencode()[:1000],
            find_actor=lambda: request.user,
        )
        with came_from(origin):
            return self.get_response(request)
