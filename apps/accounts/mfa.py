"""What we tell allauth about second factors: how secrets are kept, and what an app shows."""

from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter

from apps.accounts.services.letters import portal_name
from apps.core.sealing import seal, unseal

PURPOSE = "chargeyard second factors"


class Adapter(DefaultMFAAdapter):
    """Secrets are sealed; an authenticator app shows the portal's name and the e-mail."""

    def encrypt(self, text: str) -> str:
        return seal(text, PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text, PURPOSE)

    def get_totp_issuer(self) -> str:
        return portal_name()

    def get_totp_label(self, user: Any) -> str:
        return str(user.email)

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Our own services tell people, by the outbox and in their language."""
