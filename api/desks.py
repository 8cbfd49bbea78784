"""The desks and contacts in use here: the shipped ones, and those of the operator's own file."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlmodel import Session

from api.settings import Settings
from notifier import enquiries, proposals
from notifier.contacts import SHIPPED as CONTACTS
from notifier.contacts import ContactPoint, as_object, contact_for
from notifier.contacts import load as load_contacts
from notifier.desks import Desk
from notifier.desks import load as load_desks
from notifier.routed import Route

if TYPE_CHECKING:  # numpy and the model are loaded with the first question, not with every process
    from notifier.corrections import Corrections
    from notifier.routing import Router


@dataclass(frozen=True)
class Book:
    """The router and the contacts in use."""

    router: "Router"
    contacts: tuple[ContactPoint, ...]

    @classmethod
    def open(cls, path: Path | None) -> "Book":
        """The shipped desks and contacts, with those of an operator's file (desks and contacts stand in one file)."""
        from notifier.routing import Router  # noqa: PLC0415 - see above

        more = (path,) if path else ()
        return cls(Router.of(load_desks(*more)), load_contacts(CONTACTS, *more))

    def desk(self, key: str) -> Desk | None:
        """The desk of a key."""
        return next((desk for desk in self.router.desks if desk.key == key), None)

    def cards(self, *, now: datetime) -> list[dict[str, Any]]:
        """Every desk with how to reach it, null where not published, then contacts that are no desk; `open_now` is at this moment."""
        desks = [(desk, contact_for(desk.key, self.contacts) or ContactPoint(desk.key, desk.title)) for desk in self.router.desks]
        others = [(None, contact) for contact in self.contacts if self.desk(contact.desk) is None]
        return [
            as_object(contact, now=now, at_hand=desk.at_hand if desk else ())
            | {"title": desk.title if desk else contact.name, "answers": desk.answers if desk else ""}
            for desk, contact in (*desks, *others)
        ]

    def of(self, session: Session, organisation_id: int) -> "Book":
        """The book as this organisation sees it: with the numbers it accepted from program pages, and the corrections it accepted."""
        contacts = proposals.in_use(session, self.contacts, organisation_id=organisation_id)
        accepted = enquiries.corrections(session, organisation_id=organisation_id, correction="accepted")
        examples = tuple((row.question, row.right_desk) for row in accepted if row.right_desk)
        return replace(self, contacts=contacts, router=replace(self.router, corrections=_remembered(examples)))

    def route(self, question: str) -> Route:
        """The desk that a question belongs to."""
        from notifier.routing import route  # noqa: PLC0415 - see above

        return route(question, router=self.router)

    def document(self, found: Route, *, now: datetime) -> dict[str, Any]:
        """The route as the command line's JSON (DESIGN §5)."""
        contact, desk = contact_for(found.desk, self.contacts), self.desk(found.desk)
        return {
            "route": found.desk,
            "also": list(found.also),
            "confidence": found.confidence,
            "why": list(found.why),
            "contact": as_object(contact, now=now, at_hand=desk.at_hand if desk else ()) if contact else None,
        }


@lru_cache(maxsize=256)
def _remembered(examples: tuple[tuple[str, str], ...]) -> "Corrections | None":
    from notifier.corrections import Corrected, Corrections  # noqa: PLC0415 - see above
    from notifier.linear import shipped  # noqa: PLC0415 - see above

    return Corrections.of((Corrected(*one) for one in examples), shipped()) if examples else None


def own_desks(settings: Settings) -> Path | None:
    """The operator's file of desks and contacts, if the data folder has one."""
    path = settings.data / "desks.toml"
    return path if path.exists() else None
