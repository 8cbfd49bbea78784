import json

import pytest
from typer.testing import CliRunner

from api.cli.ask import app

KEYS = {"route", "also", "confidence", "why", "contact"}


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("BIDKEEPER_DATA", str(tmp_path))
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


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
