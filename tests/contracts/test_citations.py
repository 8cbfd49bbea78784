"""A quote stands on the page that is named for it, at the offsets given, and is marked where it is printed."""

import base64
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.citations import GOAL, cited
from bench.pdf_set import SHAPES, sample
from contracts import documents, pageview, sandbox
from contracts.printed import printed, raw_span
from contracts.refusals import Damaged
from tests.contracts import samples as files


@pytest.mark.parametrize("shape", SHAPES)
def test_quotes_of_every_shape_of_pdf_are_on_the_page_named(shape: str) -> None:
    found = cited(sample(shape))
    assert found.quotes >= 12
    assert found.found >= GOAL * found.quotes
    assert found.inexact == 0


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("rehabil\ufffeitation", "rehabilitation"),
        ("return-to\ufffework", "return-to-work"),
        ("fee A\ufffe12", "fee A-12"),
        ("follow\ufffeup", "follow-up"),
        ("a co\x02\r\nowner", "a co-owner"),
        ("sign\x02\r\ning", "signing"),
        ("re\ufffesign, or re-sign", "re-sign, or re-sign"),
        ("\ufb01ve o\ufb03ces", "five offices"),
        ("a\r\nb\rc\fd\x00e", "a\nb\nc de"),
        ("soft\xadhyphen", "softhyphen"),
    ],
)
def test_what_the_printer_broke_is_put_together(raw: str, kept: str) -> None:
    assert printed(raw) == kept


@given(st.text(alphabet="ab -\r\n\ufffe\x02\x00\f\xad\ufb01\ufb03", max_size=40), st.data())
def test_every_stretch_of_kept_text_is_found_again_in_the_raw_one(raw: str, data: st.DataObject) -> None:
    kept = printed(raw)
    start = data.draw(st.integers(0, len(kept)))
    end = data.draw(st.integers(start, len(kept)))
    first, after = raw_span(raw, start, end)
    assert 0 <= first <= after <= len(raw)
    assert raw_span(raw, 0, len(kept))[0] in {0, first} or first > 0
    letters = [letter for letter in raw[first:after] if letter in "ab"]
    assert [letter for letter in kept[start:end] if letter in "ab"] == letters


@pytest.mark.parametrize("rotated", [False, True])
def test_a_quote_of_two_lines_is_boxed_line_by_line_where_it_is_shown(rotated: bool) -> None:
    data = files.pdf(*files.AGREEMENT, rotated=rotated)
    page = documents.read(data, "a.pdf").pages[0]
    quote = "submit the Discharge Report within 5 business days after discharge\nof the worker"
    start = page.index(quote)
    first, second = sandbox.run(
        "contracts.pageview:boxes", data, arguments={"page": 1, "start": start, "end": start + len(quote)}
    )
    assert all(0 <= edge <= 1 for edge in (*first, *second))
    assert second[1] > first[1]  # the next line is further down
    assert second[0] < first[0]  # and begins at the margin
    assert first[2] > first[3]  # wider than high
    assert pageview.boxes(data, page=1, start=0, end=0) == []


def test_a_page_is_shown_as_a_picture_of_the_width_that_was_asked_for() -> None:
    data = files.pdf(*files.AGREEMENT)
    shown = sandbox.run("contracts.pageview:picture", data, arguments={"page": 2, "width": 300})
    png = base64.b64decode(shown["png"])
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height, depth = struct.unpack(">IIB", png[16:25])
    assert (width, height, depth) == (shown["width"], shown["height"], 8)
    assert abs(width - 300) <= 1
    body = png[41 : png.index(b"IEND") - 8]
    assert len(set(zlib.decompress(body))) > 2  # it is not blank


def test_a_page_that_is_not_there_is_said_to_be() -> None:
    with pytest.raises(Damaged, match="on page 9"):
        pageview.picture(files.pdf("one"), page=9, width=100)
