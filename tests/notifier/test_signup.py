"""Double opt-in: one question, no second within a day, nothing else before the answer, and the same face to every caller."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from api.database import Database
from contracts.vocabulary import DeliveryState
from notifier import store
from notifier.addresses import InvalidAddress
from notifier.links import BadLink, read_confirm
from notifier.models import Delivery
from notifier.outbox import Drained
from notifier.signup import confirm, evidence, sign_up
from tests.notifier.factories import NOW, announced, news
from tests.notifier.servers import ScriptedRelay
from tests.notifier.test_outbox import lite, outbox  # noqa: F401 - a fixture


def ask(session: Session, query: str = "", *, address: str = "owner@clinic.example", hours: int = 0) -> None:
    sign_up(
        session,
        organisation_id=1,
        address=address,
        query=query,
        now=NOW + timedelta(hours=hours),
        source="public page",
        wording="Send me alerts",
    )


def questions(session: Session) -> int:
    return len(session.exec(select(Delivery).where(Delivery.key.startswith("confirm:"))).all())  # type: ignore[attr-defined]


def test_signing_up_again_and_again_asks_once_a_day(session: Session) -> None:
    for hours in (0, 1, 23):
        ask(session, hours=hours)
    ask(session, "another search", hours=23)
    assert questions(session) == 1
    ask(session, hours=25)
    assert questions(session) == 2


def test_nothing_is_told_before_the_answer_and_everything_after(session: Session) -> None:
    ask(session)
    assert [row.state for row in announced(session, news())] == [DeliveryState.SUPPRESSED]
    (row,) = store.subscriptions(session, organisation_id=1)
    for _ in range(2):
        assert confirm(session, row.id or 0, now=NOW) is row
    assert [row.state for row in announced(session, news(release_id="two"))] == [DeliveryState.QUEUED]
    assert confirm(session, 999, now=NOW) is None


def test_one_who_hears_already_or_must_not_be_mailed_is_not_asked(session: Session) -> None:
    ask(session)
    (row,) = store.subscriptions(session, organisation_id=1)
    confirm(session, row.id or 0, now=NOW)
    ask(session, hours=48)
    store.suppress(session, "gone@clinic.example", reason="bounced: 5.1.1", now=NOW)
    ask(session, address="gone@clinic.example")
    assert questions(session) == 1
    assert row.state == "active"


def test_an_answer_after_leaving_starts_nothing(session: Session) -> None:
    ask(session)
    (row,) = store.subscriptions(session, organisation_id=1)
    store.unsubscribe(session, row.id or 0, now=NOW)
    assert confirm(session, row.id or 0, now=NOW) is None


def test_the_evidence_of_consent_can_be_taken_along(session: Session) -> None:
    ask(session, "rehab")
    (row,) = store.subscriptions(session, organisation_id=1)
    confirm(session, row.id or 0, now=NOW + timedelta(hours=1))
    assert evidence(session, organisation_id=2) == []
    assert evidence(session, organisation_id=1) == [
        {
            "address": "owner@clinic.example",
            "query": "rehab",
            "state": "active",
            "ended": None,
            "time": NOW.isoformat(),
            "source": "public page",
            "wording": "Send me alerts",
            "confirmed": (NOW + timedelta(hours=1)).isoformat(),
        }
    ]


def test_no_address_no_question(session: Session) -> None:
    with pytest.raises(InvalidAddress):
        ask(session, address="nobody")
    assert questions(session) == 0


def test_the_question_carries_a_link_that_is_the_answer_for_two_weeks(lite: Database) -> None:  # noqa: F811
    with lite.write() as session:
        ask(session)
        (row,) = store.subscriptions(session, organisation_id=1)
        identity = row.id

    async def story() -> str:
        async with ScriptedRelay() as relay:
            assert await outbox(lite, relay.port).drain(NOW) == Drained(sent=1)
            (mail,) = relay.accepted["owner@clinic.example"]
            body: str = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
            return body

    body = asyncio.run(story())
    token = body.partition("/confirm/")[2].split()[0]
    assert read_confirm(token, secret="secret", now=NOW + timedelta(days=14)) == identity
    with pytest.raises(BadLink, match="run out"):
        read_confirm(token, secret="secret", now=NOW + timedelta(days=15))
    with pytest.raises(BadLink, match="changed"):
        read_confirm(token[:-2], secret="secret", now=NOW)
