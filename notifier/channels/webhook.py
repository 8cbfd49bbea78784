"""Webhooks by the Standard Webhooks specification 1.0 (https://www.standardwebhooks.com): signed JSON, posted.

`webhook-id` is the delivery's own for ever, so a repeat can be told; `webhook-signature` is `v1,` and an HMAC-SHA256 over id,
timestamp and body, with the old secret's beside it for a week after a rotation. Only a 2xx answer is success; redirects are
not followed; 410 says that the address is no more. Secrets are made of the service's own and kept nowhere.
"""

import asyncio
import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from standardwebhooks import Webhook

from contracts.vocabulary.addresses import Forbidden, host_of
from notifier.addresses import InvalidAddress
from notifier.channels import Feed, Outcome, Parcel, Report, Result
from notifier.channels.kinds import Kind, Target
from notifier.channels.outward import Resolve, Unknown, pinned, resolve
from notifier.links import tender_url
from notifier.messages import Sender
from notifier.sealing import derived

OVERLAP = timedelta(days=7)  # for which a rotated secret's predecessor still signs beside it
LINES = 8
TIMEOUT = 20.0  # seconds; the specification names 15 to 30
MOST_ANSWER = 2_000  # bytes of an answer that are read
_TYPES = {
    "tender": "tender.new",
    "tenderAmendment": "tender.amended",
    "tenderUpdate": "tender.updated",
    "tenderCancellation": "tender.cancelled",
    "award": "tender.awarded",
    "programUpdate": "program.updated",
}
_KINDS = {"reminder": "tender.closing", "open": "tender.open"}


def read(typed: str, _secret: str) -> Target:
    """The target of an http(s) address; raises InvalidAddress for one that is never asked, whatever it resolves to."""
    url = typed.strip()
    try:
        host_of(url)
        pinned(url, resolve=lambda _: ["1.1.1.1"], allow_loopback=True)
    except (Forbidden, Unknown) as error:
        raise InvalidAddress(f"{url[:120]!r} is not an address for a webhook: {error}") from None
    return Target(url, {"secret": 1})


KIND = Kind("webhook", read, frequencies=("instant",))


def secrets_of(subscription_id: int, options: Mapping[str, Any], *, secret: str, now: datetime) -> list[str]:
    """The signing secrets in use, the newest first, as `whsec_…`: what the receiver verifies with."""
    version = int(options.get("secret", 1))
    versions = [version]
    if version > 1 and now < datetime.fromisoformat(options["rotated_at"]) + OVERLAP:
        versions.append(version - 1)
    raw = (derived(f"webhook:{subscription_id}:{number}", secret=secret) for number in versions)
    return [f"whsec_{base64.b64encode(one).decode()}" for one in raw]


def rotated(options: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """The options with the next secret in use."""
    return dict(options) | {"secret": int(options.get("secret", 1)) + 1, "rotated_at": now.isoformat()}


def payload(parcel: Parcel, *, public_url: str) -> str:
    """The JSON that is posted: `type`, `timestamp` and `data`, as docs/webhooks.md describes it."""
    return json.dumps(
        {
            "type": _type(parcel.kind, parcel.content),
            "timestamp": parcel.content.get("date") or parcel.at.astimezone(UTC).isoformat(),
            "data": {
                "subscription": {"id": parcel.subscription_id, "query": parcel.query},
                "items": [
                    {"type": _type(kind, content), "page": _page(content, public_url), **content}
                    for kind, content in parcel.items
                ],
            },
        },
        ensure_ascii=False,
    )


class WebhookChannel:
    """Posts parcels over a few lines; `clock` stamps them, `resolve` finds their hosts."""

    def __init__(
        self,
        sender: Sender,
        *,
        clock: Callable[[], datetime],
        resolve: Resolve = resolve,
        allow_loopback: bool = False,
        timeout: float = TIMEOUT,
    ) -> None:
        self.sender = sender
        self.clock = clock
        self.resolve = resolve
        self.allow_loopback = allow_loopback
        self.timeout = timeout

    async def send(self, feed: Feed, report: Report) -> None:
        """See `Channel.send`."""
        import httpx  # noqa: PLC0415 - costs a tenth of a second, which no other command needs to wait

        async with (
            httpx.AsyncClient(timeout=self.timeout, follow_redirects=False, trust_env=False) as client,
            asyncio.TaskGroup() as group,
        ):
            for _ in range(LINES):
                group.create_task(self._line(client, feed, report))

    async def _line(self, client: Any, feed: Feed, report: Report) -> None:
        while (parcel := await feed.take()) is not None:
            await report(parcel, await self._attempt(client, parcel))

    async def _attempt(self, client: Any, parcel: Parcel) -> Outcome:
        try:
            url, host, name = await asyncio.to_thread(
                pinned, parcel.address, resolve=self.resolve, allow_loopback=self.allow_loopback
            )
            body = payload(parcel, public_url=self.sender.public_url)
            async with asyncio.timeout(self.timeout):
                return await _posted(client, url, body, self._headers(parcel, body) | host, name)
        except Forbidden as error:
            return Outcome(Result.FAILED, text=str(error))
        except Unknown as error:
            return Outcome(Result.DELAYED, text=str(error))
        except TimeoutError:
            return Outcome(Result.DELAYED, text="did not answer in time")
        except Exception as error:  # one receiver's oddity must not stop the others
            return Outcome(Result.DELAYED, text=f"could not be reached: {type(error).__name__}")

    def _headers(self, parcel: Parcel, body: str) -> dict[str, str]:
        now = self.clock().astimezone(UTC)
        identity = f"msg_{parcel.message_id.strip('<>').partition('@')[0]}"
        options = parcel.options or {}
        secrets = secrets_of(parcel.subscription_id or 0, options, secret=self.sender.secret, now=now)
        return {
            "Content-Type": "application/json",
            "User-Agent": "Bidkeeper-Webhook/1",
            "webhook-id": identity,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(Webhook(one).sign(identity, now, body) for one in secrets),
        }


async def _posted(client: Any, url: str, body: str, headers: dict[str, str], name: str) -> Outcome:
    extensions = {"sni_hostname": name}
    async with client.stream("POST", url, content=body.encode(), headers=headers, extensions=extensions) as answer:
        said = b""
        async for piece in answer.aiter_raw():
            said += piece
            if len(said) > MOST_ANSWER:
                break
    words = " ".join(said[:MOST_ANSWER].decode("utf-8", "replace").split())[:200]
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in words).split())
    code = int(answer.status_code)
    if HTTPStatus.OK <= code < HTTPStatus.MULTIPLE_CHOICES:
        return Outcome(Result.SENT, code, text=text)
    if code == HTTPStatus.GONE:
        return Outcome(Result.FAILED, code, text=text or "the receiver wants no more", gone=True)
    return Outcome(Result.DELAYED, code, text=text)


def _type(kind: str, content: Mapping[str, Any]) -> str:
    if kind in _KINDS:
        return _KINDS[kind]
    return _TYPES.get(str(content.get("tag")), kind)


def _page(content: Mapping[str, Any], public_url: str) -> str | None:
    return tender_url(public_url, content["ocid"]) if content.get("ocid") else None
