"""`manage.py serve` as a whole, on a database of its own."""

import json
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from config.embedded_postgres import EmbeddedPostgres
from config.forget_data import forget
from tests.core.conftest import Process

pytestmark = [pytest.mark.slow, pytest.mark.req("OCP-06")]


@pytest.fixture
def data_dir() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="chargeyard-test-"))
    yield folder
    forget(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def serve(
    start_process: Callable[..., Process], data_dir: Path, free_port: int
) -> Callable[[], Process]:
    def start() -> Process:
        return start_process(
            "manage.py",
            "serve",
            DATA_DIR=str(data_dir),
            HOST="127.0.0.1",
            PORT=str(free_port),
            DJANGO_SETTINGS_MODULE="config.settings.dev",
        )

    return start


def test_serve_when_started_stopped_and_started_again_leaves_nothing_running(
    serve: Callable[[], Process], data_dir: Path, free_port: int
) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        process = serve()
        process.wait_for_line("Ctrl-C stops it")
        with urlopen(f"http://127.0.0.1:{free_port}/readyz") as answer:
            assert answer.read() == b"ready\n"

        output = process.stop(number)

        assert process.popen.returncode == 0
        assert "Traceback" not in output
        assert output.endswith("Stopped.\n")
        assert not EmbeddedPostgres(data_dir).is_running()


def test_serve_when_its_instance_is_served_already_says_what_to_do(
    serve: Callable[[], Process],
) -> None:
    first = serve()
    first.wait_for_line("Ctrl-C stops it")

    second = serve()
    second.wait_for_line("is served by another process already")
    assert second.popen.wait(30) == 1
    first.stop()


def test_serve_when_its_port_is_taken_names_another(
    serve: Callable[[], Process], start_process: Callable[..., Process], free_port: int
) -> None:
    other = start_process("-m", "tests.core.served_application", str(free_port))
    other.wait_for_line("ready")

    process = serve()

    process.wait_for_line(f"make run PORT={free_port + 1}")
    assert process.popen.wait(30) == 1


def test_forget_when_the_folder_holds_other_files_leaves_them(data_dir: Path) -> None:
    EmbeddedPostgres(data_dir).ensure_started()
    (data_dir / "media").mkdir()
    (data_dir / "mine.json").write_text(json.dumps({"keep": True}))

    forget(data_dir)

    assert [path.name for path in data_dir.iterdir()] == ["mine.json"]
