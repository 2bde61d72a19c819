"""Sending what stands in the outbox. A mail is sent once it is accepted, never before.

The claim is committed before the server is spoken to, the result after it. Who dies in between
leaves a mail that is due again after `CLAIM`: nothing is lost, at worst one mail comes twice.
"""

import logging
import smtplib
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Self

from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.notifications.choices import MailState
from apps.notifications.domain.retries import is_final, is_hopeless, wait_after
from apps.notifications.models import OutgoingMail

logger = logging.getLogger(__name__)

CLAIM = timedelta(minutes=5)
"""Longer than a sending can take: connection, TLS and text each end by EMAIL_TIMEOUT."""
BATCH = 100
SMTP_OK = 250  # RFC 5321, 4.2.3
KEPT = timedelta(days=90)


class Unreachable(OSError):
    """No connection to the mail server could be opened; that is no mail's fault."""


class Line:
    """One connection to the mail server for the mails of a round; each failure ends it.

    Whatever a failed mail left of the dialogue, the next one begins on a new connection.
    """

    def __init__(self) -> None:
        self.backend = get_connection()
        self.is_open = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        self.hang_up()

    def send(self, message: EmailMultiAlternatives) -> None:
        """Send one mail. Raises Unreachable, SMTPException, OSError."""
        if self.is_open and not self.is_alive():
            self.hang_up()
        if not self.is_open:
            self.open()
        try:
            self.backend.send_messages([message])
        except BaseException:
            self.hang_up()
            raise

    def open(self) -> None:
        try:
            self.backend.open()
        except (smtplib.SMTPException, OSError) as error:
            raise Unreachable(f"{type(error).__name__}: {error}") from error
        self.is_open = True

    def is_alive(self) -> bool:
        """Ask a server that may have hung up meanwhile, as many do after some mails or seconds."""
        server = getattr(self.backend, "connection", None)
        if not isinstance(server, smtplib.SMTP):
            return True
        try:
            return bool(server.noop()[0] == SMTP_OK)
        except (smtplib.SMTPException, OSError):
            return False

    def hang_up(self) -> None:
        self.is_open = False
        with suppress(smtplib.SMTPException, OSError):
            self.backend.close()


def deliver(mail_id: int, *, now: datetime, line: Line | None = None) -> bool:
    """Send one mail if it is due; return whether a server took it over.

    With the `line` of a round Unreachable is raised once the attempt was noted.
    """
    if not claim(mail_id, now=now):
        return False
    if line is None:
        with Line() as own, suppress(Unreachable):
            return send(mail_id, own)
        return False
    return send(mail_id, line)


def send(mail_id: int, line: Line) -> bool:
    """Send a mail that is ours, and note what became of it. Raises Unreachable."""
    mail = OutgoingMail.objects.get(pk=mail_id)
    try:
        line.send(message_of(mail))
    except Unreachable as error:
        note_failure(mail, error, is_refused=False)
        raise
    except smtplib.SMTPException as error:
        note_failure(mail, error, is_refused=is_final(answer_codes(error)))
        return False
    except OSError as error:
        note_failure(mail, error, is_refused=False)
        return False
    note_success(mail)
    return True


def claim(mail_id: int, *, now: datetime) -> bool:
    """Take the mail for a while; False when it is not due or somebody else has it."""
    due = OutgoingMail.objects.filter(pk=mail_id, state=MailState.WAITING, next_attempt_at__lte=now)
    return bool(due.update(attempts=F("attempts") + 1, next_attempt_at=now + CLAIM))


def message_of(mail: OutgoingMail) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        mail.subject,
        mail.text,
        mail.sender,
        [mail.recipient],
        reply_to=[mail.reply_to] if mail.reply_to else None,
        headers={
            "Message-ID": mail.message_id,
            "Content-Language": mail.language,
            "Auto-Submitted": "auto-generated",  # RFC 3834: out-of-office programs stay silent
        },
    )
    message.attach_alternative(mail.html, "text/html")
    return message


def answer_codes(error: smtplib.SMTPException) -> list[int]:
    """Return the server's codes that concern this recipient or text; none for other troubles.

    A refused log-in or sender is a fault of our settings, which somebody will mend: tried again.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return [code for code, _text in error.recipients.values()]
    if isinstance(error, smtplib.SMTPDataError):
        return [error.smtp_code]
    return []


@transaction.atomic
def note_success(mail: OutgoingMail) -> None:
    mail.state = MailState.SENT
    mail.sent_at = timezone.now()
    mail.last_error = ""
    if mail.is_secret:
        mail.text = mail.html = ""
    mail.save()


@transaction.atomic
def note_failure(mail: OutgoingMail, error: Exception, *, is_refused: bool) -> None:
    """Say when to try again, or give the mail up: refused for good, or tried for too long."""
    now = timezone.now()
    named = str(error) if isinstance(error, Unreachable) else f"{type(error).__name__}: {error}"
    mail.last_error = named[:300]
    mail.next_attempt_at = now + wait_after(mail.attempts)
    if is_refused or is_hopeless(now - mail.created_at):
        mail.state = MailState.FAILED
        if mail.is_secret:
            mail.text = mail.html = ""
    logger.warning("mail %s: attempt %s failed: %s", mail.pk, mail.attempts, mail.last_error)
    mail.save()


def deliver_due(*, now: datetime) -> int:
    """Send what is due, oldest first, over one connection; return how many a server took over.

    Where the server cannot be reached the round ends: waiting for it once is enough.
    """
    due = OutgoingMail.objects.filter(state=MailState.WAITING, next_attempt_at__lte=now)
    ids = list(due.order_by("next_attempt_at").values_list("pk", flat=True)[:BATCH])
    with Line() as line:
        sent = 0
        for mail_id in ids:
            try:
                sent += deliver(mail_id, now=timezone.now(), line=line)
            except Unreachable:
                break  # The others stay due: no attempt of theirs was made.
    return sent


def forget_old(*, now: datetime) -> int:
    """Delete mails of more than 90 days ago that wait for nothing; return how many."""
    old = OutgoingMail.objects.filter(created_at__lt=now - KEPT)
    return old.exclude(state=MailState.WAITING).delete()[0]
