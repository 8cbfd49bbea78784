"""What the page and the API of public sign-up share: whose service it is, how often, and what was agreed to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request

from api.accounts.models import FIRST_ORGANISATION
from api.dependencies import Services
from api.languages import N_, gettext
from api.limits import SAME_ADDRESS, SIGN_UP
from api.problems import Problem
from api.programs import program_aliases
from notifier.addresses import normal_address
from notifier.signup import sign_up

CONSENT = N_(
    "This is my address, and I agree to receive alerts about postings at it. I can unsubscribe at any time with one click."
)
LANGUAGES = (("en", "English"), ("fr", "Français"))
CLOSED = N_("This service takes no sign-ups from outside; ask someone who uses it to sign you up.")


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks to hear of: an address, a search and, if they like, a program line and how to be told."""

    address: str
    query: str = ""
    program: str = ""
    choices: Mapping[str, Any] = field(default_factory=dict)

    @property
    def whole_query(self) -> str:
        """The search with the program line in it."""
        return f"program:{self.program} {self.query}".strip() if self.program else self.query


def wish(request: Request, here: Services, wanted: Wish, *, source: str) -> None:
    """Note it and mail the question. Raises InvalidAddress, QueryError, BadRhythm, and Problem 404 or 429.

    What is refused depends only on what was sent and how often, never on what is known of the address.
    """
    if not here.settings.public_sign_up:
        raise Problem(404, CLOSED)
    caller = request.client.host if request.client else ""
    request.app.state.limiter.spend(SIGN_UP, f"sign-up caller {caller}")
    address = normal_address(wanted.address)
    request.app.state.limiter.spend(SAME_ADDRESS, f"sign-up address {address.lower()}")
    with here.database.write() as session:
        sign_up(
            session,
            organisation_id=FIRST_ORGANISATION,
            address=address,
            query=wanted.whole_query,
            now=here.clock(),
            source=source,
            wording=gettext(CONSENT),  # as the page showed it
            programs=program_aliases(),
            choices=wanted.choices,
        )
