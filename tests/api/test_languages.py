"""In which language a page is answered, and what it says there."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from babel.messages.checkers import python_format
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from api.accounts import passwords
from api.accounts import store as accounts
from api.database import Database
from api.languages import COOKIE, asked_for, counted, number, speak
from api.presentation import calendar_day, moment, money, relative
from api.translations import marked, path
from tests.api.service import HTML, NOW, TestClient, add_tender

TAG = re.compile(r"</?[a-z][^>]*>")
PASSWORD = "a sentence nobody guesses"


@pytest.mark.parametrize(
    ("cookie", "accepted", "language"),
    [
        ("", "", "en"),
        ("", "fr-CA,fr;q=0.9,en;q=0.5", "fr"),
        ("", "en;q=0.3, fr-FR;q=0.8", "fr"),
        ("", "de, ja;q=0.4", "en"),
        ("", "FR-ca", "fr"),
        ("", "fr;q=0", "en"),
        ("", "fr;q=much", "en"),
        ("fr", "en", "fr"),
        ("en", "fr", "en"),
        ("klingon", "fr", "fr"),
    ],
)
def test_a_cookie_goes_before_what_the_browser_prefers(cookie: str, accepted: str, language: str) -> None:
    assert asked_for(Headers({"cookie": f"{COOKIE}={cookie}", "accept-language": accepted})) == language


@given(st.text(max_size=80))
def test_no_header_that_a_browser_may_send_breaks_the_choice(header: str) -> None:
    assert asked_for(Headers({"accept-language": header.encode("ascii", "replace").decode()})) in {"en", "fr"}


def test_a_page_says_in_which_language_it_is(web: TestClient) -> None:
    assert '<html lang="en">' in web.get("/", headers=HTML).text
    assert '<html lang="fr">' in web.get("/", headers=HTML | {"accept-language": "fr-CA"}).text


def test_the_switch_comes_back_to_the_page_and_keeps_the_choice(web: TestClient) -> None:
    answer = web.post("/language", data={"language": "fr", "next": "/tenders?text=hand"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/tenders?text=hand")
    assert '<html lang="fr">' in web.get("/", headers=HTML).text
    assert '<input type="hidden" name="next" value="/tenders?text=hand">' in web.get("/tenders?text=hand").text


@pytest.mark.parametrize("form", [{"language": "tlh"}, {}, {"language": "fr", "next": "//elsewhere.example/"}])
def test_the_switch_knows_only_our_languages_and_our_pages(web: TestClient, form: dict[str, str]) -> None:
    answer = web.post("/language", data=form, headers=HTML)
    assert answer.status_code == 422 or answer.headers["location"] == "/"


def test_a_person_finds_their_language_again_on_another_device(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        person = accounts.add_person(session, organisation_id=1, address="ana@clinic.example", role="staff", now=NOW)
        person.password_hash = passwords.hashed(PASSWORD, address=person.address)
    form = {"address": "ana@clinic.example", "password": PASSWORD}
    web.post("/sign-in", data=form)
    web.post("/language", data={"language": "fr", "next": "/"})
    web.cookies.clear()
    web.post("/sign-in", data=form)
    assert '<html lang="fr">' in web.get("/", headers=HTML | {"accept-language": "en"}).text


def test_a_list_kept_in_one_language_is_not_shown_in_the_other(web: TestClient, stored: Database) -> None:
    with stored.write() as session:
        add_tender(session)
    tag = web.get("/tenders").headers["etag"]
    assert web.get("/tenders", headers={"if-none-match": tag}).status_code == 304
    assert web.get("/tenders", headers={"if-none-match": tag, "accept-language": "fr"}).status_code == 200


@pytest.fixture
def french() -> Iterator[None]:
    speak("fr")
    yield
    speak("en")


@pytest.mark.usefixtures("french")
def test_dates_numbers_and_plurals_are_the_languages_own() -> None:
    at = datetime(2026, 7, 14, 21, 5, tzinfo=UTC)
    assert moment(at) == "mar. 14 juill. 2026, 14 h 05 HAP"
    assert moment(at, "Europe/Paris") == "mar. 14 juill. 2026, 23 h 05 CEST"
    assert calendar_day(at.date()) == "14 juill. 2026"
    assert money(1234.5) == "1\N{NO-BREAK SPACE}234,50 CAD"
    assert number(1200) == "1\N{NO-BREAK SPACE}200"
    assert counted("%(count)s day", "%(count)s days", 0) == "0 jour"  # French counts nought as one
    assert relative(at + timedelta(days=6), at) == "dans 6 jours"


def test_every_text_that_is_marked_has_a_french_one_with_the_same_placeholders() -> None:
    with path("fr").open("rb") as file:
        french = read_po(file, locale="fr_CA")
    wanting = []
    for message in marked():
        if not message.id:
            continue
        found = french.get(message.id)
        texts = found.string if found and message.pluralizable else (found.string if found else "",)
        if not found or found.fuzzy or not all(texts):
            wanting.append(message.id)
        elif found.python_format:
            python_format(french, found)  # raises TranslationError where the placeholders differ
        if found and not message.pluralizable:
            assert sorted(TAG.findall(message.id)) == sorted(TAG.findall(found.string)), message.id
    assert not wanting
