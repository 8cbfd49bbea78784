"""Open-data CSV through a column map; `toronto` ships as the example."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.vocabulary import TenderStatus
from crawler.items import LayoutChanged, Page
from crawler.spiders import read
from tests.crawler.reading import bare, by_id, sample, shipped, trouble, whole_rows

FILE = "csv-dataset/city.csv"


def test_a_deadline_that_is_a_day_ends_with_that_day_where_the_city_is() -> None:
    posting = by_id(sample(FILE), shipped("toronto"))["aaaa-1"]
    assert posting.to_json()["closes"] == "2026-10-05T23:59:59-04:00"
    assert posting.closes_precision == "date"
    assert by_id(sample(FILE), shipped("toronto"))["aaaa-3"].to_json()["closes"] == "2027-01-08T23:59:59-05:00"


def test_mapped_columns_and_the_default_status_are_taken() -> None:
    posting = by_id(sample(FILE), shipped("toronto"))["aaaa-1"]
    assert (posting.number, posting.title, posting.buyer) == ("Doc1", 'Supply of widgets, "type A"', "City of Toronto")
    assert posting.status is TenderStatus.OPEN
    assert posting.to_json()["published"] == "2026-09-01T00:00:00-04:00"


def test_a_renamed_column_is_named_with_what_is_there_instead() -> None:
    page = Page(sample(FILE).body.replace(b"Submission Deadline", b"Ends"))
    with pytest.raises(LayoutChanged, match=r'"Submission Deadline" is gone: the table has .*"Ends"'):
        read(page, shipped("toronto"))


def test_days_in_digits_are_read_only_in_the_order_that_the_source_states() -> None:
    columns = {"id": "no", "title": "what", "closes": "by"}
    page = Page(b"no,what,by\n7,Paint,03/04/2026\n")
    assert by_id(page, bare("csv-dataset", zone="UTC", options={"columns": columns}))["7"].closes is None
    for order, day in (("dmy", "2026-04-03"), ("mdy", "2026-03-04")):
        source = bare("csv-dataset", zone="UTC", options={"columns": columns, "date_order": order})
        assert by_id(page, source)["7"].to_json()["closes"] == f"{day}T23:59:59+00:00"


@given(st.integers(min_value=0))
def test_a_file_cut_anywhere_but_behind_a_row_is_trouble(at: int) -> None:
    """Behind a row no reader can tell; there the length of the transfer and the volume guard do."""
    body = sample(FILE).body
    cut = body[: at % len(body)]
    assert trouble(Page(cut), shipped("toronto")) or whole_rows(cut)


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_character_set_is_found(charset: str) -> None:
    body = "no,what\n1,Réfection des façades\n2,Été\n".encode(charset)
    source = bare("csv-dataset", options={"columns": {"id": "no", "title": "what"}})
    assert by_id(Page(body), source)["1"].title == "Réfection des façades"


def test_one_wrong_byte_does_not_change_the_other_accents() -> None:
    body = "no,what\n1,Réfection des façades\n".encode() + b"2,caf\xe9\n"
    source = bare("csv-dataset", options={"columns": {"id": "no", "title": "what"}})
    assert by_id(Page(body), source)["1"].title == "Réfection des façades"


def test_a_title_without_end_is_a_changed_layout() -> None:
    source = bare("csv-dataset", options={"columns": {"id": "no", "title": "what"}})
    with pytest.raises(LayoutChanged):
        read(Page(b"no,what\n1," + b"x" * 60_000 + b"\n"), source)
