"""What each kind of message puts in its template: a notification's content → the names that the template says; pure.

A new kind is a folder of `templates/` and one line in `CONTEXTS`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeAlias

from contracts.vocabulary import ReleaseTag
from notifier import desk_mail, digests, links, phrases
from notifier.headers import LONGEST_ID, Forged, Sender, mailbox, plain
from notifier.news import News

Context: TypeAlias = dict[str, Any]

_DUTIES = {
    "expiration_date": "A contract runs out.",
    "notice_period_to_terminate_renewal": "The last day to give notice comes near.",
    "option_to_renew": "An option to renew has to be decided.",
    "insurance_evidence": "A certificate of insurance is due.",
    "credential": "A credential has to be renewed.",
}


def _news(content: Mapping[str, Any], sender: Sender, language: str, now: datetime) -> Context:
    news = News.from_json(dict(content))
    return {
        "news": news,
        "headline": phrases.headline(news, language),
        "lead": phrases.lead(news, language),
        "name": " ".join(filter(None, (news.number, news.title))),
        "steps": phrases.steps(news, language),
        "closing": phrases.closing(news, language),
        "left": phrases.left(news, now, language),
        "link": links.tender_url(sender.public_url, news.ocid),
        "of_program": news.tag is ReleaseTag.PROGRAM_UPDATE,
    }


def _reminder(content: Mapping[str, Any], sender: Sender, language: str, now: datetime) -> Context:
    """`lead` says how long before the closing this one comes: days as a number, hours as `3h`."""
    context, say = _news(content, sender, language, now), phrases.translator(language)
    by_the_hour = str(content.get("lead", "")).endswith("h")
    left = phrases.hours_left(context["news"], now, language) if by_the_hour else context["left"]
    return context | {
        "headline": say("Closes {left}", left=left),
        "lead": say("A reminder: bids that arrive after the closing are not read."),
        "left": left,
    }


def _digest(content: Mapping[str, Any], sender: Sender, language: str, now: datetime) -> Context:
    entries = [_entry(item["kind"], item["content"], sender, language, now) for item in content["items"]]
    summary = ", ".join(digests.summary(entries, phrases.translator(language)))
    return _bids(entries, sender, language) | {"summary": summary, "tells": True}


def _open(content: Mapping[str, Any], sender: Sender, language: str, now: datetime) -> Context:
    """`items` are the contents of news, `count` how many there were in all."""
    entries = [_entry("news", item, sender, language, now) for item in content["items"]]
    shown = _bids(entries, sender, language)
    return shown | {"count": content["count"], "more": shown["more"] + content["count"] - len(entries), "tells": False}


def _bids(entries: Sequence[digests.Entry], sender: Sender, language: str) -> Context:
    groups = digests.grouped(entries, other=phrases.translator(language)("Other calls"))
    more = len({entry.news.ocid for entry in entries}) - sum(len(group.bids) for group in groups)
    return {"groups": groups, "more": more, "link": f"{sender.public_url.rstrip('/')}/tenders"}


def _entry(kind: str, content: Mapping[str, Any], sender: Sender, language: str, now: datetime) -> digests.Entry:
    said = CONTEXTS[kind](content, sender, language, now)
    return digests.Entry(
        news=said["news"],
        sort=kind if kind == "reminder" else said["news"].tag.value,
        headline=said["headline"],
        steps=tuple(said["steps"]),
        closing=said["closing"],
        left=said["left"],
        link=said["link"],
    )


def _obligation(content: Mapping[str, Any], sender: Sender, language: str, now: datetime) -> Context:
    """Something that a contract makes due on the day `due` (ISO 8601), for the whole day on the clinic's wall."""
    due = date.fromisoformat(content["due"])
    return {
        "duty": {**content, "title": sender.say(content["title"], language), "basis": sender.say(content["basis"], language)},
        "lead": phrases.translator(language)(_DUTIES.get(content["kind"], "Something that the contract asks for is due.")),
        "day": phrases.day(due, language),
        "short_day": phrases.short_day(due, language),
        "left": phrases.days_left(due, now, language),
        "link": f"{sender.public_url.rstrip('/')}/obligations",
    }


def _channel_off(content: Mapping[str, Any], sender: Sender, language: str, _now: datetime) -> Context:
    return {
        "target": content["target"],
        "query": content["query"] or phrases.translator(language)("everything"),
        "days": content["days"],
        "since": phrases.moment(datetime.fromisoformat(content["since"]), None, language),
        "reason": content["reason"],
        "link": f"{sender.public_url.rstrip('/')}/alerts",
    }


def _health(content: Mapping[str, Any], sender: Sender, language: str, _now: datetime) -> Context:
    at, reason = datetime.fromisoformat(content["at"]), content["reason"]
    return {
        "health": {**content, "reason": sender.say(reason, language) if reason else reason},
        "since": phrases.moment(at, None, language),
        "link": f"{sender.public_url.rstrip('/')}/sources",
    }


def _outbox_audit(content: Mapping[str, Any], sender: Sender, _language: str, _now: datetime) -> Context:
    return {"audit": content, "link": f"{sender.public_url.rstrip('/')}/deliveries"}


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


def _invitation(content: Mapping[str, Any], sender: Sender, language: str, now: datetime) -> Context:
    return _sign_in(content, sender, language, now) | {"by": content["by"]}


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
    "digest": _digest,
    "open": _open,
    "obligation": _obligation,
    "channel_off": _channel_off,
    "health": _health,
    "outbox_audit": _outbox_audit,
    "confirm": _confirm,
    "sign_in": _sign_in,
    "invitation": _invitation,
    "enquiry": _enquiry,
    "payee_change": _payee_change,
    "desk_card": desk_mail.card,
    "follow_up": desk_mail.follow_up,
}
