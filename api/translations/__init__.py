"""The texts of pages in other languages: one catalogue a language, compiled when it is first wanted.

`make messages` collects what templates and Python mark and brings the catalogues up to date; what is new stands there with an
empty text until somebody translates it, and a test fails as long as one is missing.
"""

import re
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from api.translations import rooms
from contracts import pipeline
from crawler import health
from notifier import lifecycle
from notifier.desks import load
from notifier.samples import SAMPLES

HERE = Path(__file__).parent

HOLE = re.compile(r"\{\w+\}")
METHODS = [("templates/**.html", "jinja2"), ("**.py", "python")]
OPTIONS = {"templates/**.html": {"newstyle_gettext": "true", "silent": "false"}}
# a refusal's second argument is its sentence; a page looks it up when it shows it
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2), "counted": (1, 2), "Problem": (2,)}
# sentences that stand in the rooms, which know nothing of pages; a page looks them up when it shows them
ROOM_TEXTS = (
    *lifecycle.OUTCOMES.values(),
    *health.ADVICE.values(),
    *pipeline.CHECKLIST,
    *pipeline.SENTENCES,
    *(state for states in SAMPLES.values() for state in states),
    *(text for desk in load() for text in (desk.answers, *desk.at_hand)),
)


def path(language: str) -> Path:
    """Where the catalogue of `language` stands."""
    return HERE / language / "LC_MESSAGES" / "messages.po"


def compiled(language: str) -> BytesIO:
    """The catalogue in gettext's binary form."""
    binary = BytesIO()
    write_mo(binary, _kept(language))
    binary.seek(0)
    return binary


def patterns() -> list[str]:
    """The texts with holes for values, `{rows} rows`, that the catalogues know."""
    return [message.id for message in _kept("fr") if isinstance(message.id, str) and HOLE.search(message.id)]


def marked() -> Catalog:
    """Every text that templates and Python mark."""
    catalog = Catalog(project="Bidkeeper", charset="utf-8")
    found = extract_from_dir(HERE.parent, method_map=METHODS, options_map=OPTIONS, keywords=KEYWORDS)
    for _file, _line, text, _comments, _context in found:
        catalog.add(text)
    for text in (*ROOM_TEXTS, *rooms.sentences()):
        catalog.add(text)
    return catalog


def update(language: str) -> Catalog:
    """Bring a catalogue up to what is marked now: texts gone are dropped, new ones are empty, none is guessed."""
    catalog = _read(language)
    catalog.update(marked(), no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    with path(language).open("wb") as file:
        write_po(file, catalog, no_location=True, sort_output=True, omit_header=True, width=0)
    return catalog


@cache
def _kept(language: str) -> Catalog:
    """The catalogue as it stands, read once; nobody changes it."""
    return _read(language)


def _read(language: str) -> Catalog:
    with path(language).open("rb") as file:
        return read_po(file, locale=f"{language}_CA")
