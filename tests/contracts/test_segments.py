"""Clauses lie within one page, in order, with exact offsets, and nothing but white space is left between them."""

from hypothesis import given
from hypothesis import strategies as st

from contracts.segments import LONGEST, segments
from tests.contracts import samples


def test_numbered_clauses_are_parted_and_keep_their_heading() -> None:
    found = [segment.text for segment in segments(samples.AGREEMENT)]
    assert "2.2 The Provider must submit the Discharge Report within 5 business days after discharge\nof the worker." in found
    assert "3. Statements of Account\n3.1 Invoices must be received within 90 days of the date of service." in found


@given(st.lists(st.text(st.sampled_from("ab1. ;\n(A)\r\té")), max_size=4), st.integers(1, 400))
def test_offsets_are_exact_and_nothing_is_lost(pages: list[str], times: int) -> None:
    pages = [page * times for page in pages]
    whole = "\f".join(pages)
    end = 0
    for segment in segments(pages):
        assert whole[segment.start : segment.end] == segment.text
        assert whole[end : segment.start].strip() == ""
        assert whole[: segment.start].count("\f") + 1 == segment.page
        assert "\f" not in segment.text
        assert len(segment.text) <= LONGEST
        end = segment.end
    assert whole[end:].strip() == ""
