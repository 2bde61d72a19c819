"""The outbox against a real mail server: nothing is lost, and hardly anything comes twice (R19)."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as django_mail
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.notifications.choices import MailState
from apps.notifications.domain.colours import oklch_to_hex
from apps.notifications.domain.retries import LONGEST_WAIT, PATIENCE, wait_after
from apps.notifications.models import OutgoingMail
from apps.notifications.services import delivery
from apps.notifications.services.letters import Letter
from apps.notifications.services.outbox import put
from apps.tenants.choices import LegalKind
from apps.tenants.models import Tenant
from apps.tenants.services.brands import save_legal_text
from tests.notifications import smtp
from tests.notifications.smtp import MailServer

SMTP = "django.core.mail.backends.smtp.EmailBackend"


def letter(**fields: Any) -> Letter:
    values: dict[str, Any] = {
        "subject": "Hello",
        "paragraphs": ["A first paragraph."],
        "action": ("Open", "https://alpha.example/x/"),
    }
    return Letter(**{**values, **fields})


def put_one(recipient: str = "ada@example.com", **options: Any) -> OutgoingMail:
    return put("test", recipient, letter, **{"language": "en", **options})


@pytest.fixture
def use(settings: Any) -> Callable[[MailServer], None]:
    """Return a function that lets mails go to a server."""

    def choose(server: MailServer) -> None:
        settings.EMAIL_BACKEND = SMTP
        settings.EMAIL_HOST = "127.0.0.1"
        settings.EMAIL_PORT = server.port
        settings.EMAIL_TIMEOUT = 5

    return choose


def make_all_due() -> None:
    OutgoingMail.objects.filter(state=MailState.WAITING).update(next_attempt_at=timezone.now())


def work_off(rounds: int = 10) -> None:
    """Deliver what is due as the beat does, time running ahead between the rounds."""
    for _round in range(rounds):
        make_all_due()
        while delivery.deliver_due(now=timezone.now()):
            continue


@pytest.mark.parametrize("trouble", [smtp.BUSY, smtp.DIE_BEFORE])
def test_r19_outbox_when_the_server_refuses_or_dies_then_each_mail_comes_once(
    alpha: Tenant, use: Callable[[MailServer], None], trouble: str
) -> None:
    """R19: 200 mails, every third attempt fails before the text was taken: 0 lost, 0 twice."""
    with MailServer(lambda number: trouble if number % 3 == 0 else smtp.ACCEPT) as server:
        use(server)
        for number in range(200):
            put_one(f"user{number}@example.com")
        work_off()

    came = Counter(str(message["To"]) for message in server.mails)
    assert len(came) == 200
    assert set(came.values()) == {1}
    assert not OutgoingMail.objects.exclude(state=MailState.SENT).exists()


def test_r19_outbox_when_the_server_dies_after_the_text_then_none_is_lost_and_one_twice_per_crash(
    alpha: Tenant, use: Callable[[MailServer], None]
) -> None:
    """R19: the server keeps the text and dies before it says so; at most one duplicate each."""
    crashes = []

    def decide(number: int) -> str:
        if number % 40 == 0:
            crashes.append(number)
            return smtp.DIE_AFTER
        return smtp.ACCEPT

    with MailServer(decide) as server:
        use(server)
        for number in range(200):
            put_one(f"user{number}@example.com")
        work_off()

    came = Counter(str(message["Message-ID"]) for message in server.mails)
    assert len(came) == 200
    assert sum(came.values()) - 200 <= len(crashes)
    assert crashes


def test_r19_outbox_when_the_sender_dies_while_sending_then_the_mail_is_due_again(
    alpha: Tenant, use: Callable[[MailServer], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """R19: the process is gone after the server took the mail, before we noted it."""
    with MailServer() as server:
        use(server)
        mail = put_one()
        now = timezone.now()
        monkeypatch.setattr(delivery, "note_success", kill)
        with pytest.raises(KilledError):
            delivery.deliver(mail.pk, now=now)
        monkeypatch.undo()
        use(server)

        assert not delivery.deliver(mail.pk, now=now)
        assert delivery.deliver(mail.pk, now=now + delivery.CLAIM)

    assert len({str(message["Message-ID"]) for message in server.mails}) == 1
    assert len(server.mails) == 2


class KilledError(BaseException):
    """What a kill looks like from inside."""


def kill(mail: OutgoingMail) -> None:
    raise KilledError


def test_delivery_when_the_server_is_away_then_later_and_later(
    alpha: Tenant, use: Callable[[MailServer], None]
) -> None:
    with MailServer() as server:
        use(server)
    mail = put_one()

    assert not delivery.deliver(mail.pk, now=timezone.now())

    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == (MailState.WAITING, 1)
    assert "ConnectionRefusedError" in mail.last_error
    assert mail.next_attempt_at > timezone.now() + timedelta(seconds=50)


def test_round_when_many_are_due_then_one_connection(
    alpha: Tenant, use: Callable[[MailServer], None]
) -> None:
    with MailServer() as server:
        use(server)
        for number in range(30):
            put_one(f"user{number}@example.com")
        make_all_due()

        assert delivery.deliver_due(now=timezone.now()) == 30

    assert (len(server.mails), server.connections) == (30, 1)


def test_round_when_the_server_hangs_up_after_some_then_every_mail_at_the_first_attempt(
    alpha: Tenant, use: Callable[[MailServer], None]
) -> None:
    with MailServer(mails_per_connection=4) as server:
        use(server)
        for number in range(10):
            put_one(f"user{number}@example.com")
        make_all_due()

        assert delivery.deliver_due(now=timezone.now()) == 10

    assert (len(server.mails), server.connections) == (10, 3)
    assert set(OutgoingMail.objects.values_list("attempts", flat=True)) == {1}


def test_round_when_one_mail_is_refused_then_the_others_come(
    alpha: Tenant, use: Callable[[MailServer], None]
) -> None:
    with MailServer(lambda number: smtp.UNKNOWN if number == 2 else smtp.ACCEPT) as server:
        use(server)
        for number in range(4):
            put_one(f"user{number}@example.com")
        make_all_due()

        assert delivery.deliver_due(now=timezone.now()) == 3

    assert [str(message["To"]) for message in server.mails] == [
        f"user{number}@example.com" for number in (0, 2, 3)
    ]
    assert OutgoingMail.objects.get(recipient="user1@example.com").state == MailState.FAILED


def test_round_when_the_server_is_away_then_it_is_waited_for_once_and_all_stay_due(
    alpha: Tenant, use: Callable[[MailServer], None]
) -> None:
    with MailServer() as server:
        use(server)
    for number in range(5):
        put_one(f"user{number}@example.com")
    make_all_due()

    assert delivery.deliver_due(now=timezone.now()) == 0

    assert sorted(OutgoingMail.objects.values_list("attempts", flat=True)) == [0, 0, 0, 0, 1]
    assert not OutgoingMail.objects.exclude(state=MailState.WAITING).exists()


def test_delivery_when_nobody_has_the_address_then_given_up_and_said(
    alpha: Tenant, use: Callable[[MailServer], None]
) -> None:
    with MailServer(lambda number: smtp.UNKNOWN) as server:
        use(server)
        mail = put_one(is_secret=True)
        delivery.deliver(mail.pk, now=timezone.now())

    mail.refresh_from_db()
    assert mail.state == MailState.FAILED
    assert "nobody here" in mail.last_error
    assert (mail.text, mail.html) == ("", "")


def test_delivery_when_it_failed_for_days_then_given_up(
    alpha: Tenant, use: Callable[[MailServer], None]
) -> None:
    with MailServer(lambda number: smtp.BUSY) as server:
        use(server)
        mail = put_one()
        OutgoingMail.objects.update(created_at=timezone.now() - PATIENCE)
        delivery.deliver(mail.pk, now=timezone.now())

    mail.refresh_from_db()
    assert mail.state == MailState.FAILED


def test_delivery_when_a_mail_holds_a_link_then_its_text_is_forgotten_once_sent(
    alpha: Tenant,
) -> None:
    secret, plain = put_one(is_secret=True), put_one()

    for mail in (secret, plain):
        assert delivery.deliver(mail.pk, now=timezone.now())
        mail.refresh_from_db()

    assert secret.text == secret.html == ""
    assert "alpha.example" in plain.text


def test_delivery_when_two_workers_take_a_mail_then_one_sends(alpha: Tenant) -> None:
    mail = put_one()
    now = timezone.now()

    assert delivery.claim(mail.pk, now=now)
    assert not delivery.claim(mail.pk, now=now)


def test_put_when_the_transaction_commits_then_it_is_sent(
    alpha: Tenant, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        mail = put_one()

    mail.refresh_from_db()
    assert mail.state == MailState.SENT
    assert len(django_mail.outbox) == 1


@pytest.mark.req("TEN-02")
def test_mail_when_tenants_differ_then_each_has_its_own_name_colour_and_contact(
    alpha: Tenant,
) -> None:
    brand = alpha.brand
    brand.product_name, brand.support_email = 'Søren\n"Charge" <x>', "help@alpha.example"
    brand.imprint_url = "https://alpha.example/imprint"
    brand.save()
    delivery.deliver(put_one().pk, now=timezone.now())

    message = django_mail.outbox[0]
    html = message.alternatives[0].content
    assert message.from_email == '"Søren \\"Charge\\" <x>" <noreply@localhost.localdomain>'
    assert message.reply_to == ["help@alpha.example"]
    assert oklch_to_hex(50, 0.12, 210) in html
    assert "https://alpha.example/imprint" in html
    assert "https://alpha.example/imprint" in message.body
    assert "<x>" not in html
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"


@pytest.mark.req("TEN-02")
def test_mail_when_the_tenant_chose_sender_and_texts_then_they_stand_in_text_and_html(
    alpha: Tenant,
) -> None:
    """Own texts are linked under the primary host, in the words of the reader's language."""
    brand = alpha.brand
    brand.mail_sender_name, brand.mail_reply_to = "Alpha desk", "answers@alpha.example"
    brand.support_name, brand.support_email = "Service desk", "help@alpha.example"
    brand.support_url = "https://alpha.example/help"
    brand.save()
    save_legal_text(brand, LegalKind.IMPRINT, "de", "Alpha GmbH")
    alpha.refresh_from_db()
    delivery.deliver(put_one(language="de").pk, now=timezone.now())

    message = django_mail.outbox[0]
    assert message.from_email == "Alpha desk <noreply@localhost.localdomain>"
    assert message.reply_to == ["answers@alpha.example"]
    for text in (message.body, message.alternatives[0].content):
        assert "http://alpha.localhost/imprint/" in text
        assert "Impressum" in text
        assert "Service desk" in text
        assert "https://alpha.example/help" in text
        assert "/privacy/" not in text


