"""Reading the mails of an instance without a mail server back from their folder."""

import email.policy
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings

SHOWN = 50


@dataclass(frozen=True, slots=True)
class FiledMail:
    """One mail of the folder; `name` is its file's, without the extension."""

    name: str
    moment: datetime
    sender: str
    recipient: str
    subject: str
    language: str
    text: str


def newest_mails() -> list[FiledMail]:
    """Return the newest mails of the folder, newest first, at most `SHOWN` of them."""
    folder = Path(settings.MAIL_FOLDER)
    if not settings.MAIL_FOLDER or not folder.is_dir():
        return []
    paths = sorted(folder.glob("*.eml"), reverse=True)[:SHOWN]
    return [read(path) for path in paths]


def read(path: Path) -> FiledMail:
    message = message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("plain",))
    moment = message["Date"].datetime
    if moment.tzinfo is None:  # RFC 5322, 3.3: "-0000" is UTC without a place
        moment = moment.replace(tzinfo=UTC)
    return FiledMail(
        name=path.stem,
        moment=moment,
        sender=str(message["From"]),
        recipient=str(message["To"]),
        subject=str(message["Subject"]),
        language=str(message["Content-Language"] or ""),
        text=body.get_content() if body else "",
    )
