"""What each kind of message puts in its template: a notification's content → the names that the template says; pure.

A new kind is a folder of `templates/` and one line in `CONTEXTS`.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from contracts.vocabulary import ReleaseTag
from notifier import links, phrases
from notifier.headers import LONGEST_ID, Forged, Sender, mailbox, plain
from notifier.news import News

Context: TypeAlias = dict[str, Any]


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
    if any(not plain(value) or len(value) > LONGEST_ID for value in values):
        raise Forged("an address or Message-ID of the thread is not fit for a mail header")
    thread = {"Reply-To": ",\r\n ".join(map(mailbox, content["reply_to"]))} if content["reply_to"] else {}
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
