"""Finding the factory of a model: `tests/factories/<room>.py`, where `FACTORIES` names it."""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from tests.factories.base import Place


def factory_of(room: str, model: type) -> Callable[[Place], Any]:
    """Return the factory. Raises AssertionError that says where to write one."""
    name = f"tests.factories.{room}"
    module = import_module(name) if find_spec(name) else None
    factory = getattr(module, "FACTORIES", {}).get(model)
    assert factory is not None, (
        f"{model.__name__} has a page but no factory: write one in tests/factories/{room}.py and "
        "name it in FACTORIES, so that the access sweep covers the page."
    )
    return factory
