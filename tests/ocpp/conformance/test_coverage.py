"""Every case of the list has exactly one test."""

import re
from pathlib import Path

import pytest

from tests.ocpp.conformance.cases import BLOCKS, ids_of

FOLDER = Path(__file__).parent


@pytest.mark.req("OCP-08")
@pytest.mark.parametrize("block", BLOCKS)
def test_each_case_of_a_block_has_one_test_in_its_file(block: str) -> None:
    found = re.findall(r'^@case\("(\w+)"\)$', (FOLDER / f"test_{block}.py").read_text(), re.M)
    assert sorted(found) == ids_of(block)


@pytest.mark.req("OCP-08")
def test_the_blocks_come_to_77_cases() -> None:
    ids = [identifier for block in BLOCKS for identifier in ids_of(block)]
    assert (len(ids), len(set(ids))) == (77, 77)
