"""Notification → the bytes of a mail. What all recipients share is rendered once; a recipient's own lines are put in after.

Scraped text is hostile. In headers it loses its control characters and anything that could read as an encoded word, and
the finished message is serialised, parsed, serialised and parsed again: unless exactly our own headers come out, it is
refused (CPython's parser has turned an encoded CR LF in a subject into a real header). In HTML it is escaped.
"""

import base64
import binascii
import email.policy
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.parser import BytesParser
from email.utils import format_datetime, formataddr, parseaddr
from functools import cache, lru_cache
from html import escape
from pathlib import Path
from typing import Any, TypeAlias

import css_inline
import jinja2

from contracts.vocabulary import ReleaseTag
from notifier import links, phrases
from notifier.news import News

_SOFT_BREAK = b"=\r\n"
_LONGEST_ID = 400  # of a Message-ID or address: it stands on a line of its own, and a line has at most 998 characters
_SUBJECT = 150  # characters; a phone shows 40, so the headline and the number come first
_UNSAFE = re.compile(r"[^\x20-\x7e]")
_FIELD_NAME = re.compile(rb"(?m)^([!-9;-~]+):")

Context: TypeAlias = dict[str, Any]


class Forged(ValueError):
    """Raised for a message whose headers would not be exactly the ones we wrote."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes, and where the links lead. `secret` signs the unsubscribe links; CASL wants the postal address."""

    public_url: str
    mail_from: str
    postal_address: str
    secret: str

    @property
    def address(self) -> str:
        """The bare address, for the envelope."""
        return parseaddr(self.mail_from)[1]

    @property
    def name(self) -> str:
        return parseaddr(self.mail_from)[0] or self.address

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2] or "localhost"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a copy goes to and why: `query` is the search that found it, `subscription_id` what the way out ends."""

    address: str
    message_id: str
    subscription_id: int | None = None
    query: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Hole:
    """A place in a finished body where one of the recipient's own lines belongs."""

    name: str
    is_html: bool


