"""What a mail says, that nothing scraped can forge a header, and that every copy is its recipient's own."""

import email
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default as policy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import notifier
from contracts.vocabulary import Change, Health, ReleaseTag, TenderStatus
from notifier import contexts, digests, phrases
from notifier.contexts import CONTEXTS
from notifier.headers import Forged, check, encoded, one_line
from notifier.links import BadLink, read_unsubscribe, tender_url, unsubscribe_url
from notifier.messages import Attachment, Letter, Recipient, Sender, compose, message_id
from notifier.news import News
from notifier.samples import SAMPLES
from tests.notifier.factories import NOW, news

SENDER = Sender(
    "https://bids.clinic.example/", "Bidkeeper Écoute <alerts@bids.clinic.example>", "1 Main Street, Kelowna", "secret"
)
OWNER = Recipient("owner@clinic.example", "<1@bids.clinic.example>", 7, 'program:OR2 "a & b"')
HEADERS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Content-Language",
    "MIME-Version",
    "Content-Type",
]
HEALTH = {
    "source": "harbour",
    "title": "Harbour City",
    "old": Health.HEALTHY.value,
    "new": Health.EMPTY.value,
    "reason": "no rows",
    "at": NOW.isoformat(),
    "recovered": False,
}
moved = news(
    tag=ReleaseTag.TENDER_AMENDMENT,
    changes=(
        Change("closes", "2026-12-01T22:00:00+00:00", "2026-12-03T14:00:00-08:00"),
        Change("addenda", None, 2),
        Change("buyer", "", "Interior Health Authority"),
    ),
    addenda=2,
)


def letter(posting: News = moved, language: str = "en", **values: Any) -> Letter:
    return compose("news", posting.to_json(), sender=SENDER, now=NOW, language=language, **values)


def mail(letter: Letter, recipient: Recipient = OWNER) -> EmailMessage:
    return email.message_from_bytes(letter.to(recipient, now=NOW), policy=policy)  # type: ignore[return-value]


def text(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert part is not None
    content: str = part.get_content()
    return content


@pytest.mark.parametrize(("kind", "state"), [(kind, state) for kind, states in SAMPLES.items() for state in states])
@pytest.mark.parametrize("language", phrases.LANGUAGES)
def test_every_message_says_its_point_within_forty_characters_and_is_whole(kind: str, state: str, language: str) -> None:
    made = compose(kind, SAMPLES[kind][state], sender=SENDER, now=NOW, language=language)
    assert len(phrases.shorten(made.subject, 40).split()) >= 2
    for part in (made.text, made.html):
        assert not re.search(r"{[a-z_]+}|None|\bUndefined\b", part.partition("</style>")[2] or part)


def test_a_moved_deadline_reads_at_a_glance() -> None:
    message = mail(letter())
    assert message["Subject"] == "Deadline now 3 Dec: 048-2026 Occupational Rehabilitation Services"
    body = text(message)
    assert (
        "* Closing time: Tuesday 1 December 2026, 2:00 p.m. Pacific Time → Thursday 3 December 2026, 2:00 p.m. Pacific Time"
        in body
    )
    assert "* Addenda: not stated → 2" in body
    assert "* Buyer: not stated → Interior Health Authority" in body
    assert "Closes: Thursday 3 December 2026, 2:00 p.m. Pacific Time (in 13 days)" in body
    assert "https://bids.clinic.example/tenders/ocds-bids-1" in body
    assert 'Search: program:OR2 "a & b"' in body
    assert "1 Main Street, Kelowna" in body
    page = text(message, "html")
    assert "Search: program:OR2 &quot;a &amp; b&quot;" in page
    assert "2:00 p.m. Pacific Time</strong> (in 13 days)" in page


def test_the_headers_are_those_a_mailbox_provider_wants() -> None:
    message = mail(letter())
    assert message.keys() == HEADERS
    assert message["From"] == "Bidkeeper Écoute <alerts@bids.clinic.example>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Id"] == "<news.bids.clinic.example>"
    link = message["List-Unsubscribe"].strip("<>")
    assert link.startswith("https://bids.clinic.example/u/")
    assert read_unsubscribe(link.rpartition("/")[2], secret="secret") == 7
    assert link in text(message)
    assert link in text(message, "html")


