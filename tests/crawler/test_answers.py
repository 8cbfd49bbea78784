"""Opening an answer: its letters are read right whoever encoded them, and what is cut, hostile or other is refused with a reason."""

from collections.abc import Callable
from typing import Any

import pytest

from crawler.items import EmptyAnswer, LayoutChanged, Page, Refused, SourceError
from crawler.spiders import answers

Opener = Callable[[Page, str], Any]
NAME = "Réadaptation – Côté"


@pytest.mark.parametrize(
    "page",
    [
        Page(NAME.encode()),
        Page(b"\xef\xbb\xbf" + NAME.encode()),
        Page(b"\xff\xfe" + NAME.encode("utf-16-le")),
        Page(b"\xfe\xff" + NAME.encode("utf-16-be")),
        Page(NAME.encode("cp1252"), media_type="text/csv; charset=windows-1252"),
        Page(NAME.encode("cp1252"), media_type="text/csv; charset=no-such-set"),
        Page(NAME.encode("cp1252")),
    ],
    ids=["plain", "marked", "little end first", "big end first", "declared", "declared wrong", "declared nowhere"],
)
def test_the_same_letters_come_out_of_every_encoding(page: Page) -> None:
    assert answers.text_of(page) == NAME


def test_the_page_itself_may_say_how_it_is_written() -> None:
    written = '<meta charset="iso-8859-2"><p>Łódź</p>'
    assert answers.text_of(Page(written.encode("iso-8859-2"))) == written


def test_one_wrong_byte_does_not_change_every_accent() -> None:
    assert answers.text_of(Page("éééé".encode() + b"\xff")) == "éééé\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    ("opener", "body", "error", "reason"),
    [
        (answers.json_of, b"  ", EmptyAnswer, "the answer is empty"),
        (answers.json_of, b'{"rows": [1, ', LayoutChanged, "breaks at character 13 of 13"),
        (answers.json_of, b"[" * 100_000, LayoutChanged, "not whole JSON"),
        (answers.json_of, b"<title>Just a moment...</title>", Refused, "save the page by hand"),
        (answers.json_of, b"<p>Bad gateway", LayoutChanged, "a title that reports an error"),
        (answers.json_of, b"<title>News</title>", LayoutChanged, 'called "News"'),
        (answers.html_of, b"", EmptyAnswer, "the answer is empty"),
        (answers.html_of, b"only words", LayoutChanged, "other text"),
        (answers.html_of, b"<html><p>half a pa", LayoutChanged, "breaks off before its end"),
        (answers.html_of, b"<html><p>Are you a robot?", Refused, "check for people"),
        (answers.html_of, b"<!-- -->", LayoutChanged, "no HTML"),
        (answers.xml_of, b"", EmptyAnswer, "the answer is empty"),
        (answers.xml_of, b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>', LayoutChanged, "never resolved"),
        (answers.xml_of, b"<rss><item>", LayoutChanged, "not whole XML"),
        (answers.xml_of, b"<html><title>Sign in</title><br>", LayoutChanged, 'called "Sign in"'),
        (answers.xml_of, b"nothing of the kind", LayoutChanged, "not whole XML"),
        (answers.table_of, b"", EmptyAnswer, "the answer is empty"),
        (answers.table_of, b"<html>", LayoutChanged, "an HTML page"),
        (answers.table_of, b"a,b\n1,\x00\n", LayoutChanged, "no text"),
        (answers.table_of, b"a,b\n1,2", LayoutChanged, "in the middle of its last row"),
        (answers.table_of, b'a,b\n1,"2\n', LayoutChanged, "not whole CSV"),
        (answers.table_of, b"a,b\n1\n", LayoutChanged, "1 of 2 cells"),
        (answers.table_of, b"words\n", LayoutChanged, "no row of column names"),
    ],
)
def test_what_is_cut_hostile_or_other_is_refused_with_a_reason(
    opener: Opener, body: bytes, error: type[SourceError], reason: str
) -> None:
    with pytest.raises(error) as refused:
        opener(Page(body), "a listing was expected")
    assert type(refused.value) is error
    assert str(refused.value).startswith("a listing was expected")
    assert reason in str(refused.value)


def test_whole_answers_open() -> None:
    assert answers.json_of(Page(b'{"rows": []}'), "") == {"rows": []}
    assert answers.html_of(Page(b"<html><p>a</p></html>"), "").findtext(".//p") == "a"
    assert answers.xml_of(Page(b"<rss><item>a</item></rss>"), "").findtext("item") == "a"
    assert answers.table_of(Page(b'a,b\r\n"1\n2",3\r\n'), "") == (["a", "b"], [["1\n2", "3"]])
