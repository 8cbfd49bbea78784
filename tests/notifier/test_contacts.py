from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import vobject

from notifier.contacts import ContactsRefused, as_object, contact_for, is_open, load, next_opening, shipped, vcard, vcards

PACIFIC = ZoneInfo("America/Vancouver")
TELECLAIM = contact_for("teleclaim")


def at(*when: int) -> datetime:
    return datetime(*when, tzinfo=PACIFIC)


@pytest.mark.parametrize(
    ("now", "answer"),
    [
        (at(2025, 6, 4, 8, 0), True),
        (at(2025, 6, 4, 7, 59), False),
        (at(2025, 6, 4, 18, 0), False),
        (at(2025, 6, 7, 12, 0), False),
        (at(2025, 7, 1, 12, 0), False),
        (at(2025, 8, 4, 12, 0), False),
        (datetime(2025, 1, 15, 16, 30, tzinfo=ZoneInfo("UTC")), True),
        (datetime(2025, 7, 15, 15, 30, tzinfo=ZoneInfo("UTC")), True),
        (datetime(2025, 1, 15, 15, 30, tzinfo=ZoneInfo("UTC")), False),
    ],
)
def test_a_desk_is_open_by_the_pacific_clock_and_closed_on_british_columbia_s_holidays(now, answer):
    assert is_open(TELECLAIM, now) is answer


def test_a_desk_without_published_hours_is_neither_open_nor_closed():
    assert is_open(contact_for("claims"), at(2025, 6, 4, 12)) is None
    assert next_opening(contact_for("claims"), at(2025, 6, 4, 12)) is None


def test_the_next_opening_skips_weekend_and_holiday():
    assert next_opening(TELECLAIM, at(2025, 6, 28, 9)) == at(2025, 6, 30, 8)
    assert next_opening(TELECLAIM, at(2025, 6, 30, 19)) == at(2025, 7, 2, 8)


def test_what_was_not_found_is_blank_never_invented():
    for desk in ("payment", "health_care_programs"):
        shown = as_object(contact_for(desk))
        assert {shown[key] for key in ("phone", "toll_free", "email", "hours", "source", "verified")} == {None}
    assert contact_for("none") is None


def test_every_published_number_has_a_source_and_a_confidence():
    for contact in shipped():
        for point in (contact, *contact.others):
            assert not point.reachable or (point.source and point.confidence)


def test_a_vcard_reads_back_with_phones_and_source():
    card = vobject.readOne(vcard(contact_for("procurement")))
    assert [line.value for line in card.tel_list] == ["+16042763344", "+18442763344"]
    assert card.email.value == "procurement@worksafebc.com"
    assert "2024-11" in card.note.value
    assert "within B.C." in card.note.value


def test_all_cards_leave_out_desks_that_nothing_is_known_of():
    names = [card.fn.value for card in vobject.readComponents(vcards(shipped()))]
    assert "Claims Call Centre (WorkSafeBC)" in names
    assert not any("Payment" in name for name in names)


def test_an_operator_s_contact_replaces_the_shipped_one(tmp_path):
    own = tmp_path / "desks.toml"
    own.write_text('[[contact]]\ndesk = "payment"\nname = "Payment Services"\nphone = "604.555.0100"\nsource = "phoned them"\n')
    contacts = load(*(__import__("notifier.contacts", fromlist=["SHIPPED"]).SHIPPED, own))
    assert contact_for("payment", contacts).phone == "604.555.0100"
    assert contact_for("claims", contacts).toll_free == "1.888.967.5377"


@pytest.mark.parametrize(
    "content", ["[[contact", '[[contact]]\nname = "x"', '[[contact]]\ndesk = "x"\nname = "x"\nconfidence = "sure"']
)
def test_a_contacts_file_that_cannot_be_used_is_named(tmp_path, content):
    path = tmp_path / "c.toml"
    path.write_text(content)
    with pytest.raises(ContactsRefused, match=r"c\.toml"):
        load(path)