def test_who_has_a_mailbox_lets_people_out_by_mail_too() -> None:
    with_mailbox = replace(SENDER, mailbox="alerts@bids.clinic.example")
    raw = compose("news", moved.to_json(), sender=with_mailbox, now=NOW).to(OWNER, now=NOW)
    message = email.message_from_bytes(raw, policy=policy)
    assert message.keys() == HEADERS
    link, mailto = re.findall(r"<([^>]+)>", message["List-Unsubscribe"])
    token = mailto.removeprefix("mailto:alerts@bids.clinic.example?subject=unsubscribe%20")
    assert read_unsubscribe(token, secret="secret") == read_unsubscribe(link.rpartition("/")[2], secret="secret") == 7


def test_each_copy_is_its_recipients_own() -> None:
    shared = letter()
    other = mail(shared, Recipient("other@clinic.example", "<2@x>", 8, ""))
    assert (other["To"], other["Message-ID"]) == ("other@clinic.example", "<2@x>")
    assert "Search: everything" in text(other)
    assert "owner@" not in other.as_string()
    assert read_unsubscribe(other["List-Unsubscribe"].rpartition("/")[2].rstrip(">"), secret="secret") == 8


def test_french_readers_get_french() -> None:
    message = mail(letter(language="fr"))
    assert message["Subject"] == "Clôture le 3 déc.: 048-2026 Occupational Rehabilitation Services"
    assert message["Content-Language"] == "fr"
    body = text(message)
    assert "jeudi 3 décembre 2026, 14 h 00 heure du Pacifique (dans 13 jours)" in body
    assert "Se désabonner" in body
    assert "Closes" not in body
    assert mail(letter(language="tlh"))["Content-Language"] == "en"


def test_every_phrase_a_template_says_is_said_in_french() -> None:
    folder = Path(notifier.__file__).parent
    said = {
        phrase
        for file in [*folder.rglob("*.html"), *folder.rglob("*.txt"), *folder.glob("*.py")]
        for phrase in re.findall(r'(?:\b_|say)\("((?:[^"\\]|\\.)+)"', file.read_text("utf-8"))
    }
    french = phrases.translator("fr")
    names = {
        *phrases._FIELDS.values(),
        *phrases._HEADLINES.values(),
        *phrases._LEADS.values(),
        *digests._SORTS.values(),
        *contexts._DUTIES.values(),
    }
    codes = {code.value for code in (*TenderStatus, *Health)}
    same = {"Documents", "Description", "Source"}
    assert len(said) > 20
    assert {phrase for phrase in said | names | codes - same if french(phrase) == phrase} - same == set()
    for phrase in said:
        assert set(re.findall(r"{\w+}", phrase)) == set(re.findall(r"{\w+}", french(phrase)))


@pytest.mark.parametrize(
    ("posting", "subject"),
    [
        (news(), "New: 048-2026 Occupational Rehabilitation Services"),
        (news(number=None), "New: Occupational Rehabilitation Services"),
        (news(tag=ReleaseTag.TENDER_CANCELLATION), "Cancelled: 048-2026 Occupational Rehabilitation Services"),
        (news(tag=ReleaseTag.AWARD), "Awarded: 048-2026 Occupational Rehabilitation Services"),
        (news(tag=ReleaseTag.TENDER_UPDATE), "Updated: 048-2026 Occupational Rehabilitation Services"),
        (news(tag=ReleaseTag.TENDER_AMENDMENT), "Amended: 048-2026 Occupational Rehabilitation Services"),
        (
            news(tag=ReleaseTag.TENDER_UPDATE, addenda=3, changes=(Change("addenda", 2, 3),)),
            "Addendum 3: 048-2026 Occupational Rehabilitation Services",
        ),
        (
            news(tag=ReleaseTag.TENDER_UPDATE, addenda=1, changes=(Change("addenda", 2, 1),)),
            "Updated: 048-2026 Occupational Rehabilitation Services",
        ),
    ],
)
def test_the_subject_says_what_happened_first(posting: News, subject: str) -> None:
    assert mail(letter(posting))["Subject"] == subject


