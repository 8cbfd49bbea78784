"""Webhooks and Apprise: signed as the reference verifies, only to public addresses, secrets kept, switched off when broken."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select
from standardwebhooks import Webhook, WebhookVerificationError

from api.database import Database
from contracts.vocabulary import DeliveryState
from notifier import store, upkeep
from notifier.addresses import InvalidAddress
from notifier.alerts import announce
from notifier.channels import Channel
from notifier.channels.apprise import AppriseChannel
from notifier.channels.outward import only_outward, pinned
from notifier.channels.table import CHANNELS
from notifier.channels.webhook import WebhookChannel, rotated, secrets_of
from notifier.messages import Sender
from notifier.models import Delivery, DeliveryAttempt, Notification, Subscription
from notifier.outbox import Drained, Outbox, OutboxSettings
from notifier.sealing import Unsealable, seal, unseal
from tests.notifier.factories import NOW, news

SENDER = Sender("https://bids.clinic.example", "Bidkeeper <alerts@bids.clinic.example>", "1 Main Street", "secret")
SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#bids"


class Receiver:
    """An HTTP server that keeps what was posted and answers as it was told."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.posts: list[tuple[dict[str, str], str]] = []
        self.port = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Receiver"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        length = int({name.lower(): value for name, value in headers.items()}.get("content-length", 0))
        self.posts.append((headers, (await reader.readexactly(length)).decode()))
        answer = self.answers.pop(0) if self.answers else "204 No Content"
        writer.write(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


def connect(session: Session, address: str, channel: str = "webhook", **options: Any) -> Subscription:
    target = CHANNELS[channel].read(address, SENDER.secret)
    return store.subscribe(
        session,
        organisation_id=1,
        address=target.address,
        channel=channel,
        options=dict(target.options) | options,
        query="rehabilitation",
        now=NOW,
        source="test",
        wording="ours",
        confirmed=True,
    )


def outbox(database: Database, channel: Channel, name: str = "webhook") -> Outbox:
    return Outbox(database.write, {name: channel}, OutboxSettings(SENDER), lambda: NOW)


def hook(clock: Callable[[], datetime] = lambda: datetime.now(UTC), **values: Any) -> WebhookChannel:
    return WebhookChannel(SENDER, clock=clock, **{"allow_loopback": True, "timeout": 5} | values)


def tell(database: Database, address: str, **options: Any) -> int:
    with database.write() as session:
        row = connect(session, address, **options)
        announce(session, news(), now=NOW)
        return row.id or 0


def delivery(database: Database) -> Delivery:
    with database.read() as session:
        return session.exec(select(Delivery)).one()


def test_a_webhook_is_verified_by_the_reference_library(database: Database) -> None:
    async def story() -> None:
        async with Receiver().open() as receiver:
            number = tell(database, f"http://127.0.0.1:{receiver.port}/bids?team=1")
            assert await outbox(database, hook()).drain(NOW) == Drained(sent=1)
            ((headers, body),) = receiver.posts
            (secret,) = secrets_of(number, {"secret": 1}, secret="secret", now=NOW)
            data = Webhook(secret).verify(body, headers)
            assert data["type"] == "tender.new"
            (item,) = data["data"]["items"]
            assert (item["number"], item["page"]) == ("048-2026", "https://bids.clinic.example/tenders/ocds-bids-1")
            assert data["data"]["subscription"] == {"id": number, "query": "rehabilitation"}
            with pytest.raises(WebhookVerificationError):
                Webhook(secret).verify(body.replace("048", "049"), headers)

    asyncio.run(story())
    assert delivery(database).state is DeliveryState.SENT


def test_a_rotated_secret_signs_beside_its_predecessor_for_a_week() -> None:
    options = rotated({"secret": 1}, now=NOW)
    old = secrets_of(7, {"secret": 1}, secret="secret", now=NOW)
    both = secrets_of(7, options, secret="secret", now=NOW + timedelta(days=6))
    assert both[1:] == old
    assert secrets_of(7, options, secret="secret", now=NOW + timedelta(days=8)) == both[:1]
    assert len({*both, *secrets_of(8, options, secret="secret", now=NOW), *secrets_of(7, options, secret="x", now=NOW)}) == 6


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ("200 OK", DeliveryState.SENT),
        ("302 Found\r\nLocation: http://127.0.0.1/", DeliveryState.DELAYED),
        ("400 Bad Request", DeliveryState.DELAYED),
        ("429 Too Many", DeliveryState.DELAYED),
        ("503 Busy", DeliveryState.DELAYED),
        ("410 Gone", DeliveryState.FAILED),
        ("nonsense", DeliveryState.DELAYED),
    ],
)
def test_only_a_2xx_answer_is_success_and_a_repeat_keeps_its_id(database: Database, answer: str, state: DeliveryState) -> None:
    async def story() -> None:
        async with Receiver(answer).open() as receiver:
            tell(database, f"http://127.0.0.1:{receiver.port}/")
            box = outbox(database, hook())
            await box.drain(NOW)
            assert delivery(database).state is state
            assert len(receiver.posts) == 1
            await box.drain(NOW + timedelta(minutes=1))
            assert len({headers["webhook-id"] for headers, _ in receiver.posts}) == 1
            assert len(receiver.posts) == (2 if state is DeliveryState.DELAYED else 1)

    asyncio.run(story())


