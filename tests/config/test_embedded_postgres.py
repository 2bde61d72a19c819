"""The launcher of the embedded PostgreSQL, against the real programs."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from config.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError
from config.postgres_programs import copy_programs, installed_programs

pytestmark = [pytest.mark.slow, pytest.mark.req("OCP-06")]

PROJECT = Path(__file__).parents[2]
START_IN_OTHER_PROCESS = (
    "import sys; from config.embedded_postgres import EmbeddedPostgres;"
    "server = EmbeddedPostgres(sys.argv[1]); server.ensure_started();"
    "print('started', flush=True); sys.stdin.readline(); server.release()"
)


@pytest.fixture
def data_dir() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="chargeyard-test-"))
    yield folder
    EmbeddedPostgres(folder).forget()
    shutil.rmtree(folder)


def execute(server: EmbeddedPostgres, statement: str) -> list[tuple[object, ...]]:
    dsn = server.dsn()
    with (
        closing(
            psycopg2.connect(
                host=dsn["HOST"], port=dsn["PORT"], dbname=dsn["NAME"], user=dsn["USER"]
            )
        ) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def server_pid(server: EmbeddedPostgres) -> int:
    return int((server.cluster / "postmaster.pid").read_text().splitlines()[0])


def start_elsewhere(data_dir: Path) -> subprocess.Popen[str]:
    """Return another process that joins the users of the server until its input ends."""
    return subprocess.Popen(
        [sys.executable, "-c", START_IN_OTHER_PROCESS, str(data_dir)],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def wait_until_started(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"


def finish(process: subprocess.Popen[str]) -> None:
    process.communicate("\n", timeout=60)
    assert process.returncode == 0


def test_server_when_started_listens_on_its_private_socket_only(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir)

    server.ensure_started()

    assert server.is_running()
    assert execute(server, "SHOW listen_addresses") == [("",)]
    assert execute(server, "SHOW server_encoding") == [("UTF8",)]
    assert execute(server, "SHOW fsync") == [("on",)]
    assert execute(server, "SHOW synchronous_commit") == [("on",)]
    assert execute(server, "SHOW max_locks_per_transaction") == [("256",)]
    assert server.socket_dir.stat().st_mode & 0o777 == 0o700


def test_data_when_stopped_and_started_again_are_still_there(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir)
    server.ensure_started()
    execute(server, "CREATE TABLE kept AS SELECT 42 AS answer")

    server.release()
    assert not server.is_running()
    server.ensure_started()

    assert execute(server, "SELECT answer FROM kept") == [(42,)]


def test_server_when_killed_is_started_again_with_what_was_committed(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir)
    server.ensure_started()
    execute(server, "CREATE TABLE kept AS SELECT 42 AS answer")

    os.kill(server_pid(server), signal.SIGKILL)
    server.ensure_started()

    assert execute(server, "SELECT answer FROM kept") == [(42,)]


def test_pid_file_when_it_names_a_stranger_is_not_taken_for_the_server(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir)
    server.ensure_started()
    server.release()
    (server.cluster / "postmaster.pid").write_text(f"{os.getpid()}\n")

    server.ensure_started()

    assert server_pid(server) != os.getpid()


def test_two_processes_when_started_at_once_share_one_server(data_dir: Path) -> None:
    processes = [start_elsewhere(data_dir) for _ in range(2)]
    for process in processes:
        wait_until_started(process)
    server = EmbeddedPostgres(data_dir)

    pid = server_pid(server)
    finish(processes[0])
    assert server_pid(server) == pid
    assert server.is_running()

    finish(processes[1])
    assert not server.is_running()


def test_server_when_a_later_user_is_left_goes_on_after_its_starter(data_dir: Path) -> None:
    starter = EmbeddedPostgres(data_dir)
    starter.ensure_started()
    other = start_elsewhere(data_dir)
    wait_until_started(other)

    starter.release()
    assert starter.is_running()

    finish(other)
    assert not starter.is_running()


def test_data_dir_when_copied_gets_a_socket_of_its_own(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir)
    server.ensure_started()
    copied = Path(tempfile.mkdtemp(prefix="chargeyard-test-"))
    shutil.copy(data_dir / "postgres.json", copied)

    assert EmbeddedPostgres(copied).socket_dir == server.socket_dir.with_name(
        EmbeddedPostgres(copied).socket_dir.name
    )
    assert EmbeddedPostgres(copied).socket_dir != server.socket_dir
    shutil.rmtree(copied)


def test_cluster_when_of_another_version_says_what_to_do(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir)
    server.ensure_started()
    server.release()
    (server.cluster / "PG_VERSION").write_text("12\n")

    with pytest.raises(EmbeddedPostgresError, match="make clean"):
        server.ensure_started()

    server.release()


def test_programs_when_copied_run_from_their_new_place(tmp_path: Path) -> None:
    copy = copy_programs(installed_programs(), tmp_path / "programs")

    done = subprocess.run([copy / "bin" / "initdb", "--version"], capture_output=True, check=False)

    assert done.returncode == 0
    assert copy_programs(installed_programs(), tmp_path / "programs") == copy


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a folder that nobody else enters")
def test_cluster_when_data_dir_is_closed_to_others_lies_outside() -> None:
    data_dir = Path.home() / ".chargeyard-test"
    data_dir.mkdir(mode=0o700)
    server = EmbeddedPostgres(data_dir)
    try:
        server.ensure_started()

        assert not server.cluster.is_relative_to(data_dir)
        assert execute(server, "SELECT 1") == [(1,)]
        outside = server.cluster.parent
    finally:
        server.forget()
        shutil.rmtree(data_dir)
    assert not outside.exists()