@pytest.mark.parametrize(
    ("old", "new", "language", "said"),
    [
        ("2026-12-01T14:00:00-08:00", "2026-12-03T14:00:00-08:00", "en", "It closes later than before, by 2 days."),
        ("2026-12-10T14:00:00-08:00", "2026-12-03T14:00:00-08:00", "en", "It closes EARLIER than before, by 7 days!"),
        ("2026-12-03T16:00:00-08:00", "2026-12-03T14:00:00-08:00", "fr", "La clôture est PLUS TÔT qu’avant, de 2 heures !"),
        (None, "2026-12-03T14:00:00-08:00", "en", "The closing time is another than before."),
    ],
)
def test_a_moved_deadline_says_which_way_it_moved(old: str | None, new: str, language: str, said: str) -> None:
    amended = news(tag=ReleaseTag.TENDER_AMENDMENT, changes=(Change("closes", old, new),))
    assert phrases.lead(amended, language) == said


def test_what_happened_and_the_number_survive_forty_characters() -> None:
    for tag in ReleaseTag:
        for language in phrases.LANGUAGES:
            subject = letter(news(tag=tag, title="T" * 300), language).subject
            assert "048-2026" in subject[:40]
            assert len(subject) <= 150


@pytest.mark.parametrize(
    ("closes", "now", "left"),
    [
        (datetime(2026, 11, 20, 23, 0, tzinfo=UTC), NOW, "today"),
        (datetime(2026, 11, 21, 7, 59, tzinfo=UTC), NOW, "today"),  # 23:59 in Vancouver
        (datetime(2026, 11, 21, 8, 1, tzinfo=UTC), NOW, "tomorrow"),
        (datetime(2026, 11, 22, 22, 0, tzinfo=UTC), NOW, "in 2 days"),
        (NOW - timedelta(minutes=1), NOW, "closed"),
        (None, NOW, ""),
    ],
)
def test_days_left_are_counted_on_the_wall_where_it_closes(closes: datetime | None, now: datetime, left: str) -> None:
    assert phrases.left(news(closes_at=closes), now, "en") == left


def test_a_closing_time_is_said_as_well_as_it_is_known() -> None:
    assert phrases.closing(news(closes_at=None), "en") == "before 2:00 PM Pacific Time"
    assert phrases.closing(news(closes_at=None, closes_text=None), "fr") == "non précisé"
    assert phrases.closing(news(closes_precision="date"), "en") == "Thursday 3 December 2026"
    assert phrases.closing(news(zone="America/Toronto"), "en") == "Thursday 3 December 2026, 5:00 p.m. Eastern Time"
    assert phrases.closing(news(zone="Not/AZone"), "en") == "Thursday 3 December 2026, 10:00 p.m. UTC"
    summer = news(closes_at=datetime(2026, 7, 2, 21, 0, tzinfo=UTC))
    assert phrases.closing(summer, "en") == "Thursday 2 July 2026, 2:00 p.m. Pacific Time"


def test_the_operator_is_told_that_nothing_is_known_to_have_closed() -> None:
    message = mail(compose("health", HEALTH, sender=SENDER, now=NOW), Recipient("op@clinic.example", "<3@x>"))
    assert message["Subject"] == "Can't see: Harbour City (empty)"
    assert "could not look" in text(message)
    assert message["List-Unsubscribe"] is None
    back = mail(compose("health", HEALTH | {"recovered": True, "new": "healthy"}, sender=SENDER, now=NOW))
    assert back["Subject"] == "Seen again: Harbour City (healthy)"