@dataclass(frozen=True, slots=True)
class Letter:
    """A message without its recipient: `body` is encoded already, so that a copy costs no more than its own few lines.

    `text` and `html` are the two parts as they read, with marks (`mark` + name + "x") where the recipient's lines belong.
    """

    subject: str
    text: str
    html: str
    language: str
    list_id: str
    mark: str
    sender: Sender
    body: tuple[bytes | Hole, ...]
    asks: bool = False  # it asks the recipient to confirm something
    thread: Mapping[str, str] | None = None  # Reply-To, References … of a person's own mail, which then is no list's

    def to(self, recipient: Recipient, *, now: datetime) -> bytes:
        """The finished message for one recipient; raises Forged for an address or id that is no plain header text."""
        own = self._own_lines(recipient, now)
        head = self._head(recipient, own["unsubscribe"], now=now)
        raw = "".join(f"{name}: {value}\r\n" for name, value in head.items()).encode("ascii")
        if [match.decode() for match in _FIELD_NAME.findall(raw)] != list(head):
            raise Forged("the message would carry headers that nobody wrote")
        return raw + b"".join(part if isinstance(part, bytes) else _filled(part, own) for part in self.body)

    def _own_lines(self, recipient: Recipient, now: datetime) -> dict[str, str]:
        url = confirm = ""
        if recipient.subscription_id is not None:
            place, identity, secret = self.sender.public_url, recipient.subscription_id, self.sender.secret
            url = links.unsubscribe_url(place, identity, secret=secret)
            if self.asks:
                confirm = links.confirm_url(place, identity, secret=secret, now=now)
        why = recipient.query or phrases.translator(self.language)("everything")
        return {"unsubscribe": url, "confirm": confirm, "why": one_line(why), "address": recipient.address}

    def _head(self, recipient: Recipient, unsubscribe: str, *, now: datetime) -> dict[str, str]:
        for value in (recipient.address, recipient.message_id, unsubscribe):
            if _UNSAFE.search(value):
                raise Forged(f"not fit for a mail header: {value[:80]!r}")
        head = {
            "From": _mailbox(self.sender.mail_from),
            "To": recipient.address,
            "Subject": encoded("Subject", self.subject),
            "Date": format_datetime(now),
            "Message-ID": recipient.message_id,
        }
        if self.thread is None:
            head |= {"Auto-Submitted": "auto-generated", "List-Id": self.list_id}
        head |= self.thread or {}
        if unsubscribe:
            head["List-Unsubscribe"] = f"<{unsubscribe}>"
            head["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        return head | {"Content-Language": self.language, "MIME-Version": "1.0"}


def compose(
    kind: str,
    content: Mapping[str, Any],
    *,
    sender: Sender,
    now: datetime,
    language: str = "en",
    attachments: tuple[Attachment, ...] = (),
) -> Letter:
    """The letter that a notification of this kind becomes; `content` is the notification's own.

    Raises jinja2.TemplateError, KeyError or ValueError where a template or content is broken, and Forged.
    """
    language = language if language in phrases.LANGUAGES else "en"
    digest = hashlib.sha256(repr((kind, sorted(content.items(), key=lambda item: item[0]))).encode("utf-8", "replace"))
    mark = f"x{digest.hexdigest()[:24]}"  # a text can't hold its own digest
    context = CONTEXTS[kind](content, sender, language, now) | {
        "language": language,
        "sender": sender,
        "own": {name: f"{mark}{name}x" for name in ("unsubscribe", "confirm", "why", "address")},
        "_": phrases.translator(language),
    }
    subject, text, html = (_template(f"{kind}/{name}").render(context) for name in ("subject.txt", "body.txt", "body.html"))
    html = _inliner().inline(_printable(html))
    letter = Letter(
        subject=phrases.shorten(one_line(subject), _SUBJECT),
        text=_tidy(text),
        html=html,
        language=language,
        list_id=f"<{kind}.{sender.domain}>",
        mark=mark,
        sender=sender,
        body=tuple(_body(mark, _tidy(text), html, attachments)),
        asks=f"{mark}confirmx" in text,
        thread=context.get("thread"),
    )
    check(letter.to(Recipient("someone@example.org", "<check@example.org>"), now=now))
    return letter


def message_id(key: str, address: str, *, sender: Sender) -> str:
    """The Message-ID of a delivery: the same for every attempt, so that a repeat can be recognised.

    Keyed by the sender's secret: who has not had the mail can't name it in a forged bounce.
    """
    digest = hmac.new(sender.secret.encode(), f"{key}\n{address}".encode(), hashlib.sha256).hexdigest()
    return f"<{digest[:40]}@{sender.domain}>"


def one_line(text: str) -> str:
    """Text fit for a header or a single line: no control, format or separator characters, no encoded word, single spaces."""
    kept = "".join(" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in text)
    return " ".join(kept.replace("=?", "= ?").split())


@lru_cache(maxsize=1024)
def encoded(name: str, text: str) -> str:
    """An unstructured header value, as it stands or in encoded words (RFC 2047), folded."""
    safe = one_line(text)
    return Header(safe, None if safe.isascii() else "utf-8", maxlinelen=76, header_name=name).encode(linesep="\r\n")


def check(raw: bytes) -> None:
    """Serialise what a parser makes of the message and parse that again; raises Forged unless its headers are still the same."""
    written = [match.decode() for match in _FIELD_NAME.findall(raw.partition(b"\r\n\r\n")[0] + b"\r\n")]
    parsed = BytesParser(policy=email.policy.SMTP).parsebytes(raw)
    try:
        again = BytesParser(policy=email.policy.SMTP).parsebytes(parsed.as_bytes())
    except ValueError as error:  # newer Pythons refuse by themselves
        raise Forged(f"the message can't be written safely: {error}") from None
    for message in (parsed, again):
        if message.keys() != written:
            raise Forged(f"the message carries {message.keys()}, we wrote {written}")
        if any(_has_control(str(value)) for value in message.values()):
            raise Forged("a header decodes to control characters")


def _news(content: Mapping[str, Any], sender: Sender, language: str, now: datetime) -> Context:
    news = News.from_json(dict(content))
    return {
        "news": news,
        "headline": phrases.headline(news, language),
        "name": " ".join(filter(None, (news.number, news.title))),
        "steps": phrases.steps(news, language),
        "closing": phrases.closing(news, language),
        "left": phrases.left(news, now, language),
        "link": links.tender_url(sender.public_url, news.ocid),
        "of_program": news.tag is ReleaseTag.PROGRAM_UPDATE,
    }


def _reminder(content: Mapping[str, Any], sender: Sender, language: str, now: datetime) -> Context:
    context = _news(content, sender, language, now)
    return context | {"headline": phrases.translator(language)("Closes {left}", left=context["left"])}


def _health(content: Mapping[str, Any], sender: Sender, language: str, _now: datetime) -> Context:
    at = datetime.fromisoformat(content["at"])
    return {
        "health": content,
        "since": phrases.moment(at, None, language),
        "link": f"{sender.public_url.rstrip('/')}/sources",
    }


def _confirm(content: Mapping[str, Any], _sender: Sender, _language: str, _now: datetime) -> Context:
    return {"query": content["query"]}


def _enquiry(content: Mapping[str, Any], _sender: Sender, _language: str, _now: datetime) -> Context:
    """A person's own words to a desk; `reply_to` and `references` hold addresses and Message-IDs that were checked before."""
    values = [*content["reply_to"], *content["references"]]
    if any(_UNSAFE.search(value) or len(value) > _LONGEST_ID for value in values):
        raise Forged("an address or Message-ID of the thread is not fit for a mail header")
    thread = {"Reply-To": ",\r\n ".join(map(_mailbox, content["reply_to"]))} if content["reply_to"] else {}
    if content["references"]:
        thread |= {"In-Reply-To": content["references"][-1], "References": "\r\n ".join(content["references"])}
    paragraphs = [paragraph.split("\n") for paragraph in re.split(r"\n{2,}", content["text"].strip())]
    return {"enquiry": content, "paragraphs": paragraphs, "thread": thread}


def _sign_in(content: Mapping[str, Any], sender: Sender, _language: str, _now: datetime) -> Context:
    return {"link": links.sign_in_url(sender.public_url, content["nonce"], secret=sender.secret)}


_PAYEE_STEPS = {
    "requested": "A change was requested",
    "approved": "A change was approved",
    "refused": "A change was refused",
    "applied": "A change took effect",
}


def _payee_change(content: Mapping[str, Any], sender: Sender, language: str, _now: datetime) -> Context:
    """A step of a change to a payee; the fields are named, what stands in them is never mailed."""
    say = phrases.translator(language)
    refused = content["step"] == "refused"
    effective = content["effective_at"] if content["step"] == "approved" else None
    return {
        "notice": content,
        "headline": say(_PAYEE_STEPS[content["step"]]),
        "fields": ", ".join(say(name.replace("_", " ")) for name in content["fields"]),
        "effective": phrases.moment(datetime.fromisoformat(effective), None, language) if effective else "",
        "advice": say(
            "Nothing was changed, and what was asked for has been erased."
            if refused
            else "If you know nothing of this, call the clinic at once on a number you already have."
        ),
        "link": f"{sender.public_url.rstrip('/')}/payees",
    }


CONTEXTS: dict[str, Callable[[Mapping[str, Any], Sender, str, datetime], Context]] = {
    "news": _news,
    "reminder": _reminder,
    "health": _health,
    "confirm": _confirm,
    "sign_in": _sign_in,
    "enquiry": _enquiry,
    "payee_change": _payee_change,
}


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["line"] = one_line
    return environment


def _template(name: str) -> jinja2.Template:
    return _environment().get_template(name)


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)


def _printable(text: str) -> str:
    return "".join(letter for letter in text if letter == "\n" or unicodedata.category(letter) not in {"Cc", "Cs"})


def _tidy(text: str) -> str:
    """No control characters but line ends, no trailing spaces, at most one empty line in a row."""
    lines = "\n".join(line.rstrip() for line in _printable(text).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"


@lru_cache(maxsize=64)
def _mailbox(mailbox: str) -> str:
    name, address = parseaddr(mailbox)
    return formataddr((one_line(name), address))


def _body(mark: str, text: str, html: str, attachments: tuple[Attachment, ...]) -> list[bytes | Hole]:
    parts = [_part("text/plain", text, mark), _part("text/html", html, mark)]
    body = _multipart("alternative", mark, parts)
    return _multipart("mixed", f"{mark}m", [body, *map(_attached, attachments)]) if attachments else body


def _part(media_type: str, text: str, mark: str) -> list[bytes | Hole]:
    """A text in quoted-printable, which reads as it stands and is encoded by C code, open where the recipient's lines go."""
    head = f"Content-Type: {media_type}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    pieces = re.split(rf"{mark}([a-z]+?)x", text)
    part: list[bytes | Hole] = [head.encode(), _quoted(pieces[0])]
    for name, after in zip(pieces[1::2], pieces[2::2], strict=True):
        part += [_SOFT_BREAK, Hole(name, media_type == "text/html"), _SOFT_BREAK, _quoted(after)]
    return part


def _filled(hole: Hole, own: Mapping[str, str]) -> bytes:
    return _quoted(escape(own[hole.name]) if hole.is_html else own[hole.name])


def _quoted(text: str) -> bytes:
    plain = text.encode("utf-8", "replace")
    return binascii.b2a_qp(plain, istext=True).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _attached(attachment: Attachment) -> list[bytes | Hole]:
    name = re.sub(r"[^A-Za-z0-9._-]", "_", attachment.name)
    head = (
        f"Content-Type: {attachment.media_type}\r\nContent-Transfer-Encoding: base64\r\n"
        f'Content-Disposition: attachment; filename="{name}"\r\n\r\n'
    )
    return [head.encode() + base64.encodebytes(attachment.content).replace(b"\n", b"\r\n")]


def _multipart(subtype: str, mark: str, parts: list[list[bytes | Hole]]) -> list[bytes | Hole]:
    boundary = f"=_{mark}"  # `=_` can't stand in quoted-printable or base64
    line = f"--{boundary}".encode()
    whole: list[bytes | Hole] = [f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n\r\n'.encode()]
    for part in parts:
        whole += [line + b"\r\n", *part, b"\r\n"]
    return [*whole, line + b"--\r\n"]


def _has_control(text: str) -> bool:
    return any(unicodedata.category(letter) == "Cc" for letter in text)
