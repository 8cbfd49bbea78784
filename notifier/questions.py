"""A mail to the address for questions → what is asked in it, or why nobody answers it; pure.

A text is what somebody wants, never an instruction. Machines are never answered (RFC 3834), so that no two of them talk to each other
for ever, and only mail that is what it says it is: one sender, and where our own server stamps what it checked (RFC 8601), a pass.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from email.utils import getaddresses

from notifier import replies
from notifier.mailbox import Mail
from notifier.plaintext import own_words, plain

_PLAIN_ID = re.compile(r"<[!-;=?-~]{1,250}>")
_LISTS = ("List-Id", "List-Unsubscribe", "X-Autoreply", "X-Loop", "X-Auto-Response-Suppress")
LONGEST_QUESTION = 20_000
EVERYTHING = LONGEST_QUESTION  # own words below which what is quoted is read too: no mail has so many


@dataclass(frozen=True)
class Asked:
    """A question: `words` are the sender's own, `whole` has what they pass on too; `message_id` is empty where it is no plain one."""

    sender: str
    subject: str
    words: str
    whole: str
    message_id: str


@dataclass(frozen=True)
class Unanswered:
    """A mail to us that gets no answer, and why."""

    why: str


def asks_at(mailbox: str) -> str:
    """The address for questions at a mailbox that takes plus-addresses (RFC 5233); empty without a mailbox."""
    local, at, domain = mailbox.rpartition("@")
    return f"{local}+ask@{domain}" if at else ""


def read(mail: Mail, *, address: str, ours: Collection[str] = (), stamped_by: str = "") -> Asked | Unanswered | None:
    """The question in a mail to `address`; None for mail to somebody else.

    `ours` are addresses that we write from; `stamped_by` names the server whose Authentication-Results are believed.
    """
    if not address or address.casefold() not in {one.casefold() for one in mail.recipients}:
        return None
    senders = [one for _, one in getaddresses([mail.header("From")]) if one]
    try:
        reply = replies.read(mail.raw)
    except replies.UnreadableMail as error:
        return Unanswered(str(error))
    if why := _not_to_be_answered(mail, reply.kind, senders, ours=ours, stamped_by=stamped_by):
        return Unanswered(why)
    text = f"{reply.subject}.\n{plain(replies.body(mail.message))}\n"
    identity = mail.header("Message-ID")
    return Asked(
        sender=senders[0],
        subject=reply.subject,
        words=own_words(text, fewest=1)[:LONGEST_QUESTION],
        whole=own_words(text + _attached(mail), fewest=EVERYTHING)[:LONGEST_QUESTION],
        message_id=identity if _PLAIN_ID.fullmatch(identity) else "",
    )


def _not_to_be_answered(mail: Mail, kind: str, senders: list[str], *, ours: Collection[str], stamped_by: str) -> str:
    """Why an answer could go astray or round in circles; empty where it could not."""
    by_machine = kind != "in" or any(mail.header(name) for name in _LISTS) or mail.header("Return-Path") == "<>"
    from_us = {one.casefold() for one in senders} & {one.casefold() for one in ours}
    reasons = (
        (len(senders) != 1, "it does not name one sender"),
        (by_machine, "a machine or a list sent it"),
        (bool(from_us), "it comes from ourselves"),
        (
            bool(stamped_by) and len(senders) == 1 and not _genuine(mail, senders[0], stamped_by),
            f"{stamped_by} did not find its sender genuine",
        ),
    )
    return next((why for holds, why in reasons if holds), "")


def _genuine(mail: Mail, sender: str, stamped_by: str) -> bool:
    """Whether the newest stamp of this server passes DMARC, or passes DKIM for the sender's own domain."""
    domain = sender.rpartition("@")[2].casefold()
    for value in map(str, mail.message.get_all("Authentication-Results", [])):
        server, _, results = value.partition(";")
        if server.split()[:1] == [stamped_by]:
            said = " ".join(results.casefold().split())
            signed = re.findall(r"dkim=pass[^;]*?header\.[di]=@?([\w.-]+)", said)
            return "dmarc=pass" in said or domain in signed
    return False


def _attached(mail: Mail) -> str:
    """The text of mails that were forwarded as attachments."""
    parts = [part for part in mail.message.walk() if part.get_content_type() == "message/rfc822"]
    inner = [held for part in parts for held in part.iter_parts()]
    return "\n".join(f"{replies.header(one, 'Subject')}.\n{plain(replies.body(one))}" for one in inner)
