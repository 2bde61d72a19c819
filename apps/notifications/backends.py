"""Mails of an instance without a mail server: a file each, which the console shows."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage


class MailFolder(BaseEmailBackend):
    """Writes `<time>-<message id>.eml` into MAIL_FOLDER, which only the server's user can read."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.folder = Path(settings.MAIL_FOLDER)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for message in email_messages:
            content = message.message()
            moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
            name = str(content["Message-ID"]).strip("<>").partition("@")[0]
            path = self.folder / f"{moment}-{name}.eml"
            partial = path.with_suffix(".part")
            partial.write_bytes(content.as_bytes())
            partial.replace(path)  # whoever reads the folder sees whole mails only
        return len(email_messages)