ENCODED_BCC = "=?utf-8?q?x=0D=0ABcc:_victim@clinic.example?="
FORGERIES = [
    "x\r\nBcc: victim@clinic.example",
    "x\nBcc: victim@clinic.example\n\nbody",
    "x\rBcc: victim@clinic.example",
    ENCODED_BCC,
    f"{ENCODED_BCC} {ENCODED_BCC}",
    "=?utf-8?b?eA0KQmNjOiB2aWN0aW1AY2xpbmljLmV4YW1wbGU=?=",
    "=?utf-8?q?=3D=3Futf-8=3Fq=3Fx=0D=0ABcc:_v@c.example=3F=3D?=",
    "=\x00?utf-8?q?x=0D=0ABcc:_v@c.example?=",
    "=\u200b?utf-8?q?x=0D=0ABcc:_v@c.example?=",
    "x\u2028Bcc: victim@clinic.example",
    "x\x85Bcc: victim@clinic.example",
    "x\x0b\x0cBcc: victim@clinic.example",
    "\udcffx\ud800",
    "--=_x\r\nContent-Type: text/html",
    "x" * 5000,
    "é" * 5000,
    "\u202egpj.exe",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}{% raw %}",
    "",
    "   ",
]
TEMPLATES = Path(notifier.__file__).parent / "templates"
TEXT_FIELDS = ["title", "number", "buyer", "type", "closes_text", "url", "description", "source", "source_title"]


OF_A_THREAD: dict[str, dict[str, str | None]] = {
    "enquiry": {"Auto-Submitted": "Reply-To", "List-Id": None},
    "desk_card": {"List-Id": None},
}


def assert_unforged(raw: bytes, *, kind: str = "") -> None:
    """The headers are ours on reading, after writing what was read, and hold no control characters."""
    listed = OF_A_THREAD.get(kind, {})
    expected = [kept for name in HEADERS if (kept := listed.get(name, name))]
    message = email.message_from_bytes(raw, policy=policy)
    again = email.message_from_bytes(message.as_bytes(), policy=policy)
    assert message.keys() == again.keys() == expected
    for value in message.values():
        assert not re.search(r"[\x00-\x1f\x7f]", str(value))
    assert [part.get_content_type() for part in again.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert max(map(len, raw.partition(b"\r\n\r\n")[0].split(b"\r\n"))) <= 998
    assert "<script" not in text(again, "html")  # type: ignore[arg-type]
    assert b"\n" not in raw.replace(b"\r\n", b"")


STATES = [(kind, state) for kind, states in SAMPLES.items() for state in states]
# ours, not scraped
CODES = {
    "tag",
    "status",
    "date",
    "closes_at",
    "at",
    "since",
    "due",
    "lead",
    "kind",
    "step",
    "effective_at",
    "asked_at",
    "reply_to",
    "references",
}


def hostile(value: Any, forgery: str, key: str = "") -> Any:
    """The content with every word in it that somebody else chose replaced."""
    if isinstance(value, dict):
        return {name: hostile(part, forgery, name) for name, part in value.items()}
    if key in CODES:
        return value
    if isinstance(value, list | tuple):
        return [hostile(part, forgery) for part in value]
    return forgery if isinstance(value, str) else value


def test_every_kind_of_message_has_samples_of_its_states() -> None:
    assert set(SAMPLES) == set(CONTEXTS) == {path.name for path in TEMPLATES.iterdir() if path.is_dir()}


@pytest.mark.parametrize(("kind", "state"), STATES)
@pytest.mark.parametrize("language", phrases.LANGUAGES)
def test_nobodys_words_can_forge_a_header_in_any_message(kind: str, state: str, language: str) -> None:
    for forgery in FORGERIES:
        content = hostile(SAMPLES[kind][state], forgery)
        raw = compose(kind, content, sender=SENDER, now=NOW, language=language).to(OWNER, now=NOW)
        assert_unforged(raw, kind=kind)


@pytest.mark.parametrize("forgery", FORGERIES)
def test_no_search_can_forge_anything(forgery: str) -> None:
    assert_unforged(letter().to(Recipient("a@clinic.example", "<1@x>", 1, forgery), now=NOW))


def test_a_message_to_nobodys_search_offers_no_way_out_of_one() -> None:
    raw = compose("health", HEALTH, sender=SENDER, now=NOW).to(Recipient("op@clinic.example", "<3@x>"), now=NOW)
    assert not [name for name in email.message_from_bytes(raw) if name.startswith("List-Un")]


def test_a_long_thread_stays_within_its_lines() -> None:
    content = SAMPLES["enquiry"]["to a desk"] | {
        "reply_to": ["a@clinic.example", "post+enquiry-0@clinic.example"],
        "references": ["<1@x>", f"<{'y' * 240}@x>"] * 10,
    }
    raw = compose("enquiry", content, sender=SENDER, now=NOW).to(Recipient("desk@board.example", "<4@x>"), now=NOW)
    assert {"Reply-To", "In-Reply-To", "References"} <= set(email.message_from_bytes(raw).keys())
    assert max(map(len, raw.partition(b"\r\n\r\n")[0].split(b"\r\n"))) <= 998


@pytest.mark.parametrize("field", ["reply_to", "references"])
def test_a_forged_thread_is_refused(field: str) -> None:
    content = {"subject": "x", "text": "x", "asker": "", "asker_name": "", "reply_to": [], "references": []}
    with pytest.raises(Forged):
        compose("enquiry", content | {field: ["x\r\nBcc: v@clinic.example"]}, sender=SENDER, now=NOW)


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=80), st.sampled_from(TEXT_FIELDS))
def test_nor_can_anything_else(words: str, field: str) -> None:
    assert_unforged(letter(news(**{field: words})).to(OWNER, now=NOW))


