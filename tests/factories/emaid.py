"""Rows of emaid."""

from apps.emaid.models import Card
from tests.factories.base import Place


def make_card(place: Place) -> Card:
    return Card.objects.create(tag=f"{place.mark}-TAG"[:20], label=f"{place.mark}-label")


FACTORIES = {Card: make_card}
