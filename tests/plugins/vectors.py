"""The folder of test vectors: `VECTORS_DIR`, by default tests/vectors."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

DEFAULT_FOLDER = Path(__file__).parents[1] / "vectors"


def vectors_folder() -> Path:
    """Return the folder that the vectors are read from, for use outside of fixtures too."""
    return Path(os.environ.get("VECTORS_DIR") or DEFAULT_FOLDER).resolve()


def load_vectors(name: str) -> Any:
    """Return the parsed vector file `name`, for example `ocmf/vectors.json`.

    A file that is missing fails the test or, called in a module, the collection: it never skips.
    """
    path = vectors_folder() / name
    if not path.is_file():
        pytest.fail(f"vector file {path} is missing (VECTORS_DIR names another folder)")
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def vectors_dir() -> Path:
    """The folder of the vectors; fails when it is not there."""
    folder = vectors_folder()
    if not folder.is_dir():
        pytest.fail(f"vector folder {folder} is missing")
    return folder


@pytest.fixture(scope="session")
def vectors(vectors_dir: Path) -> Callable[[str], Any]:
    """A reader of vector files: `vectors("tariff_cases.json")`."""
    return load_vectors
