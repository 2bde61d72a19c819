"""Putting mails into the outbox; what stands there is sent, once at least, or shown as failed."""

import secrets
from collections.abc import Callable

from django.conf import settings
from django.utils import timezone

from apps.core.tasks import enqueue
from apps.notifications.models import OutgoingMail
from apps.notifications.services.letters import Letter, render


def put(
    kind: str,
    recipient: str,
    write: Callable[[], Letter],
    *,
    language: str,
    is_secret: bool = False,
) -> OutgoingMail:
    """Keep a mail to one person in the open transaction; a task sends it after the commit.

    `write` says what the mail tells; it is called with the reader's language active. With
    `is_secret` the text is forgotten once a server took the mail over.
    """
    rendered = render(write, language)
    mail = OutgoingMail.objects.create(
        kind=kind,
        recipient=recipient,
        language=language,
        sender=rendered.sender,
        reply_to=rendered.reply_to,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        is_secret=is_secret,
        message_id=new_message_id(),
        next_attempt_at=timezone.now(),
    )
    enqueue("notifications.deliver", mail_id=mail.pk)
    return mail


def new_message_id() -> str:
    """Return a Message-ID under the domain of our sender (RFC 5322, 3.6.4)."""
    domain = settings.MAIL_FROM.rpartition("@")[2]
    return f"<{secrets.token_hex(16)}@{domain}>"
