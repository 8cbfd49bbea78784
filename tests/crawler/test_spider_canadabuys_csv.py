"""The CanadaBuys open data file: bilingual columns, a fixed offset, amendment numbers, lists in cells."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.vocabulary import TenderStatus
from crawler.items import EmptyAnswer, LayoutChanged, Page
from crawler.spiders import read
from tests.crawler.reading import bare, by_id, sample, trouble, whole_rows

FILE, SOURCE = "canadabuys-csv/open.csv", bare("canadabuys-csv")


def test_a_notice_reads_field_by_field() -> None:
    posting = by_id(sample(FILE), SOURCE)["cb-1-100"]
    assert posting.to_json() == {
        "id": "cb-1-100",
        "number": "W0000-26A",
        "title": "Physiotherapy services, northern bases",
        "status": "open",
        "buyer": "Example Department",
        "published": "2026-09-01T00:00:00-05:00",
        "closes": "2026-10-15T14:00:00-05:00",
        "closes_text": "2026-10-15T14:00:00",
        "url": "https://canadabuys.canada.ca/en/tender-opportunities/tender-notice/cb-1-100",
        "amendments": 2,
        "addenda": None,
        "documents": 2,
    }
    assert posting.description == "The clinics\u2019 services. Details attached"
    assert [doc.title for doc in posting.files] == ["one.pdf", "two.pdf"]


def test_a_notice_in_french_alone_takes_its_french_title() -> None:
    posting = by_id(sample(FILE), SOURCE)["bc099-2026"]
    assert posting.title == "Entretien des chaudières"
    assert posting.status is TenderStatus.CANCELLED
    assert posting.amendments == 0


def test_a_column_that_is_gone_is_named() -> None:
    with pytest.raises(LayoutChanged, match='"tenderClosingDate" is gone'):
        read(Page(sample(FILE).body.replace(b"tenderClosingDate-", b"closing-")), SOURCE)


def test_columns_may_come_in_any_order_and_number() -> None:
    lines = [
        "referenceNumber-x,tenderStatus-y-eng,title-z-eng,publicationDate-p,tenderClosingDate-c",
        "r1,Open,Paint,2026-09-01,2026-10-01T12:00:00",
    ]
    posting = by_id(Page(("\n".join(lines) + "\n").encode()), SOURCE)["r1"]
    assert (posting.title, posting.documents, posting.amendments) == ("Paint", None, None)


def test_a_header_alone_is_an_empty_answer() -> None:
    with pytest.raises(EmptyAnswer):
        read(Page(sample(FILE).body.split(b"\n", 1)[0] + b"\n"), SOURCE)


@given(st.integers(min_value=0))
def test_a_file_cut_anywhere_but_behind_a_row_is_trouble(at: int) -> None:
    body = sample(FILE).body
    cut = body[: at % len(body)]
    assert trouble(Page(cut), SOURCE) or whole_rows(cut)


@pytest.mark.captures
def test_a_real_extract_reads_field_by_field(captures: Path) -> None:
    found = by_id(Page((captures / "canadabuys/canadabuys_sample_28cols.csv").read_bytes()), SOURCE)
    heavy = found["cb-604-41302770"].to_json()
    assert (heavy["closes"], heavy["status"], heavy["documents"]) == ("2026-07-28T14:00:00-05:00", "open", 1)
    assert found["MX-444085720077"].buyer == "VIA Rail Canada Inc."
