"""What the pages about enquiries call states, messages and personal data, and what each of them needs."""

from typing import Annotated, Any

from fastapi import Form
from sqlmodel import Session

from api.dependencies import Principal, Services
from api.languages import N_
from api.problems import Problem
from notifier import enquiries
from notifier.models import Enquiry

STATE_WORDS = {"draft": N_("Draft"), "asked": N_("Waiting"), "answered": N_("Answered"), "closed": N_("Closed")}
STATE_TONES = {"draft": "info", "asked": "warn", "answered": "good", "closed": "quiet"}
MESSAGE_WORDS = {
    "out": N_("Sent"),
    "in": N_("Answer"),
    "call": N_("Telephone call"),
    "automatic": N_("Automatic reply"),
    "bounce": N_("Returned by a mail server"),
    "note": N_("Note"),
}
KIND_WORDS = {
    "sin": N_("social insurance number"),
    "phn": N_("personal health number"),
    "claim": N_("claim number"),
    "worker": N_("name"),
    "bank": N_("bank number"),
    "birth": N_("date of birth"),
    "phone": N_("telephone number"),
    "email": N_("mail address"),
    "address": N_("street address"),
}
CORRECTION_WORDS = {"proposed": N_("proposed"), "accepted": N_("accepted"), "rejected": N_("rejected")}
WORDS: dict[str, Any] = {
    "CORRECTION_WORDS": CORRECTION_WORDS,
    "STATE_WORDS": STATE_WORDS,
    "STATE_TONES": STATE_TONES,
    "MESSAGE_WORDS": MESSAGE_WORDS,
    "KIND_WORDS": KIND_WORDS,
}
Text = Annotated[str, Form(max_length=25_000)]
Line = Annotated[str, Form(max_length=600)]
Ticked = Annotated[list[str] | None, Form()]


def own(session: Session, enquiry_id: int, me: Principal) -> Enquiry:
    """The enquiry of this number, if it is this organisation's."""
    row = enquiries.find_one(session, enquiry_id, organisation_id=me.organisation_id)
    if row is None:
        raise Problem(404, "There is no such enquiry.")
    return row


def titles(here: Services) -> dict[str, str]:
    """Each desk's key with its name."""
    return {desk.key: desk.title for desk in here.book().router.desks}


def clean(text: str) -> str:
    """What was typed, as it can be stored."""
    return text.replace("\0", "")  # PostgreSQL stores no NUL
