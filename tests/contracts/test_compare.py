"""Two versions side by side: what was reworded, added, removed; what only moved is no change."""

from hypothesis import given
from hypothesis import strategies as st

from contracts.compare import What, changes, versions
from tests.contracts import samples

OLD = "1. Reports are due within 10 days of discharge.\n\n2. Invoices are due within 90 days.\n\n3. The parties keep records for 7 years."


def test_a_reworded_clause_shows_its_words() -> None:
    [change] = changes([OLD], [OLD.replace("10 days", "5 business days")])
    assert change.what is What.CHANGED
    assert ("removed", "10") in change.words
    assert ("added", "5 business") in change.words
    assert change.old
    assert OLD[change.old.start : change.old.end] == change.old.text


def test_added_and_removed_clauses_are_named_and_renumbering_is_no_change() -> None:
    new = "1. Reports are due within 10 days of discharge.\n\n2. Parking is free for visitors on Sundays.\n\n3. Invoices are due within 90 days."
    found = [(change.what, (change.new or change.old).text[3:20]) for change in changes([OLD], [new])]  # type: ignore[union-attr]
    assert found == [(What.ADDED, "Parking is free f"), (What.REMOVED, "The parties keep ")]


def test_a_clause_that_moved_is_the_same() -> None:
    first, *rest = OLD.split("\n\n")
    assert changes([OLD], ["\n\n".join([*rest, first])]) == []


def test_a_document_is_the_same_as_itself() -> None:
    assert changes(samples.AGREEMENT, samples.AGREEMENT) == []


clauses = st.lists(st.text(st.sampled_from("abc "), min_size=3, max_size=20).filter(lambda text: text.strip()), max_size=6)


@given(clauses, clauses)
def test_every_clause_of_both_stands_in_the_comparison_once(old: list[str], new: list[str]) -> None:
    found = versions(["\n\n".join(old)], ["\n\n".join(new)])
    starts = [one.new.start for one in found if one.new]
    assert len(starts) == len(set(starts))
    assert sum(one.what is What.REMOVED for one in found) <= len(old)
    assert all((one.old is None) == (one.what is What.ADDED) for one in found)
    assert all((one.new is None) == (one.what is What.REMOVED) for one in found)
