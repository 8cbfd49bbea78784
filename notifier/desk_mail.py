"""What the mails about desks are rendered from: the card that answers a mailed question, and the reminder that a desk is silent."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from notifier import phrases
from notifier.headers import Sender

_PLAIN_ID = re.compile(r"<[!-;=?-~]{1,250}>")
_STEPS = {
    "remind": "No answer for {days} business days",
    "escalate": "Still no answer after {days} business days",
}
_ADVICE = {
    "remind": "Ask again, telephone, or escalate it; if the answer came another way, write it down and close the enquiry.",
    "escalate": "The person who asked was reminded and the desk is still silent. Somebody with more weight should call.",
}
_REASONS = {
    "remind": "You get this because {address} asked this question.",
    "escalate": "You get this because {address} is an owner of this organisation.",
}


def card(content: Mapping[str, Any], sender: Sender, language: str, _now: datetime) -> dict[str, Any]:
    """The answer to a mailed question: an automatic reply in its thread (RFC 3834)."""
    say = phrases.translator(language)
    thread = {"Auto-Submitted": "auto-replied"}
    if _PLAIN_ID.fullmatch(content["in_reply_to"]):
        thread |= {"In-Reply-To": content["in_reply_to"], "References": content["in_reply_to"]}
    if content["desk"] is None:
        headline = say("No desk fits for certain: here are all of them")
    else:
        headline = say("Most likely: {desk}" if content["unsure"] else "Ask {desk}", desk=content["desk"])
    draft = content["draft"]["body"] if content["draft"] else ""
    return {
        "card": content,
        "headline": headline,
        "lines": lambda one: _lines(one, say),
        "paragraphs": [paragraph.split("\n") for paragraph in re.split(r"\n{2,}", draft.strip())],
        "link": f"{sender.public_url.rstrip('/')}/enquiries/{content['enquiry']}",
        "thread": thread,
    }


def follow_up(content: Mapping[str, Any], sender: Sender, language: str, _now: datetime) -> dict[str, Any]:
    """A desk has been silent for too long; `step` is remind or escalate."""
    say, step = phrases.translator(language), content["step"]
    return {
        "notice": content,
        "headline": say(_STEPS[step], days=content["days"]),
        "advice": say(_ADVICE[step]),
        "asked": phrases.moment(datetime.fromisoformat(content["asked_at"]), None, language),
        "reason": say(_REASONS[step], address=content["to"]),
        "link": f"{sender.public_url.rstrip('/')}/enquiries/{content['enquiry']}",
    }


def _lines(one: Mapping[str, Any], say: Callable[..., str]) -> Iterator[tuple[str, str]]:
    """A card's facts with their names; what is not published says so."""
    blank = say("not published: add it")
    within = f" ({one['toll_free_within']})" if one["toll_free_within"] else ""
    yield say("Telephone"), one["phone"] or (blank if not one["toll_free"] else "-")
    if one["toll_free"]:
        yield say("Toll-free"), one["toll_free"] + within
    yield say("E-mail"), one["email"] or blank
    yield say("Hours"), one["hours"] or blank
    if one["source"]:
        yield say("Source"), f"{one['source']}, {one['verified'] or say('undated')}"