@pytest.mark.req("TEN-03")
def test_mail_when_the_reader_has_a_language_then_it_is_in_it(alpha: Tenant) -> None:
    def write() -> Letter:
        return letter(subject=_("Language"))

    assert put("test", "a@example.com", write, language="de").subject == "Sprache"
    assert '<html lang="de">' in put("test", "a@example.com", write, language="de").html


def test_mail_when_words_are_hostile_then_they_stay_words(alpha: Tenant) -> None:
    def write() -> Letter:
        text = "<script>alert(1)</script>"
        return letter(subject=f"{text}\r\nBcc: evil@example.com", paragraphs=[text])

    mail = put("test", "a@example.com", write, language="en")

    assert "\n" not in mail.subject
    assert "<script>" not in mail.html
    assert "<script>" in mail.text


def test_forget_old_when_mails_are_old_then_only_waiting_ones_stay(alpha: Tenant) -> None:
    sent, waiting = put_one(), put_one()
    delivery.deliver(sent.pk, now=timezone.now())
    old = timezone.now() - delivery.KEPT - timedelta(days=1)
    OutgoingMail.objects.update(created_at=old)

    delivery.forget_old(now=timezone.now())

    assert list(OutgoingMail.objects.values_list("pk", flat=True)) == [waiting.pk]


@pytest.mark.parametrize("attempts, minutes", [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (99, 60)])
def test_wait_after_when_attempts_failed_then_it_doubles_up_to_an_hour(
    attempts: int, minutes: int
) -> None:
    assert wait_after(attempts) == timedelta(minutes=minutes) <= LONGEST_WAIT


@pytest.mark.parametrize(
    "colour, expected",
    [((100, 0, 0), "#ffffff"), ((0, 0, 0), "#000000"), ((62.796, 0.25768, 29.234), "#ff0000")],
)
def test_oklch_when_the_colour_is_known_then_its_bytes(
    colour: tuple[float, float, float], expected: str
) -> None:
    """The red is the one of CSS Color 4's own table of sRGB primaries."""
    assert oklch_to_hex(*colour) == expected
