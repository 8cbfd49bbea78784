"""News: the one value that crosses from the watching room to the telling room, frozen as it was when it happened."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Self

from contracts.vocabulary import Change, ReleaseTag, TenderStatus

_TIMES = ("date", "closes_at", "published_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One release of one tender, with all that a message, a search or a calendar needs to know of it.

    Times are aware; `zone` is the IANA name of the source's zone, None where nobody knows it. `changes` holds old → new
    for the posting's fields (`closes`, `title`, `status`, `addenda`, …), times in it as ISO 8601 text.
    """

    release_id: str
    ocid: str
    tag: ReleaseTag
    date: datetime
    title: str
    number: str | None = None
    buyer: str | None = None
    status: TenderStatus = TenderStatus.UNKNOWN
    type: str | None = None
    closes_at: datetime | None = None
    closes_text: str | None = None
    closes_precision: str = "minute"
    zone: str | None = None
    url: str | None = None
    published_at: datetime | None = None
    amendments: int | None = None
    addenda: int | None = None
    documents: int | None = None
    description: str | None = None
    programs: tuple[str, ...] = ()  # keys of program lines
    program_names: tuple[str, ...] = ()  # names and aliases of those lines
    source: str = ""
    source_title: str = ""
    changes: tuple[Change, ...] = ()
    sequence: int = 0  # how many releases of the tender came before this one

    def to_json(self) -> dict[str, Any]:
        """A dictionary of JSON values that `from_json` reads back into an equal News."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        for name in _TIMES:
            values[name] = values[name] and values[name].isoformat()
        values["changes"] = [asdict(change) for change in self.changes]
        return values | {
            "tag": self.tag.value,
            "status": self.status.value,
            "programs": list(self.programs),
            "program_names": list(self.program_names),
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """The News that `to_json` wrote; keys of a later version are left out."""
        known = {field.name: values[field.name] for field in fields(cls) if field.name in values}
        for name in _TIMES:
            known[name] = datetime.fromisoformat(known[name]) if known.get(name) else None
        return cls(
            **known
            | {
                "tag": ReleaseTag(known["tag"]),
                "status": TenderStatus(known.get("status", TenderStatus.UNKNOWN)),
                "programs": tuple(known.get("programs", ())),
                "program_names": tuple(known.get("program_names", ())),
                "changes": tuple(Change(**change) for change in known.get("changes", ())),
            }
        )
