"""The 77 cases of the OCA's test tool that apply to a central system of OCPP 1.6, by block.

Where the list comes from, and which ids were uncertain, stands in README.md.
"""

from collections.abc import Callable
from typing import TypeVar

import pytest

Test = TypeVar("Test", bound=Callable[..., None])

CORE = """
001 003 004_1 004_2 005_1 007 010 011_1 011_2 012 013 014 017_1 017_2 018_1 019_1 019_2 021
023_1 023_2 023_3 024 026 028 030 031 032_1 037_1 037_3 039 040_1 040_2 061 064
"""
LOCAL_LIST = "042_1 042_2 043_1 043_3 043_4 043_5"
FIRMWARE = "044_1 044_2 044_3 045_1 045_2"
RESERVATION = "046 047 048_1 048_2 048_3 048_4 049 051 052 053"
REMOTE_TRIGGER = "054 055"
SMART_CHARGING = "056 057 059 066 067"
SECURITY = "073 074 075_1 075_2 076 077 078 079 080 081 083 085 086 087 088"

BLOCKS = {
    "core": CORE,
    "local_list": LOCAL_LIST,
    "firmware": FIRMWARE,
    "reservation": RESERVATION,
    "remote_trigger": REMOTE_TRIGGER,
    "smart_charging": SMART_CHARGING,
    "security": SECURITY,
}


def ids_of(block: str) -> list[str]:
    """Return the ids of a block: "reservation" -> ["TC_046_CSMS", ...]."""
    return [f"TC_{number}_CSMS" for number in BLOCKS[block].split()]


def case(identifier: str) -> Callable[[Test], Test]:
    """Mark a test as the case of this id; it shows as the test's parameter."""

    def mark(test: Test) -> Test:
        named = pytest.mark.parametrize("case_id", [identifier], indirect=True)(test)
        return pytest.mark.req("OCP-08")(named)

    return mark
