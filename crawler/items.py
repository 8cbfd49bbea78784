"""What a portal said, before anyone interprets it: pages in, postings out. Plain frozen values that cross a pipe as JSON."""

import re
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any, Self

from contracts.vocabulary import Health, TenderStatus

ANEW = re.compile(
    r"\bre-?submi(?:t|ssion)|\bsubmit(?:ted)?\b[^.]{0,40}\b(?:again|anew)\b|\b(?:new|fresh|revised) (?:submission|response|proposal|bid|offer)s?"
    r" (?:(?:is|are|will be) )?(?:required|needed|mandatory)|\bsoumettre (?:de|à) nouveau|\bnouvelle (?:soumission|offre)[^.]{0,20}(?:requise|exigée)",
    re.IGNORECASE,
)  # how portals say that what was handed in before an amendment counts no more
NESTED = frozenset({"files", "parts"})  # fields of a posting that hold values of their own kind


class SourceError(Exception):
    """Something a source's answer makes impossible; the sentence says what, where and what to do."""


class LayoutChanged(SourceError):
    """Raised by a platform's reader when a page no longer has the parts it reads."""


class Refused(SourceError):
    """Raised when the portal does not let us look: a captcha, a browser check, 401 or 403."""


class EmptyAnswer(SourceError):
    """Raised when an answer holds nothing where postings are expected and the page does not itself say that there are none."""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of a portal: `body` as received after content decoding, `url` the final address."""

    body: bytes
    url: str = ""
    status: int = 200
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class PostedDocument:
    """A file named by a posting; `sha256` only once it was fetched."""

    title: str
    url: str = ""
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a program page says: `kind` is resource, banner or contact; `note` what stands beside its name.

    Of a resource the note is date, form and size as printed; of a contact whom to ask; of a banner its text.
    """

    kind: str
    name: str
    note: str = ""
    url: str = ""

    def told(self) -> str:
        """The part without its name, in one line."""
        return ", ".join(filter(None, (self.note, self.url)))


@dataclass(frozen=True, slots=True)
class Posting:
    """One row of a listing as the portal means it (DESIGN §5 keys, then what some platforms add).

    `published` and `closes` are aware, in the offset the portal meant, or None; `closes_text` is what it printed. When only a
    day was printed `closes` is that day's last second in the source's zone and `closes_precision` is "date"; a time without a
    zone is never given one: `closes` stays None and the text is kept. Counts are None where the platform tells none. `supplier`
    and `value` (as printed, with its currency) are of an award; `rationale` says why it was last amended. With `parts` it is no tender but a program page, of which nothing else than title and address is told.
    """

    id: str
    number: str | None
    title: str
    status: TenderStatus = TenderStatus.UNKNOWN
    buyer: str | None = None
    published: datetime | None = None
    closes: datetime | None = None
    closes_text: str | None = None
    url: str | None = None
    amendments: int | None = None
    addenda: int | None = None
    documents: int | None = None
    closes_precision: str = "minute"
    type: str | None = None
    description: str | None = None
    files: tuple[PostedDocument, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)
    supplier: str | None = None
    value: str | None = None
    rationale: str | None = None
    parts: tuple[Part, ...] = ()

    KEYS = (
        "id",
        "number",
        "title",
        "status",
        "buyer",
        "published",
        "closes",
        "closes_text",
        "url",
        "amendments",
        "addenda",
        "documents",
    )

    @property
    def resubmission(self) -> str | None:
        """ "required" when it says that bids handed in before must be handed in again, else None."""
        said = any(ANEW.search(text) for text in (self.rationale, self.description, self.title) if text)
        return "required" if said else None

    def to_json(self) -> dict[str, Any]:
        """The posting under the stable keys of the command line; times as ISO 8601 with offset."""
        return {key: _plain(getattr(self, key)) for key in self.KEYS}

    def dump(self) -> dict[str, Any]:
        """Everything, for the pipe and the database; `load` gives an equal posting back."""
        return {
            f.name: ([asdict(one) for one in getattr(self, f.name)] if f.name in NESTED else _plain(getattr(self, f.name)))
            for f in fields(self)
        }

    @classmethod
    def load(cls, data: dict[str, Any]) -> Self:
        """The posting that `dump` wrote; keys it does not know are ignored, missing ones take their default."""
        known = {f.name: data[f.name] for f in fields(cls) if f.name in data}
        for name in ("published", "closes"):
            known[name] = datetime.fromisoformat(known[name]) if known.get(name) else None
        known["status"] = TenderStatus(known.get("status") or "unknown")
        known["files"] = tuple(PostedDocument(**doc) for doc in known.get("files") or ())
        known["parts"] = tuple(Part(**part) for part in known.get("parts") or ())
        return cls(**known)


@dataclass(frozen=True, slots=True)
class Listing:
    """What one page of a source holds: its postings, how many rows it had, how many it says there are in all.

    `rows` counts every row met, read or not: `rows - len(postings)` could not be read. `says_none` is true when the page itself
    states that nothing is open (the only empty answer that is not a health event). `announces` says that it is no listing but a
    notice of what is new, as a notification mail is.
    """

    postings: tuple[Posting, ...]
    rows: int
    total: int | None = None
    columns: tuple[str, ...] = ()
    says_none: bool = False
    next_url: str | None = None
    announces: bool = False


@dataclass(frozen=True, slots=True)
class CapturedPage:
    """One answer as it was kept: its digest, its size in bytes after decoding, and where in the evidence folder it stands."""

    url: str
    taken_at: datetime
    status: int
    media_type: str
    sha256: str
    size: int
    archive: str | None = None
    archive_offset: int | None = None
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """One whole look at a source, all its pages: either what it showed, or why it could not be seen.

    What `announces` is a notice of new postings: it is nobody's baseline, and what it lacks means nothing. With `trouble` set (a health state and a sentence) the postings are empty and nothing but health may change; `unchanged`
    is a 304 for everything asked. `validators` are the ETag and Last-Modified to send next time, by address.
    """

    source: str
    at: datetime
    postings: tuple[Posting, ...] = ()
    rows: int = 0
    total: int | None = None
    columns: tuple[str, ...] = ()
    says_none: bool = False
    unchanged: bool = False
    announces: bool = False
    pages: tuple[CapturedPage, ...] = ()
    trouble: tuple[Health, str] | None = None
    retry_after: float | None = None  # seconds
    validators: dict[str, Any] = field(default_factory=dict)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value.value if isinstance(value, TenderStatus) else value
