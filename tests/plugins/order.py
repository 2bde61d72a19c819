"""Browser tests come last.

Playwright keeps an event loop running in the main thread until the session ends, and `asyncio.run`
of other tests fails beside it. Each xdist worker keeps the order, too.
"""

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
