from datetime import date
from pathlib import Path

import pytest

from notifier.routes import NoRoutes, RouteChange, compare, read_routes

SAMPLE = (Path(__file__).parent.parent / "samples" / "programs" / "need-more-information.html").read_text("utf-8")
DAY = date(2025, 3, 4)


def routes(page: str = SAMPLE):
    return read_routes(page, source="https://example.org/program", as_of=DAY)


def test_a_page_s_table_becomes_routes_with_their_desks():
    assert [route.desk for route in routes()] == ["procurement", "payment", "claims", "health_care_programs", None]


def test_a_route_carries_its_source_its_date_and_what_the_cell_adds():
    claims = routes()[2]
    assert (claims.contact, claims.phone, claims.source, claims.as_of) == (
        "Claims Call Centre",
        "1.888.555.0142",
        "https://example.org/program",
        DAY,
    )


def test_a_name_that_no_desk_has_is_kept_and_marked_for_a_person():
    unknown = routes()[4]
    assert (unknown.contact, unknown.email, unknown.confidence) == ("Language Desk", "language@example.org", "low")


@pytest.mark.parametrize(
    "page",
    [
        "| Question about | Contact |\n|---|---|\n| Invoicing or billing | Payment Services |\n",
        "Need more information?\nQuestion about\tContact\nInvoicing or billing\tPayment Services\n",
        "Question about\nPlease contact\nInvoicing or billing\nPayment Services\n",
    ],
)
def test_saved_text_of_a_page_is_read_as_well(page):
    assert [(route.question, route.desk) for route in routes(page)] == [("Invoicing or billing", "payment")]


def test_cells_below_one_another_end_where_the_page_goes_on():
    page = (
        "Question about\nContact\nYour payee information\nProcurement Services\nLast updated\nwe changed this page last week.\n"
    )
    assert [route.desk for route in routes(page)] == ["procurement"]


@pytest.mark.parametrize("page", ["", "<html><body><p>Sign in to go on</p></body></html>", "just text"])
def test_a_page_without_the_table_is_refused_with_a_sentence(page):
    with pytest.raises(NoRoutes, match=r"example\.org/program.*has the page changed"):
        routes(page)


def test_a_changed_table_becomes_proposals():
    newer = SAMPLE.replace("<td>Payment Services</td>", "<td>Provider Payments</td>").replace("Interpreters", "Translation")
    assert compare(routes(), routes(newer)) == [
        RouteChange("removed", "Interpreters", "Language Desk", None),
        RouteChange("contact", "Invoicing or billing", "Payment Services", "Provider Payments"),
        RouteChange("added", "Translation", None, "Language Desk"),
    ]
    assert compare(routes(), routes()) == []
