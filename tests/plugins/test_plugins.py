"""The project's own pytest plugins, each in a run of its own."""

from pathlib import Path

import pytest

from tests.plugins.requirements import load_titles

pytest_plugins = ["pytester"]

PROJECT = Path(__file__).parents[2]
PLUGINS = tuple(
    part
    for name in ("requirements", "vectors", "skips")
    for part in ("-p", f"tests.plugins.{name}")
)
SECOND_TRY = ("-p", "pytest_rerunfailures", "-p", "tests.plugins.second_try")
MARKED = """
import pytest

@pytest.mark.req("TEN-01")
def test_one(): pass

@pytest.mark.req("TEN-01", "OCP-06")
def test_two(): pass

@pytest.mark.req("OCP-06")
def test_broken(): assert False
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # theirs cost seconds
    monkeypatch.delenv("CI_NO_SKIPS", raising=False)
    pytester.makeini("[pytest]\nmarkers =\n  browser\n  processes\n  req\n  redis\n  vectors\n")
    return pytester


def test_requirements_when_asked_for_are_printed_with_their_passed_tests(
    run: pytest.Pytester,
) -> None:
    run.makepyfile(MARKED)

    result = run.runpytest_subprocess(*PLUGINS, "--requirements")

    result.stdout.re_match_lines(
        [r"TEN-01 +2  A tenant's data.*", r"TEN-02 +0  .*", r"OCP-06 +1  Nothing is lost.*"]
    )


def test_requirements_when_not_asked_for_are_not_printed(run: pytest.Pytester) -> None:
    run.makepyfile(MARKED)

    result = run.runpytest_subprocess(*PLUGINS)

    result.stdout.no_fnmatch_line("TEN-02*")


def test_marker_when_its_id_is_unknown_stops_the_collection(run: pytest.Pytester) -> None:
    run.makepyfile('import pytest\n@pytest.mark.req("XYZ-99")\ndef test_one(): pass\n')

    result = run.runpytest_subprocess(*PLUGINS)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*not in requirements.csv*", "*::test_one: XYZ-99"])


def test_skipped_test_when_ci_wants_none_fails_the_run(
    run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.makepyfile("import pytest\n@pytest.mark.redis\ndef test_one(): pass\n")
    monkeypatch.delenv("REDIS_URL", raising=False)

    by_hand = run.runpytest_subprocess(*PLUGINS)
    monkeypatch.setenv("CI_NO_SKIPS", "1")
    in_ci = run.runpytest_subprocess(*PLUGINS)

    assert by_hand.ret == pytest.ExitCode.OK
    by_hand.stdout.fnmatch_lines(["*1  redis: REDIS_URL is not set; get it by: *"])
    assert in_ci.ret == pytest.ExitCode.TESTS_FAILED


def test_vector_file_when_missing_fails(
    run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.makepyfile('def test_one(vectors): vectors("tariff_cases.json")\n')
    monkeypatch.setenv("VECTORS_DIR", str(run.path))

    missing = run.runpytest_subprocess(*PLUGINS)
    (run.path / "tariff_cases.json").write_text("{}")
    present = run.runpytest_subprocess(*PLUGINS)

    missing.assert_outcomes(failed=1)
    present.assert_outcomes(passed=1)


def failing_once(count: int, marker: str = "@pytest.mark.browser") -> str:
    """Return a module whose tests fail the first time they run."""
    body = """
tried = set()
def pass_if_tried(name):
    assert name in tried or tried.add(name), f"first try of {name}"
"""
    tests = [f"{marker}\ndef test_{n}(): pass_if_tried('{n}')\n" for n in range(count)]
    return "import pytest\n" + body + "\n".join(tests)


@pytest.mark.parametrize("workers", [(), ("-p", "xdist", "-n", "1")], ids=["alone", "xdist"])
def test_second_try_when_it_passes_then_the_run_passes_and_says_so(
    run: pytest.Pytester, workers: tuple[str, ...]
) -> None:
    run.makepyfile(failing_once(3))

    result = run.runpytest_subprocess(*SECOND_TRY, *workers)

    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(
        ["*passed only at the second try*", "*::test_0", "*first try of 0*"]
    )


def test_second_try_when_more_than_three_need_it_then_the_run_fails(run: pytest.Pytester) -> None:
    run.makepyfile(failing_once(4))

    result = run.runpytest_subprocess(*SECOND_TRY)

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["4 tests needed a second try, more than 3: the run fails"])


def test_second_try_when_it_fails_too_then_it_failed(run: pytest.Pytester) -> None:
    run.makepyfile("import pytest\n@pytest.mark.browser\ndef test_one(): assert False\n")

    result = run.runpytest_subprocess(*SECOND_TRY)

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.no_fnmatch_line("*passed only at the second try*")


def test_second_try_when_no_process_runs_then_there_is_none(run: pytest.Pytester) -> None:
    run.makepyfile(failing_once(1, marker=""))

    result = run.runpytest_subprocess(*SECOND_TRY)

    result.assert_outcomes(failed=1)


def test_second_try_when_the_folder_is_of_processes_then_marked_by_that(
    run: pytest.Pytester,
) -> None:
    folder = run.path / "tests" / "ocpp" / "gateway"
    folder.mkdir(parents=True)
    (folder / "test_one.py").write_text(failing_once(1, marker=""))

    result = run.runpytest_subprocess(*SECOND_TRY, "-m", "processes")

    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["*passed only at the second try*"])


def test_requirements_file_when_read_names_each_id_once() -> None:
    titles = load_titles()

    assert len(titles) == len((PROJECT / "tests/requirements.csv").read_text().splitlines()) - 1
    assert all(titles.values())
