"""Firmware management: updates and diagnostics, each step shown on the station's page."""

from apps.vocabulary.commands import Command
from tests.ocpp.conformance.cases import case
from tests.ocpp.conformance.posts import Post

RETRIEVE_AT = "2026-03-09T02:00:00.000Z"
UPDATE = {"location": "https://firmware.example/1.bin", "retrieve_at": RETRIEVE_AT}
UPDATE_SENT = (
    "UpdateFirmware",
    {"location": "https://firmware.example/1.bin", "retrieveDate": RETRIEVE_AT},
)


def is_updated(post: Post) -> None:
    """Command an update; the answer has no fields."""
    post.is_commanded(Command.UPDATE_FIRMWARE, UPDATE, gets=UPDATE_SENT, answers={})


def tells(post: Post, *statuses: str) -> None:
    """Report steps of the update; the portal shows each."""
    for status in statuses:
        assert post.sends("FirmwareStatusNotification", {"status": status}) == {}
        assert post.station("firmware_status") == status


@case("TC_044_1_CSMS")
def test_an_update_is_loaded_and_installed(post: Post) -> None:
    is_updated(post)
    tells(post, "Downloading", "Downloaded")
    post.reports("Unavailable")
    tells(post, "Installing")
    post.boots()
    tells(post, "Installed")


@case("TC_044_2_CSMS")
def test_an_update_that_cannot_be_loaded(post: Post) -> None:
    is_updated(post)
    tells(post, "Downloading", "DownloadFailed")


@case("TC_044_3_CSMS")
def test_an_update_that_cannot_be_installed(post: Post) -> None:
    is_updated(post)
    tells(post, "Downloading", "Downloaded", "Installing", "InstallationFailed")


def uploads(post: Post, *statuses: str) -> None:
    """Command diagnostics and report the steps of the upload; the portal shows each."""
    row = post.is_commanded(
        Command.GET_DIAGNOSTICS,
        {"location": "ftp://files.example/logs"},
        gets=("GetDiagnostics", {"location": "ftp://files.example/logs"}),
        answers={"fileName": "diagnostics.zip"},
    )
    assert row.answer == {"fileName": "diagnostics.zip"}
    for status in statuses:
        assert post.sends("DiagnosticsStatusNotification", {"status": status}) == {}
        assert post.station("diagnostics_status") == status


@case("TC_045_1_CSMS")
def test_diagnostics_are_uploaded(post: Post) -> None:
    uploads(post, "Uploading", "Uploaded")


@case("TC_045_2_CSMS")
def test_diagnostics_that_cannot_be_uploaded(post: Post) -> None:
    uploads(post, "Uploading", "UploadFailed")
