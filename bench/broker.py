"""A Redis of the run's own, where a redis-server is installed: nobody else's tasks come in."""

import contextlib
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import redis

from bench.processes import Program, free_port

START_TIMEOUT_S = 10
SERVER = shutil.which("redis-server")


@contextlib.contextmanager
def own_redis(folder: Path) -> Iterator[str]:
    """Yield the URL of a Redis that keeps nothing; "" where there is none to be started."""
    if SERVER is None:
        yield ""
        return
    port = free_port()
    command = [
        *(SERVER, "--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder)),
        *("--save", "", "--appendonly", "no"),
    ]
    url = f"redis://127.0.0.1:{port}/0"
    with Program(command, {}, folder / "redis.log"):
        wait_until_up(url)
        yield url


def wait_until_up(url: str) -> None:
    """Return once it answers. Raises redis.ConnectionError when it does not."""
    deadline = time.monotonic() + START_TIMEOUT_S
    with contextlib.closing(redis.Redis.from_url(url)) as client:
        while True:
            try:
                client.ping()
            except redis.ConnectionError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return
