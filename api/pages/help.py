"""Help: the searches one can write, the keys one may press, and the switch that turns keys off (WCAG 2.2, 2.1.4)."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from api.accounts.gate import is_https
from api.dependencies import Here
from api.forms import done
from api.languages import N_
from api.rendering import KEYS_COOKIE, render

router = APIRouter(include_in_schema=False)

YEAR = 365 * 86_400  # seconds
# a search that can be written, and what it finds
SEARCHES = (
    ("occupational rehab", N_("both words, in any order; endings and accents do not matter")),
    ('"work conditioning"', N_("these words next to each other")),
    ("physio OR kinesiology", N_("either of them")),
    ("rehab -construction", N_("the first and not the second")),
    ("(physio OR kine) clinic", N_("brackets group")),
    ("program:OR2", N_("a program line by any of its names, and its successor")),
    ('buyer:"interior health"', N_("words of the buyer’s name")),
    ("number:048-2024", N_("a number in any spelling")),
    ("status:open type:RFP", N_("what the portal says of it")),
    ("closes<14d", N_("closing within fourteen days; h for hours, w for weeks")),
    ("closes>2026-12-01", N_("closing after a day")),
)
KEYS = (
    ("/", N_("to the search box")),
    ("j", N_("next in a list")),
    ("k", N_("previous in a list")),
    ("g h", N_("Today")),
    ("g t", N_("Tenders")),
    ("g p", N_("Pipeline")),
    ("g c", N_("Contracts")),
    ("g q", N_("Ask")),
    ("g a", N_("Alerts")),
    ("g s", N_("Sources")),
    ("y", N_("confirm the term that is shown")),
    ("n", N_("mark the term that is shown as wrong")),
    ("?", N_("this page")),
)


@router.get("/help")
async def help_(request: Request) -> Response:
    """What can be searched for and pressed."""
    return render(request, "help.html", searches=SEARCHES, keys=KEYS)


@router.post("/help/keys")
async def switch(here: Here, on: Annotated[str, Form(max_length=5)] = "") -> Response:
    """Switch the keys on or off in this browser."""
    answer = done("/help", "saved")
    answer.set_cookie(
        KEYS_COOKIE,
        "on" if on == "yes" else "off",
        max_age=YEAR,
        path="/",
        secure=is_https(here.settings),
        httponly=True,
        samesite="lax",
    )
    return answer
