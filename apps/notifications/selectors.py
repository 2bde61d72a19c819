"""Reading the outbox."""

from collections.abc import Iterable

from apps.notifications.models import OutgoingMail


def last_mail_to(email: str, kinds: Iterable[str]) -> OutgoingMail | None:
    """Return the newest mail of these kinds to the address, None without any."""
    mails = OutgoingMail.objects.filter(recipient__iexact=email, kind__in=list(kinds))
    return mails.order_by("-created_at", "-pk").first()
