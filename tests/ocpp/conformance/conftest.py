"""One gateway process for all cases; each has a station and a card of its own, powered up."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.emaid.models import Card
from tests.ocpp.conformance.posts import CardMaker, Dial, Post
from tests.ocpp.conftest import written_for_good
from tests.ocpp.gateway.clients import Place
from tests.ocpp.gateway.servers import GatewayProcess


@pytest.fixture(scope="package")
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    yield from written_for_good(django_db_blocker)


@pytest.fixture(scope="package")
def gateway(committed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    with GatewayProcess(tmp_path_factory.mktemp("conformance") / "gateway.log") as process:
        yield process


@pytest.fixture(autouse=True)
def case_id(request: pytest.FixtureRequest) -> str:
    """The OCA's id of the case, for tests marked with `case`; "" for others."""
    return str(getattr(request, "param", ""))


@pytest.fixture
def dial(gateway: GatewayProcess, place: Callable[..., Place]) -> Iterator[Dial]:
    """Power up a station, or one again after it was away; options are those of Charger.dial."""
    posts: list[Post] = []

    def power_up(at: Place | None = None, **options: Any) -> Post:
        if at is None:
            at = place()
            at.look(Card(tag=at.charge_box_id).save)
        posts.append(Post.powered_up(gateway.url, at, **options))
        return posts[-1]

    yield power_up
    for post in posts:
        post.close()


@pytest.fixture
def post(dial: Dial) -> Post:
    return dial()


@pytest.fixture
def card(post: Post) -> CardMaker:
    """Make a card that the post's tenant knows."""

    def make(tag: str, *, days_valid: int = 30, **fields: Any) -> None:
        until = timezone.now() + timedelta(days=days_valid)
        post.place.look(lambda: Card.objects.create(tag=tag, valid_until=until, **fields))

    return make
