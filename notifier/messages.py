"""Notification → the bytes of a mail. What all recipients share is rendered once; a recipient's own lines are put in after.

Scraped text is hostile: `headers` makes it safe for a header, in HTML it is escaped.
"""

import base64
import binascii
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import css_inline
import jinja2

from notifier import links, phrases
from notifier.contexts import CONTEXTS
from notifier.explain import why
from notifier.headers import FIELD_NAME, Forged, Sender, check, encoded, mailbox, one_line, plain
from notifier.news import News

__all__ = ["Attachment", "Hole", "Letter", "Recipient", "Sender", "compose", "message_id"]

_OWN = ("unsubscribe", "manage", "confirm", "why", "address")  # lines that are each recipient's own
_SOFT_BREAK = b"=\r\n"
_SUBJECT = 150  # characters; a phone shows 40, so the headline and the number come first


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
    news: News | None = None  # what it tells of, where that is one tender

    def to(self, recipient: Recipient, *, now: datetime) -> bytes:
        """The finished message for one recipient; raises Forged for an address or id that is no plain header text."""
        own = self._own_lines(recipient, now)
        head = self._head(recipient, own["unsubscribe"], now=now)
        raw = "".join(f"{name}: {value}\r\n" for name, value in head.items()).encode("ascii")
        if [match.decode() for match in FIELD_NAME.findall(raw)] != list(head):
            raise Forged("the message would carry headers that nobody wrote")
        return raw + b"".join(part if isinstance(part, bytes) else _filled(part, own) for part in self.body)

    def readable(self, recipient: Recipient, *, now: datetime, html: bool = False) -> str:
        """The text of one recipient's copy, or its page, as it reads."""
        own = self._own_lines(recipient, now)
        filled = self.html if html else self.text
        for name, value in own.items():
            filled = filled.replace(f"{self.mark}{name}x", escape(value) if html else value)
        return filled

    def _own_lines(self, recipient: Recipient, now: datetime) -> dict[str, str]:
        say = phrases.translator(self.language)
        own = dict.fromkeys(_OWN, "") | {"address": recipient.address, "why": one_line(recipient.query or say("everything"))}
        if self.news is not None and (found := phrases.found(why(recipient.query, self.news), self.language)):
            own["why"] += f" ({one_line(found)})"
        if recipient.subscription_id is None:
            return own
        place, identity, secret = self.sender.public_url, recipient.subscription_id, self.sender.secret
        if self.asks:
            own["confirm"] = links.confirm_url(place, identity, secret=secret, now=now)
        return own | {
            "unsubscribe": links.unsubscribe_url(place, identity, secret=secret),
            "manage": links.manage_url(place, identity, secret=secret),
        }

    def _by_mail(self, recipient: Recipient) -> str:
        if not self.sender.mailbox or recipient.subscription_id is None:
            return ""
        return links.unsubscribe_mailto(self.sender.mailbox, recipient.subscription_id, secret=self.sender.secret)

    def _head(self, recipient: Recipient, unsubscribe: str, *, now: datetime) -> dict[str, str]:
        for value in (recipient.address, recipient.message_id, unsubscribe):
            if not plain(value):
                raise Forged(f"not fit for a mail header: {value[:80]!r}")
        head = {
            "From": mailbox(self.sender.mail_from),
            "To": recipient.address,
            "Subject": encoded("Subject", self.subject),
            "Date": format_datetime(now),
            "Message-ID": recipient.message_id,
        }
        if self.thread is None:
            head |= {"Auto-Submitted": "auto-generated", "List-Id": self.list_id}
        head |= self.thread or {}
        if unsubscribe:
            head["List-Unsubscribe"] = ",\r\n ".join(f"<{way}>" for way in (unsubscribe, self._by_mail(recipient)) if way)
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
        "own": {name: f"{mark}{name}x" for name in _OWN},
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
        news=context.get("news"),
    )
    check(letter.to(Recipient("someone@example.org", "<check@example.org>"), now=now))
    return letter


def message_id(key: str, address: str, *, sender: Sender) -> str:
    """The Message-ID of a delivery: the same for every attempt, so that a repeat can be recognised.

    Keyed by the sender's secret: who has not had the mail can't name it in a forged bounce.
    """
    digest = hmac.new(sender.secret.encode(), f"{key}\n{address}".encode(), hashlib.sha256).hexdigest()
    return f"<{digest[:40]}@{sender.domain}>"


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
