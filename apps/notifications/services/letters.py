"""From what is to be said to a mail: in the reader's language, in the tenant's brand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.headerregistry import Address

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from apps.notifications.domain.colours import oklch_to_hex
from apps.portal.branding import hue_of, name_of
from apps.tenants.domain.palette import BASE_SCALE, SCALE
from apps.tenants.models import Brand
from apps.tenants.selectors import brand_of, current_tenant, legal_links, portal_url


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a mail says, in one language.

    `action`: label and address of its one button; `facts`: pairs of label and value.
    """

    subject: str
    paragraphs: Sequence[str]
    action: tuple[str, str] | None = None
    facts: Sequence[tuple[str, str]] = ()
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Rendered:
    """A letter in one language: subject of one line, text, HTML, sender and address for answers."""

    subject: str
    text: str
    html: str
    sender: str
    reply_to: str


def render(write: Callable[[], Letter], language: str) -> Rendered:
    """Return the letter in the language and in the brand of the current schema's tenant.

    `write` is called while the language is active, so its texts are plain `gettext`.
    """
    tenant = current_tenant()
    brand = brand_of(tenant)
    with translation.override(language):
        letter = write()
        subject = " ".join(letter.subject.split())
        context = {
            "letter": letter,
            "subject": subject,
            "language": language,
            "brand": brand,
            "product_name": name_of(brand),
            "company": tenant.name,
            "legal_links": legal_links(brand, base=portal_url(tenant)) if brand else [],
            "colours": colours(brand),
        }
        return Rendered(
            subject=subject,
            text=plain(render_to_string("mails/letter.txt", context)),
            html=render_to_string("mails/letter.html", context),
            sender=sender(brand),
            reply_to=brand.reply_address if brand else "",
        )


def sender(brand: Brand | None) -> str:
    """Return the From field: the name that the tenant chose before the platform's address.

    The address is the platform's, since its mail servers are the ones that SPF and DKIM allow.
    """
    chosen = brand.mail_sender_name if brand else ""
    name = " ".join((chosen or name_of(brand)).split())
    return str(Address(display_name=name, addr_spec=settings.MAIL_FROM))


def colours(brand: Brand | None) -> dict[str, str]:
    """Return the palette's colours that a mail needs, as `#rrggbb`."""
    hue = hue_of(brand)
    steps = {
        "button": SCALE["600"],
        "link": SCALE["700"],
        "ground": BASE_SCALE["100"],
        "line": BASE_SCALE["200"],
        "text": BASE_SCALE["800"],
        "quiet": BASE_SCALE["500"],
    }
    return {
        name: oklch_to_hex(lightness, chroma, hue) for name, (lightness, chroma) in steps.items()
    }


def plain(text: str) -> str:
    """Return the text with at most one empty line between paragraphs."""
    lines: list[str] = []
    for line in text.strip().splitlines():
        if line.strip() or (lines and lines[-1]):
            lines.append(line.strip())
    return "\n".join(lines) + "\n"
