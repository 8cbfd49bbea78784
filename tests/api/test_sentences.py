"""Sentences that were stored or raised in English, as a reader of French meets them."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from api.database import Database
from api.languages import speak
from api.sentences import HOLE, sentence, term_value
from api.translations import path
from api.translations.rooms import said_in
from contracts.days import Span, spoken
from contracts.models import Contract, Obligation
from contracts.obligations import Facts, Option, duties
from contracts.vocabulary import Health
from notifier.routing import route
from tests.api.service import HTML, NOW, TestClient, add_source


@pytest.fixture
def french() -> Iterator[None]:
    speak("fr")
    yield
    speak("en")


@pytest.mark.usefixtures("french")
@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("3 of 41 rows could not be read", "3 lignes sur 41 n’ont pas pu être lues"),
        ("a CanadaBuys search page was expected, and the answer is empty", None),
        ("Nothing was changed: payee P-1 was erased.", "Rien n’a été changé : le bénéficiaire P-1 a été effacé."),
        ("yearly from 2025-07-20", "chaque année depuis le 20 juill. 2025"),
        ("60 days before 2029-06-30", "60 jours avant le 30 juin 2029"),
        ("Discharge report for case 12", "Discharge report for case 12"),
        ("Acknowledgement of the referral for case 12", "Accusé de réception de la demande de services pour case 12"),
        ("agreement.pdf is damaged on page 3: get the file again from whoever sent it.", None),
        ("Dr. Roy and the clinic", "Dr. Roy and the clinic"),
        ("a note that somebody wrote", "a note that somebody wrote"),
    ],
)
def test_a_stored_sentence_is_shown_in_french_with_its_values(stored: str, shown: str | None) -> None:
    assert sentence(stored) == shown if shown else sentence(stored) != stored


def test_in_english_a_sentence_stays_and_its_days_are_written_out() -> None:
    assert sentence("3 of 41 rows could not be read") == "3 of 41 rows could not be read"
    assert sentence("yearly from 2025-07-20") == "yearly from 20 Jul 2025"
    assert term_value("P90D") == "90 days"
    assert term_value("P5D", "business day") == "5 business days"
    assert term_value("2026-07-01") == "1 Jul 2026"
    assert term_value("British Columbia") == "British Columbia"
    assert sentence(None) == ""


@given(st.text(max_size=200))
def test_no_text_whatever_breaks_a_page(text: str) -> None:
    assert isinstance(sentence(text), str)


@pytest.mark.usefixtures("french")
def test_a_long_text_that_nearly_fits_is_given_up_at_once() -> None:
    nearly = "the ciphertext of " + " , , was moved" * 20_000
    assert sentence(nearly) == nearly  # each value tried at each of its ends would take years


@pytest.mark.usefixtures("french")
def test_a_row_of_full_stops_is_shown_as_it_is() -> None:
    assert sentence("." * 5_000) == "." * 5_000


@pytest.mark.parametrize("wanted", ["fr", "en"])
def test_a_length_of_time_is_read_back_as_it_was_shown(wanted: str) -> None:
    speak(wanted)
    shown = [("P90D", None), ("P1D", None), ("P36M", None), ("P1M", None), ("P5D", "business day"), ("P1D", "business day")]
    read = [spoken(term_value(value, unit)) for value, unit in shown]
    speak("en")
    assert read == shown
    assert (spoken("2 weeks"), spoken("3 ans"), spoken("1 year")) == (("P2W", None), ("P3Y", None), ("P1Y", None))
    assert (spoken("soon"), spoken("2026-07-01"), spoken("3 business months"), spoken("")) == (None, None, None, None)


@pytest.mark.usefixtures("french")
def test_every_title_and_sum_of_a_duty_and_every_reason_of_a_route_has_french() -> None:
    facts = Facts(
        contract="77-2026",
        start=NOW.date(),
        term=Span(months=36),
        options=(Option(1, 12, Span(days=60)),),
        notice=Span(days=90, business=True),
        insurance_certificate=True,
        credentials=(("Ana", NOW.date() + timedelta(days=90)),),
    )
    made = duties(facts, today=NOW.date())
    assert len(made) >= 6
    assert [one.title for one in made if sentence(one.title) == one.title] == []
    assert [one.basis for one in made if sentence(one.basis) == one.basis] == []
    why = route("our invoice was rejected and the remittance is missing").why
    assert why
    assert [reason for reason in why if sentence(reason) == reason] == []


def test_a_translation_has_no_hole_that_its_sentence_has_not() -> None:
    with path("fr").open("rb") as file:
        texts = [one for one in read_po(file, locale="fr_CA") if isinstance(one.id, str) and HOLE.search(one.id)]
    assert len(texts) > 200
    assert [one.id for one in texts if not set(HOLE.findall(str(one.string))) <= set(HOLE.findall(one.id))] == []


def test_the_sentences_of_a_module_are_read_off_its_source() -> None:
    source = '''
"""A docstring is no sentence of it."""
def refuse(row):
    if row.broken:
        raise Broken(f"row {row.number} of {name} has no code")
    reason = "the page is gone" if row.gone else "the page has moved"
    yield Step(title=f"{contract} ends: its last day is {end - one}")
    return "rows/td[@class]"
'''
    assert list(said_in(source)) == [
        "the page is gone",
        "the page has moved",
        "row {number} of {name} has no code",
        "{contract} ends: its last day is {value}",
    ]


def test_pages_show_old_rows_in_the_readers_language(web: TestClient, stored: Database, tmp_path: Path) -> None:
    said = "60 postings are new at once, where 600 rows were usual"
    with stored.write() as session:
        add_source(session, health=Health.QUARANTINED, health_reason=said)
        session.add(Contract(id=1, organisation_id=1, title="Services agreement", number="77-2026", created_at=NOW))
        session.flush()
        session.add(
            Obligation(
                organisation_id=1, contract_id=1, key="k", kind="credential", title="Certificate of insurance for 77-2026",
                due=NOW.date(), basis="yearly from 2025-07-20", created_at=NOW,
            )
        )  # fmt: skip
    french = HTML | {"accept-language": "fr-CA"}
    assert "60 avis sont nouveaux d’un coup" in web.get("/sources/board", headers=french).text
    today = web.get("/", headers=french).text
    assert "Certificat d’assurance pour 77-2026" in today
    assert "chaque année depuis le 20 juill. 2025" in today
    assert said in web.get("/sources/board", headers=HTML).text


def test_a_refusal_with_values_is_french_on_a_french_page_and_english_in_a_problem_document(web: TestClient) -> None:
    form = {"address": "not an address", "query": "", "consent": "yes"}
    page = web.post("/subscribe", data=form, headers=HTML | {"accept-language": "fr"}).text
    assert "n’est pas une adresse de courriel" in page
    document = web.post("/pipeline/1/go", data={}, headers={"accept-language": "fr"}).json()
    assert document["detail"].isascii()
