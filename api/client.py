"""A small typed client of the JSON API, on httpx alone: the command line's `--remote` uses it, and a program may copy it.

with Client("https://bids.clinic.example", key="bk_…") as bidkeeper:
    for tender in bidkeeper.tenders(status=["open"], within=14):
        print(tender["closes"], tender["title"])
"""

import uuid
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self, TypedDict, cast

import httpx

PER_PAGE = 200


class Tender(TypedDict):
    """A tender as lists show it; times are ISO 8601 in UTC."""

    ocid: str
    number: str | None
    title: str
    status: str
    buyer: str | None
    closes: str | None
    url: str | None
    changed: str


class Subscription(TypedDict):
    """A standing wish to hear of what a search finds."""

    id: int
    address: str
    query: str
    state: str


class Refused(Exception):
    """Raised for an answer that is a problem (RFC 9457): its status, and the sentence that says what to do."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class Client:
    """One service under one key; closes its connections with the block."""

    def __init__(self, url: str, key: str, *, transport: httpx.BaseTransport | None = None) -> None:
        self._http = httpx.Client(
            base_url=f"{url.rstrip('/')}/api/v1/",
            headers={"Authorization": f"Bearer {key}", "Accept": "application/json"},
            timeout=30.0,
            transport=transport,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._http.close()

    def get(self, path: str, **query: Any) -> Any:
        """What stands at a path; raises Refused."""
        return self._answer("GET", path, params=_given(query))

    def all(self, path: str, *, most: int | None = None, **query: Any) -> Iterator[Any]:
        """The items of a list, page after page, `most` of them at most; raises Refused."""
        cursor, left = None, most
        while left is None or left > 0:
            size = PER_PAGE if left is None else min(left, PER_PAGE)
            page = self.get(path, **query, limit=size, cursor=cursor)
            items = page["items"][:left]
            yield from items
            cursor, left = page["next"], None if left is None else left - len(items)
            if cursor is None:
                return

    def post(self, path: str, document: Any = None, *, key: str | None = None) -> Any:
        """Do something once: sent again under the same `key` (a new one if none is given) it is not done again; raises Refused."""
        return self._answer("POST", path, json=document, headers={"Idempotency-Key": key or str(uuid.uuid4())})

    def upload(self, path: str, name: str, data: bytes, **fields: Any) -> Any:
        """Send a file with the fields of its form; raises Refused."""
        return self._answer("POST", path, files={"file": (name, data)}, data=_given(fields))

    def act(self, path: str, act: str, document: Any = None) -> Any:
        """Do something about what stands at a path, unless somebody else did since it was read (then Refused 412)."""
        tag = self._sent("GET", path).headers["ETag"]
        return self._answer("POST", f"{path}/{act}", json=document, headers={"If-Match": tag})

    def delete(self, path: str) -> Any:
        """Take away what stands at a path; raises Refused."""
        return self._answer("DELETE", path)

    def change(self, path: str, *, method: str = "PATCH", **changes: Any) -> Any:
        """Change what stands at a path, unless somebody else does so at the same time (then Refused 412)."""
        tag = self._sent("GET", path).headers["ETag"]
        return self._answer(method, path, json=changes, headers={"If-Match": tag})

    def tenders(self, *, most: int | None = None, **filters: Any) -> Iterator[Tender]:
        """Tenders, soonest closing first: `text`, `status` (a list), `program`, `source`, `within` (days), `sort`."""
        return cast("Iterator[Tender]", self.all("tenders", most=most, **filters))

    def ask(self, question: str) -> dict[str, Any]:
        """What the organisation's contracts say about a question, and the desk that it belongs to."""
        return cast("dict[str, Any]", self.post("questions", {"question": question}))

    def subscribe(self, address: str, query: str, *, consent: str) -> Subscription:
        """Sign an address up; `consent` is the wording that its owner agreed to."""
        return cast("Subscription", self.post("subscriptions", {"address": address, "query": query, "consent": consent}))

    def _answer(self, method: str, path: str, **request: Any) -> Any:
        answer = self._sent(method, path, **request)
        return answer.json() if answer.content else None

    def _sent(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, path, **request)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Refused(0, f"{self._http.base_url.host or 'the service'} could not be reached: {error}") from None
        if answer.is_success:
            return answer
        raise Refused(answer.status_code, _detail(answer))


def _given(query: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if value is not None}


def _detail(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"answered {answer.status_code} {answer.reason_phrase}; is this the address of a Bidkeeper?"