@pytest.mark.parametrize("bad", ["a@b\r\nBcc: c@d", "a@b\n", "a@é", "a@b\x00"])
def test_an_address_that_is_no_header_text_is_refused(bad: str) -> None:
    with pytest.raises(Forged):
        letter().to(Recipient(bad, "<1@x>", 1), now=NOW)
    with pytest.raises(Forged):
        letter().to(Recipient("a@b.example", bad, 1), now=NOW)


def test_the_check_notices_what_a_parser_would_bring_back() -> None:
    with pytest.raises(Forged):
        check(f"From: a@b.example\r\nSubject: {ENCODED_BCC}\r\n\r\nbody\r\n".encode())


@given(st.text(max_size=200))
def test_a_header_line_is_one_safe_line_and_reads_back(words: str) -> None:
    line = one_line(words)
    assert one_line(line) == line
    assert "=?" not in line
    header = f"Subject: {encoded('Subject', words)}\r\n\r\n".encode("ascii")
    assert email.message_from_bytes(header, policy=policy)["Subject"] == line


def test_a_message_id_is_the_deliverys_own_for_ever() -> None:
    first = message_id("r:1:email", "a@b.example", sender=SENDER)
    assert first == message_id("r:1:email", "a@b.example", sender=SENDER)
    assert first.endswith("@bids.clinic.example>")
    assert (
        len({first, message_id("r:2:email", "a@b.example", sender=SENDER), message_id("r:1:email", "b@b.example", sender=SENDER)})
        == 3
    )


def test_an_attachment_travels_beside_the_text() -> None:
    ics = Attachment('048 "é".ics', "text/calendar; charset=utf-8", b"BEGIN:VCALENDAR\r\n" * 40)
    message = mail(letter(attachments=(ics,)))
    assert message.get_content_type() == "multipart/mixed"
    (attached,) = message.iter_attachments()
    assert attached.get_payload(decode=True) == ics.content
    assert attached.get_filename() == "048____.ics"
    assert "Deadline now" in text(message)


def test_the_page_loads_nothing_from_elsewhere() -> None:
    page = text(mail(letter()), "html")
    assert not re.search(r"<(img|link|script|iframe)|url\(|@import", page)
    assert "prefers-color-scheme: dark" in page
    assert 'style="' in page
    assert set(re.findall(r'href="(https?://[^/"]+)', page)) == {"https://bids.clinic.example"}


def test_a_link_that_was_changed_or_signed_by_another_is_refused() -> None:
    token = unsubscribe_url("https://x.example", 5, secret="one").rpartition("/")[2]
    assert read_unsubscribe(token, secret="one") == 5
    for wrong in (token[:-1], "a" + token, "", "5", "é"):
        with pytest.raises(BadLink):
            read_unsubscribe(wrong, secret="one")
    with pytest.raises(BadLink):
        read_unsubscribe(token, secret="two")
    with pytest.raises(ValueError, match="secret"):
        unsubscribe_url("https://x.example", 5, secret="")
    assert tender_url("https://x.example", "ocds/ü?") == "https://x.example/tenders/ocds%2F%C3%BC%3F"