@pytest.mark.parametrize("resolved", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "100.64.0.1"])
def test_a_webhook_that_leads_inside_is_never_asked(database: Database, resolved: str) -> None:
    tell(database, "https://hooks.clinic.example/")
    channel = hook(resolve=lambda _: ["1.1.1.1", resolved], allow_loopback=False)
    assert asyncio.run(outbox(database, channel).drain(NOW)) == Drained(failed=1)
    assert "inside the network" in (delivery(database).reason or "")


def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    asked: list[str] = []

    def resolve(host: str) -> list[str]:
        asked.append(host)
        return ["1.1.1.1"] if len(asked) == 1 else ["127.0.0.1"]

    url, host, name = pinned("https://Hooks.Clinic.example:8443/a?b=1#c", resolve=resolve)
    assert url == "https://1.1.1.1:8443/a?b=1"
    assert (host, name) == ({"Host": "hooks.clinic.example:8443"}, "hooks.clinic.example")
    assert asked == ["hooks.clinic.example"]


@pytest.mark.parametrize(
    "typed",
    ["", "hooks.example", "ftp://hooks.example/", "https://a@hooks.example/", "https://hooks.example\\@x/", "https://a b/"],
)
def test_what_is_no_web_address_is_no_webhook(typed: str) -> None:
    with pytest.raises(InvalidAddress):
        CHANNELS["webhook"].read(typed, "secret")


def test_an_apprise_address_is_kept_sealed_and_shown_without_its_secret(database: Database) -> None:
    with database.write() as session:
        row = connect(session, SLACK, channel="apprise")
        again = connect(session, SLACK, channel="apprise")
    assert row.id == again.id
    assert row.address.startswith("Slack ")
    assert "TIiajkdnlazkcOXrIdevi7FQ" not in json.dumps([row.address, row.options])
    assert unseal(row.options["url"], secret="secret", purpose="apprise") == SLACK
    with pytest.raises(Unsealable):
        unseal(row.options["url"], secret="another", purpose="apprise")
    with pytest.raises(Unsealable):
        unseal(seal("x", secret="secret", purpose="other"), secret="secret", purpose="apprise")


@pytest.mark.parametrize("typed", ["", "slack", "slack://", "syslog://", "mailto://u:p@mail.example", "dbus://", "nothing://x"])
def test_an_apprise_address_that_cannot_be_used_is_refused(typed: str) -> None:
    with pytest.raises(InvalidAddress) as caught:
        CHANNELS["apprise"].read(typed, "secret")
    assert "\n" not in str(caught.value)


def test_apprise_posts_the_alert_in_words(database: Database) -> None:
    async def story() -> None:
        async with Receiver("200 OK", "500 No").open() as receiver:
            with database.write() as session:
                connect(session, f"json://127.0.0.1:{receiver.port}/x", channel="apprise")
                announce(session, news(), now=NOW)
            box = outbox(database, AppriseChannel(SENDER, allow_loopback=True), "apprise")
            assert await box.drain(NOW) == Drained(sent=1)
            posted = json.loads(receiver.posts[0][1])
            assert posted["title"] == "New: 048-2026 Occupational Rehabilitation Services"
            assert "https://bids.clinic.example/u/" in posted["message"]
            with database.write() as session:
                announce(session, news(release_id="r2"), now=NOW)
            assert await box.drain(NOW) == Drained(delayed=1)

    asyncio.run(story())


