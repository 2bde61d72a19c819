"""The checks of records as a PDF: the same chain as on the page, in the tenant's brand (CDR-04)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from fpdf import FPDF
from fpdf.enums import Align, WrapMode, XPos, YPos

from apps.charge_records.choices import EKA_BADGES
from apps.charge_records.selectors.calibration import fingerprint_of
from apps.charge_records.selectors.checkbill import ShownCheck, ShownStep
from apps.portal import formats
from apps.tenants.models import Brand
from apps.tenants.selectors import LegalLink

FONTS = settings.BASE_DIR / "fixtures" / "fonts"
SANS, MONO = "Sans", "Mono"
# Millimetres on A4.
MARGIN, FOOT, LOGO_HEIGHT = 18.0, 20.0, 9.0
LABEL_WIDTH, LINE = 52.0, 5.0
# A step's title and its first lines stay together.
ROOM_FOR_A_STEP = 24.0
UNKNOWN_SIGN = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Whose paper it is: name, logo as PNG (empty: none), and lines for the foot of each page."""

    name: str
    logo: bytes
    foot: tuple[str, ...]


def letterhead_of(brand: Brand | None, name: str, links: Iterable[LegalLink]) -> Letterhead:
    """Return the head of the tenant's paper. Logos as SVG stand for screens only."""
    contact = [brand.support_name, brand.support_email, brand.support_phone] if brand else []
    return Letterhead(
        name=name,
        logo=logo_of(brand),
        foot=(", ".join(part for part in contact if part), *(link.url for link in links)),
    )


def logo_of(brand: Brand | None) -> bytes:
    """Return the tenant's logo where it is a PNG that is there."""
    if brand is None or not brand.logo or not brand.logo.name.lower().endswith(".png"):
        return b""
    try:
        with brand.logo.open("rb") as file:
            return bytes(file.read())
    except OSError:
        return b""


class CheckDocument(FPDF):
    """A document with the tenant's head, page numbers, and the checks one after the other."""

    def __init__(self, letterhead: Letterhead, *, now: datetime) -> None:
        super().__init__(format="A4")
        self.letterhead = letterhead
        self.add_font(SANS, "", FONTS / "DejaVuSans.ttf")
        self.add_font(SANS, "B", FONTS / "DejaVuSans-Bold.ttf")
        self.add_font(MONO, "", FONTS / "DejaVuSansMono.ttf")
        self.known = frozenset(self.fonts["sans"].ttfont.getBestCmap())
        self.set_margin(MARGIN)
        self.set_auto_page_break(True, FOOT)
        self.set_title(gettext("CheckBill"))
        self.set_author(self.shown(letterhead.name))
        self.set_lang(get_language() or settings.LANGUAGE_CODE)
        self.set_creation_date(now)

    def shown(self, text: str | Promise) -> str:
        """Return the text with a sign in place of each character that the fonts lack."""
        return "".join(one if ord(one) in self.known else UNKNOWN_SIGN for one in str(text))

    def header(self) -> None:
        """Print the logo, else the name, at the head of each page."""
        if not self.print_logo():
            self.paragraph(self.letterhead.name, style="B", size=13)
        self.ln(4)

    def print_logo(self) -> bool:
        """Print the logo; False where there is none that can be read."""
        if not self.letterhead.logo:
            return False
        try:
            self.image(BytesIO(self.letterhead.logo), h=LOGO_HEIGHT)
        except OSError:
            return False
        return True

    def footer(self) -> None:
        """Print contact, imprint and the number of the page."""
        self.set_y(-FOOT + 5)
        pages = gettext("Page %(page)s of %(pages)s") % {"page": self.page_no(), "pages": "{nb}"}
        for text in (*self.letterhead.foot, ""):
            if text:
                self.paragraph(text, size=7, height=3.2)
        self.set_font(SANS, "", 7)
        self.cell(0, 3.2, pages, align="R")

    def paragraph(
        self, text: str | Promise, *, style: str = "", size: float = 9, height: float = LINE
    ) -> None:
        """Print a paragraph over the whole width."""
        self.set_font(SANS, style, size)
        self.multi_cell(
            0, height, self.shown(text), align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )

    def fact(self, label: str | Promise, value: str | Promise) -> None:
        """Print a label and, beside it, what is known."""
        if self.will_page_break(2 * LINE):
            self.add_page()
        self.set_font(SANS, "", 8)
        top = self.get_y()
        self.multi_cell(
            LABEL_WIDTH,
            LINE,
            self.shown(label),
            align=Align.L,
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
        )
        below, page = self.get_y(), self.page
        self.set_xy(MARGIN + LABEL_WIDTH, top)
        self.multi_cell(
            0,
            LINE,
            self.shown(value),
            align=Align.L,
            wrapmode=WrapMode.CHAR,
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
        )
        if self.page == page:
            self.set_y(max(self.get_y(), below))

    def raw(self, text: str) -> None:
        """Print a signed record as the meter wrote it."""
        self.set_font(MONO, "", 7)
        self.multi_cell(
            0,
            3.5,
            self.shown(text),
            border=1,
            align=Align.L,
            wrapmode=WrapMode.CHAR,
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
        )
        self.ln(2)

    def check(self, check: ShownCheck, *, with_records: bool) -> None:
        """Print one record's check, beginning with a new page."""
        record = check.record
        self.add_page()
        self.paragraph(gettext("Check of a charging session"), style="B", size=14, height=8)
        status = EKA_BADGES[record.eka].label
        self.paragraph(f"{status}: {check.result}", style="B", size=10)
        self.ln(2)
        evse = record.charge_point.evse_id if record.charge_point else ""
        self.fact(gettext("Start"), formats.moment(record.started_at))
        self.fact(gettext("End"), formats.moment(record.ended_at))
        self.fact(gettext("Duration"), formats.duration(record.duration_s))
        self.fact(gettext("Energy"), formats.energy(record.energy_wh))
        place = ", ".join(part for part in (str(record.station.location), evse) if part)
        self.fact(gettext("Place"), place)
        self.fact(gettext("Transaction"), str(check.session.transaction_id))
        for step in check.steps:
            self.step(step)
        self.key(check.public_key)
        if with_records and check.signed:
            self.paragraph(gettext("Signed records"), style="B", size=10, height=7)
            for row in check.signed:
                self.raw(row.text)

    def step(self, step: ShownStep) -> None:
        """Print one step: its title with the verdict, in words, and what it was found by."""
        if self.will_page_break(ROOM_FOR_A_STEP):
            self.add_page()
        self.ln(2)
        self.paragraph(f"{step.title}: {step.badge.label}", style="B", size=10)
        for sentence in step.sentences:
            self.paragraph(sentence)
        for label, value in step.facts:
            self.fact(label, value)

    def key(self, public_key: str) -> None:
        """Print the meter's key and its whole fingerprint, for comparison elsewhere."""
        if not public_key:
            return
        self.ln(2)
        self.paragraph(gettext("Public key of the meter"), style="B", size=10, height=7)
        self.fact(gettext("Fingerprint"), fingerprint_of(public_key))
        self.raw(public_key)


def check_pdf(
    checks: Iterable[ShownCheck], letterhead: Letterhead, *, with_records: bool, now: datetime
) -> bytes:
    """Return the checks as a PDF in the reader's language; `with_records`: what was signed, too."""
    document = CheckDocument(letterhead, now=now)
    for check in checks:
        document.check(check, with_records=with_records)
    return bytes(document.output())
