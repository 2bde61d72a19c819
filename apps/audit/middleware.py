"""Each request says who it is from, from where and by which way."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from apps.core.addresses import client_address
from apps.core.origin import SUPPORT_KEY, Actor, Origin, Way, came_from
from apps.core.schemas import current_schema


class OriginMiddleware:
    """Stands behind the middleware that finds the user."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        schema = current_schema()
        operator = request.session.get(SUPPORT_KEY, "")
        usual = Way.CONSOLE if schema == "public" else Way.PORTAL
        origin = Origin(
            way=Way.SUPPORT if operator else usual,
            schema=schema,
            address=client_address(request),
            agent=request.headers.get("User-Agent", ""),
            query=request.GET.urlencode()[:1000],
            find_actor=lambda: actor_of(request.user, operator),
        )
        with came_from(origin):
            return self.get_response(request)


def actor_of(user: Any, operator: str) -> Any:
    """Return the user; of support, who of the platform it is."""
    if not operator or not user.is_authenticated:
        return user
    return Actor(id=user.pk, name=operator)
