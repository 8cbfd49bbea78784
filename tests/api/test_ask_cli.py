import json

import pytest
from typer.testing import CliRunner

from api.accounts.models import FIRST_ORGANISATION
from api.cli import contracts, open_database
from api.cli.ask import app
from api.settings import Settings
from notifier import enquiries
from notifier.routing import Route
from tests.api.service import NOW

KEYS = {"route", "also", "confidence", "why", "contact"}


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("BIDKEEPER_DATA", str(tmp_path))
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


def corrected(question, right):
    """A store in which a question of the organisation was found to belong to another desk."""
    with open_database(Settings()).write() as session:
        row = enquiries.draft(
            session,
            question,
            Route("none"),
            organisation_id=FIRST_ORGANISATION,
            desk=None,
            address=None,
            asker="",
            asker_name="",
            by="test",
            token="t",
            now=NOW,
            references={},
        )
        row.right_desk, row.correction = right, "accepted"
        session.add(row)


def test_one_question_gives_one_json_document(run):
    shown = json.loads(run("I need to change the bank account you pay us into", "--json").stdout)
    assert set(shown) == KEYS
    assert (shown["route"], shown["contact"]["email"]) == ("procurement", "procurement@worksafebc.com")


def test_a_contact_that_is_not_published_is_null_field_by_field(run):
    contact = json.loads(run("our invoice was rejected", "--json").stdout)["contact"]
    assert (contact["name"], contact["phone"], contact["email"], contact["source"]) == ("Payment Services", None, None, None)


def test_no_desk_has_no_contact(run):
    shown = json.loads(run("hello", "--json").stdout)
    assert (shown["route"], shown["contact"]) == ("none", None)


def test_a_file_gives_one_line_each_in_order(run, tmp_path):
    path = tmp_path / "q.jsonl"
    path.write_text('{"text": "our invoice was rejected"}\n\n{"text": "is claim 41887302 open", "label": "claims"}\n')
    lines = [json.loads(line) for line in run("--file", path, "--json").stdout.splitlines()]
    assert [line["route"] for line in lines] == ["payment", "claims"]
    assert all(set(line) == KEYS for line in lines)


def test_labels_give_the_evaluation(run, tmp_path):
    path = tmp_path / "q.jsonl"
    path.write_text(
        '{"text": "what does fee code 1900220 include", "label": "hcp"}\n{"text": "hello", "label": "claims", "also": ["none"]}\n'
    )
    shown = run("--file", path).stdout
    assert "2 labelled questions" in shown
    for measure, value in (("strict", "0.500"), ("lenient", "1.000")):
        assert any(measure in line and value in line for line in shown.splitlines())


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'{"text": "a"}\nnot json\n', "line 2: not JSON"),
        (b'{"question": "a"}\n', 'line 1: no "text"'),
        (b'{"text": 5}\n', 'line 1: no "text"'),
        (b'["text"]\n', 'line 1: no "text"'),
        (b'{"text": "a", "also": "claims"}\n', 'line 1: "label"'),
        (b"\xff\xfe\x00", "not a text file in UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_one_sentence(run, tmp_path, content, sentence):
    path = tmp_path / "q.jsonl"
    path.write_bytes(content)
    result = run("--file", path, "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{path}" in result.stderr
    assert sentence in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("words", [("--file", "no/such.jsonl"), (), ("a", "--file", "b"), ("a", "--desks", "no/such.toml")])
def test_wrong_use_is_refused_with_exit_status_2(run, words):
    assert run(*words).exit_code == 2


def test_danger_tells_a_person_to_call_first(run):
    assert "9-1-1" in run("a worker says he will kill himself tonight").stdout


def test_a_desk_of_the_operator_s_file_is_chosen_with_its_contact(run, tmp_path):
    own = tmp_path / "desks.toml"
    own.write_text(
        '[[desk]]\nkey = "front_desk"\ntitle = "Our own front desk"\nkeywords = ["appointment"]\n'
        'examples = ["book an appointment for a patient", "cancel my appointment tomorrow", "is the clinic open on Saturday"]\n'
        '[[contact]]\ndesk = "front_desk"\nname = "Front desk"\nphone = "250-555-0100"\n'
    )
    shown = json.loads(run("please cancel the appointment I have tomorrow", "--json").stdout)
    assert (shown["route"], shown["contact"]["phone"]) == ("front_desk", "250-555-0100")


def test_no_line_of_a_card_is_cut_however_narrow_the_terminal(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    shown = run("I need to change the bank account you pay us into").stdout
    assert "604.276.3344, 1.844.276.3344 (within B.C.)" in shown
    assert "procurement@worksafebc.com" in shown
    assert "…" not in shown


def test_a_contact_that_is_not_published_says_so_on_its_card(run):
    assert "phone    not published: add it" in run("our invoice was rejected").stdout


def test_asking_makes_no_store(run, tmp_path):
    run("our invoice was rejected", "--json")
    assert list(tmp_path.iterdir()) == []


def test_where_there_is_a_store_the_clinics_contract_is_asked_first(run, tmp_path):
    agreement = tmp_path / "agreement.txt"
    agreement.write_text("4. Invoices. The provider must send each invoice within 90 days after the date of service.")
    assert CliRunner().invoke(contracts.app, ["add", str(agreement)]).exit_code == 0
    shown = run("How many days do we have to send an invoice?").stdout
    assert shown.index("within 90 days") < shown.index("answers")
    assert "agreement.txt, page 1" in shown
    asked = json.loads(run("How many days do we have to send an invoice?", "--json").stdout)
    assert set(asked) == KEYS | {"answer"}
    assert "within 90 days" in asked["answer"]["quote"]
    assert json.loads(run("hello", "--json").stdout)["answer"] is None


def test_accepted_corrections_count_as_they_do_on_the_page(run):
    question = "the lorry with our splints was late again"
    before = json.loads(run(question, "--json").stdout)["route"]
    right = "payment" if before != "payment" else "claims"
    corrected(question, right)
    assert json.loads(run(question, "--json").stdout)["route"] == right
