"""Every desk: how to reach it, as a page to print and as vCards; and what program pages say differently, to be decided."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.dependencies import Here, Me
from api.forms import done
from api.languages import N_
from api.problems import Problem
from api.rendering import render
from notifier import proposals
from notifier.contacts import contact_for, is_open, next_opening, vcard, vcards

router = APIRouter(include_in_schema=False)

KINDS = {
    "added": N_("New on the page"),
    "removed": N_("Gone from the page"),
    "contact": N_("Another desk"),
    "phone": N_("Telephone"),
    "email": N_("Mail address"),
}


@router.get("/contacts")
async def contacts(request: Request, here: Here, me: Me) -> Response:
    """All desks, and the proposals that wait."""
    with here.database.read() as session:
        book = here.book().of(session, me.organisation_id)
        waiting = proposals.proposals(session, organisation_id=me.organisation_id, state="proposed")
    return render(
        request,
        "contacts.html",
        contacts=book.contacts,
        desk_of=book.desk,
        titles={desk.key: desk.title for desk in book.router.desks},
        waiting=waiting,
        KINDS=KINDS,
        is_open=is_open,
        next_opening=next_opening,
    )


@router.get("/contacts.vcf")
async def all_cards(here: Here, me: Me) -> Response:
    """Every desk that can be reached, in one file."""
    with here.database.read() as session:
        book = here.book().of(session, me.organisation_id)
    return _card(vcards(book.contacts), "contacts")


@router.get("/contacts/{desk}.vcf")
async def one_card(here: Here, me: Me, desk: str) -> Response:
    """One desk's card."""
    with here.database.read() as session:
        contact = contact_for(desk, here.book().of(session, me.organisation_id).contacts)
    if contact is None:
        raise Problem(404, "There is no such desk; /contacts shows all of them.")
    return _card(vcard(contact), contact.desk)


@router.post("/contacts/proposals/{proposal_id}/{verdict}")
async def decide(here: Here, me: Me, proposal_id: int, verdict: str) -> Response:
    """Accept or reject what a page says differently."""
    if verdict not in {"accept", "reject"}:
        raise Problem(404, "A proposal can be accepted or rejected; there is nothing else at this address.")
    with here.database.write() as session:
        found = proposals.find_one(session, proposal_id, organisation_id=me.organisation_id)
        if found is None:
            raise Problem(404, "There is no such proposal.")
        try:
            proposals.decide(session, found, accept=verdict == "accept", by=me.name, now=here.clock())
        except proposals.Decided as error:
            raise Problem(409, f"{error}.") from None
    return done("/contacts", "saved")


def _card(text: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.vcf"'}
    return Response(text, media_type="text/vcard; charset=utf-8", headers=headers)
