"""One tender with everything that was recorded of it, what the clinic decided, and ways to take it along."""

import json
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import charts
from api.dependencies import Here, Me
from api.languages import N_
from api.presentation import HOME_ZONE
from api.problems import Problem
from api.programs import program_words
from api.rendering import render
from contracts import pursuits
from crawler import export as exporting
from crawler import publishing, store
from crawler.models import Tender

router = APIRouter(include_in_schema=False)

ALONE_AS = {"ics": N_("calendar"), "ocds": N_("OCDS")}
FILES = {"ics": ("ics", "text/calendar; charset=utf-8"), "ocds": ("json", "application/json")}


@router.get("/tenders/{ocid}/export/{form}")
async def export(here: Here, ocid: str, form: str) -> Response:
    """One tender for a calendar, or with all its releases as an OCDS package."""
    with here.database.read() as session:
        found = store.tender(session, ocid)
        if found is None or found.is_program or form not in ALONE_AS:
            raise Problem(404, "A tender that is recorded here can be had as ics or as ocds; this is neither.")
        told = [entry.release for entry in reversed(store.history(session, ocid))]
    now = here.clock()
    ending, media_type = FILES[form]
    headers = {"Content-Disposition": f'attachment; filename="tender.{ending}"'}
    if form == "ics":
        return Response(exporting.calendar([found], now=now), media_type=media_type, headers=headers)
    uri = f"{here.settings.public_url.rstrip('/')}/tenders/{quote(ocid, safe='')}/export/ocds"
    package = publishing.package([(found, told)], uri=uri, publisher="Bidkeeper", now=now)
    return Response(json.dumps(package, ensure_ascii=False), media_type=media_type, headers=headers)


@router.get("/tenders/{ocid}")
async def tender(request: Request, here: Here, me: Me, ocid: str) -> Response:
    """One tender: its facts, what changed and where that was seen, its documents and sightings, and our own decision."""
    with here.database.read() as session:
        found = store.tender(session, ocid)
        if found is None:
            raise Problem(404, "No tender with this id was ever recorded here; look for it in the list.")
        releases = store.history(session, ocid)
        sightings = store.sightings(session, ocid)
        documents = store.documents(session, found)
        pursuit = pursuits.of_tender(session, ocid, organisation_id=me.organisation_id)
    times = [(found.published_at, "published"), (found.closes_at, "closes"), (here.clock(), "now")]
    times += [(entry.release.date, "told" if entry.release.news else "recorded") for entry in releases]
    return render(
        request,
        "tender.html",
        tender=found,
        documents=documents,
        kept_at={one.url: one for one in documents if one.superseded_at is None},
        releases=releases,
        sightings=sightings,
        pursuit=pursuit,
        points=charts.line([(at, kind) for at, kind in times if at is not None]),
        follow=f"/subscribe?{urlencode({'query': _own_search(found)})}",
        home_zone=HOME_ZONE,
        program_words=program_words(),
        exports=[(word, f"/tenders/{quote(ocid, safe='')}/export/{form}") for form, word in ALONE_AS.items()],
    )


def _own_search(tender: Tender) -> str:
    """A search that finds this tender alone, as far as its number goes."""
    return f'number:"{tender.number}"' if tender.number else f'title:"{tender.title.replace(chr(34), " ")}"'
