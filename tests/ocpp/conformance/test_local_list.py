"""Local authorisation list: its version, its entries, and what stations say to them."""

from apps.vocabulary.commands import Command
from tests.ocpp.conformance.cases import case
from tests.ocpp.conformance.posts import ACCEPTED, Post

VERSION = ("GetLocalListVersion", {})
FULL = {"version": 1, "full": True, "entries": [{"id_tag": "TAG", "status": "accepted"}]}
FULL_SENT = (
    "SendLocalList",
    {
        "listVersion": 1,
        "updateType": "Full",
        "localAuthorizationList": [{"idTag": "TAG", "idTagInfo": {"status": "Accepted"}}],
    },
)


@case("TC_042_1_CSMS")
def test_a_station_without_a_list_says_minus_one(post: Post) -> None:
    row = post.is_commanded(
        Command.GET_LOCAL_LIST_VERSION, gets=VERSION, answers={"listVersion": -1}
    )
    assert row.answer == {"listVersion": -1}


@case("TC_042_2_CSMS")
def test_an_empty_list_has_version_0(post: Post) -> None:
    post.is_commanded(Command.GET_LOCAL_LIST_VERSION, gets=VERSION, answers={"listVersion": 0})


@case("TC_043_1_CSMS")
def test_a_station_that_takes_no_list_says_so(post: Post) -> None:
    post.is_commanded(
        Command.SEND_LOCAL_LIST, FULL, gets=FULL_SENT, answers={"status": "NotSupported"}
    )


@case("TC_043_3_CSMS")
def test_a_list_that_cannot_be_stored_is_told(post: Post) -> None:
    post.is_commanded(Command.SEND_LOCAL_LIST, FULL, gets=FULL_SENT, answers={"status": "Failed"})


@case("TC_043_4_CSMS")
def test_a_whole_list_is_sent_and_its_version_read_back(post: Post) -> None:
    post.is_commanded(Command.SEND_LOCAL_LIST, FULL, gets=FULL_SENT, answers=ACCEPTED)
    post.is_commanded(Command.GET_LOCAL_LIST_VERSION, gets=VERSION, answers={"listVersion": 1})


@case("TC_043_5_CSMS")
def test_changes_of_a_list_are_sent(post: Post) -> None:
    post.is_commanded(Command.GET_LOCAL_LIST_VERSION, gets=VERSION, answers={"listVersion": 1})
    post.is_commanded(
        Command.SEND_LOCAL_LIST,
        {
            "version": 2,
            "full": False,
            "entries": [{"id_tag": "NEW", "status": "blocked"}, {"id_tag": "TAG"}],
        },
        gets=(
            "SendLocalList",
            {
                "listVersion": 2,
                "updateType": "Differential",
                "localAuthorizationList": [
                    {"idTag": "NEW", "idTagInfo": {"status": "Blocked"}},
                    {"idTag": "TAG"},
                ],
            },
        ),
        answers=ACCEPTED,
    )
    post.is_commanded(Command.GET_LOCAL_LIST_VERSION, gets=VERSION, answers={"listVersion": 2})
