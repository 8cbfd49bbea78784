"""How every message looks, in every state and language: the mail's page in a sandbox, its text beside it."""

from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from api.dependencies import Here, Me, Principal, Services
from api.outgoing import sender
from api.problems import Problem
from api.rendering import render
from api.security import CONTENT_SECURITY_POLICY
from api.signing_up import LANGUAGES
from notifier.messages import Letter, Recipient, compose
from notifier.samples import NOW, SAMPLES

router = APIRouter(include_in_schema=False)

READER = Recipient("reader@clinic.example", "<sample@clinic.example>", 1, "program:OR2 rehabilitation")
# what the sandboxed page may do: show itself, inside our own page and nowhere else
SANDBOX = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox",
    "X-Frame-Options": "SAMEORIGIN",
}

Language = Literal["en", "fr"]


@router.get("/messages")
async def listed(request: Request, me: Me) -> Response:
    """Every kind of message and its states."""
    _may(me)
    return render(request, "messages.html", samples=SAMPLES, languages=LANGUAGES)


@router.get("/messages/{kind}/{number}/{language}")
async def shown(request: Request, here: Here, me: Me, kind: str, number: int, language: Language) -> Response:
    """One message as its reader gets it."""
    _may(me)
    letter, state = _letter(here, kind, number, language)
    return render(
        request,
        "message.html",
        headers={"Content-Security-Policy": f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"},
        kind=kind,
        state=state,
        number=number,
        message_language=language,
        languages=LANGUAGES,
        subject=letter.subject,
        text=letter.readable(READER, now=NOW),
    )


@router.get("/messages/{kind}/{number}/{language}/page")
async def page(here: Here, me: Me, kind: str, number: int, language: Language) -> Response:
    """The mail's own page, for the sandbox."""
    _may(me)
    letter, _ = _letter(here, kind, number, language)
    return HTMLResponse(letter.readable(READER, now=NOW, html=True), headers=SANDBOX)


def _may(me: Principal) -> None:
    if not me.writes:
        raise Problem(403, "Only who works here looks at the messages before they are sent.")


def _letter(here: Services, kind: str, number: int, language: str) -> tuple[Letter, str]:
    states = list(SAMPLES.get(kind, {}))
    if not 0 <= number < len(states):
        raise Problem(404, "There is no such message.")
    content = SAMPLES[kind][states[number]]
    return compose(kind, content, sender=sender(here.settings), now=NOW, language=language), states[number]