def test_apprise_never_reaches_inside_whatever_its_address_says(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        async with Receiver().open() as receiver:
            with database.write() as session:
                connect(session, f"json://127.0.0.1:{receiver.port}/token-in-path", channel="apprise")
                announce(session, news(), now=NOW)
            await outbox(database, AppriseChannel(SENDER), "apprise").drain(NOW)
            assert receiver.posts == []

    asyncio.run(story())
    assert delivery(database).state is DeliveryState.DELAYED
    assert "token-in-path" not in caplog.text + str(delivery(database))


def test_the_guard_ends_with_its_block() -> None:
    import socket  # noqa: PLC0415

    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        with only_outward(), pytest.raises(ConnectionRefusedError, match="inside"):
            socket.create_connection(address)
        socket.create_connection(address).close()


def failed(session: Session, row: Subscription, at: datetime, outcome: str = "delayed", name: str = "r") -> None:
    told_of = store.noted(session, key=f"{name}{at}", kind="news", ocid=None, content={}, now=at)
    one = Delivery(
        key=f"{name}{at}",
        notification_id=told_of.id or 0,
        subscription_id=row.id,
        organisation_id=1,
        channel=row.channel,
        address=row.address,
        state=DeliveryState.SENT if outcome == "sent" else DeliveryState.FAILED,
        created_at=at,
        sent_at=at if outcome == "sent" else None,
    )
    session.add(one)
    session.flush()
    session.add(DeliveryAttempt(delivery_id=one.id or 0, at=at, outcome=outcome, code=503, text="busy"))
    session.flush()


def test_a_connection_that_fails_for_days_is_switched_off_once_and_its_owner_told(session: Session) -> None:
    row = connect(session, "https://hooks.clinic.example/", owner="it@clinic.example")
    failed(session, row, NOW - timedelta(days=9))
    failed(session, row, NOW - timedelta(days=8), "sent")
    failed(session, row, NOW - timedelta(days=4))
    assert upkeep.switch_off(session, now=NOW, operator="op@clinic.example") == []
    assert upkeep.switch_off(session, now=NOW + timedelta(days=1), operator="op@clinic.example") == [row]
    assert (row.state, row.note) == ("paused", "switched off by itself: 503 busy")
    assert upkeep.switch_off(session, now=NOW + timedelta(days=2), operator="op@clinic.example") == []
    mail = session.exec(select(Delivery).join(Notification).where(Notification.kind == "channel_off")).one()
    assert (mail.address, mail.channel, mail.state) == ("it@clinic.example", "email", DeliveryState.QUEUED)


def test_what_a_connection_missed_is_sent_again_with_what_it_had(session: Session) -> None:
    row = connect(session, "https://hooks.clinic.example/")
    failed(session, row, NOW - timedelta(days=9), name="early")
    failed(session, row, NOW - timedelta(days=2), "sent")
    failed(session, row, NOW - timedelta(days=1))
    assert upkeep.replay(session, row, since=NOW - timedelta(days=3), now=NOW) == 2
    states = sorted(session.exec(select(Delivery.state)).all())
    assert states == ["failed", "queued", "queued"]


def test_a_gone_webhook_is_switched_off_and_works_again_when_it_is_resumed(database: Database) -> None:
    async def story() -> None:
        async with Receiver("410 Gone").open() as receiver:
            number = tell(database, f"http://127.0.0.1:{receiver.port}/", owner="it@clinic.example")
            await outbox(database, hook()).drain(NOW)
            with database.write() as session:
                assert [row.id for row in upkeep.switch_off(session, now=NOW, operator="")] == [number]
            with database.write() as session:
                row = store.resume(session, number)
                assert row is not None
                assert upkeep.replay(session, row, since=NOW - timedelta(days=1), now=NOW) == 1
            assert await outbox(database, hook()).drain(NOW) == Drained(sent=1)

    asyncio.run(story())
