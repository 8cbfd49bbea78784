"""A plan that is believed, written down: sightings, tenders, and the releases that tell what is new of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import insert
from sqlmodel import Session, SQLModel, col, select

from contracts.vocabulary import Change, ReleaseTag
from crawler import changes as changing
from crawler import programs, volume
from crawler.identity import Row
from crawler.items import Posting
from crawler.models import Release, Sighting, Tender
from crawler.normalise import number_key, ocid, program_id, tender_values
from crawler.sources import SourceConfig
from crawler.store import flapping, joins, releases
from crawler.store.plan import Known, chunks, open_to_bids
from crawler.store.values import as_posting, update

T = TypeVar("T", bound=SQLModel)
FIELD_COLUMNS = {
    "number": ("number", "number_key"),
    "published": ("published_at",),
    "closes": ("closes_at", "closes_text", "closes_precision", "zone"),
    "amendments": ("amendments",),
    "resubmission": ("description", "rationale"),
}


class Writer:
    """One believed look being written: what every step needs, and the releases they make."""

    def __init__(self, session: Session, source: SourceConfig, now: datetime, *, baseline: bool, evidence: int | None) -> None:
        self.session = session
        self.source = source
        self.now = now
        self.baseline = baseline
        self.evidence = evidence
        self.releases: list[Release] = []

    def rename(self, renamed: list[tuple[Known, str]]) -> None:
        """Known sightings under the new ids their source gives them."""
        for chunk in chunks(renamed):
            names = {known.id: name for known, name in chunk}
            for sighting in self._sightings(list(names)):
                sighting.native_id = names[sighting.id or 0]
        self.session.flush()

    def bring_back(self, returned: list[Known]) -> tuple[Sighting, ...]:
        """Rows that are there again; those that had left while open are worth a line."""
        told = []
        for sighting in self._sightings([known.id for known in returned]):
            left, sighting.missing_since, sighting.last_seen_at = sighting.missing_since, None, self.now
            if left and (sighting.closes_at is None or sighting.closes_at >= left):
                told.append(sighting)
        return tuple(told)

    def let_go(self, gone: list[Known]) -> tuple[Sighting, ...]:
        """Rows that left: remembered as missing, which is a state of the sighting and never news of the tender."""
        told = []
        for sighting in self._sightings([known.id for known in gone]):
            sighting.missing_since = self.now
            if sighting.closes_at is None or sighting.closes_at >= self.now:
                told.append(sighting)
        return tuple(told)

    def add(self, new: list[Row]) -> None:
        """Rows never seen on this source: new tenders, or known ones on one more portal."""
        joined = joins.find(self.session, self.source, [row.posting for row in new])
        fresh = [row for row, match in zip(new, joined, strict=True) if match is None]
        made = iter(self._insert(Tender, self._tenders(fresh), key="ocid"))
        shown = [(row, match.tender if match else next(made), match) for row, match in zip(new, joined, strict=True)]
        sightings = [self._sighting(row, tender, match.reasons if match else ()) for row, tender, match in shown]
        if sightings:
            self.session.execute(insert(Sighting), sightings)
        for row, tender, match in shown:
            if match:
                self._complete(tender, row.posting)
        told = [(tender, open_to_bids(row.posting, self.now)) for row, tender, match in shown if not match]
        first = [
            self._values(t, ReleaseTag.TENDER, [], news=not self.baseline and opens)
            if not t.is_program
            else self._values(t, ReleaseTag.PROGRAM_UPDATE, [], news=False)  # that a page is there is no news
            for t, opens in told
        ]
        self.releases += self._insert(Release, first, key="release_id")

    def _insert(self, table: type[T], rows: list[dict[str, Any]], *, key: str) -> list[T]:
        """New rows of a table in one statement, given back in their order; far quicker than an object each.

        They are ordered here by their unique `key`: SQLite would fall back to a statement a row to return them in order.
        """
        if not rows:
            return []
        found = {getattr(made, key): made for made in self.session.scalars(insert(table).returning(table), rows)}
        return [found[row[key]] for row in rows]

    def _complete(self, tender: Tender, posting: Posting) -> None:
        """What a further portal tells that the first one does not; addenda and amendments there are news."""
        told = [
            Change(name, None, count)
            for name in ("amendments", "addenda")
            if getattr(tender, name) is None and (count := getattr(posting, name))
        ]
        values = tender_values(posting, self.source)
        update(tender, {name: value for name, value in values.items() if getattr(tender, name) is None})
        if told:
            tender.changed_at = self.now
            self._release(tender, changing.tag(told), told, news=not self.baseline and open_to_bids(posting, self.now))

    def change(self, changed: list[tuple[Known, Row, Posting, list[Change]]], *, present: int) -> int:
        """Known rows that differ, of `present` in all; how many of them mean it."""
        sightings = {s.id: s for s in self._sightings([known.id for known, _, _, _ in changed])}
        meant = [known.tender_id for known, _, _, found in changed if found]
        tenders = {t.id: t for chunk in chunks(meant) for t in self.session.exec(select(Tender).where(col(Tender.id).in_(chunk)))}
        count = 0
        rendered = volume.wholesale(([c.field for c in found] for _, _, _, found in changed), present)
        for known, row, old, found in changed:
            sighting = sightings[known.id]
            if found and flapping.restless(sighting, row.digest, now=self.now, every=self.source.every):
                continue
            merged = changing.merged(old, row.posting)
            self._say(sighting, merged, row.digest)
            if found:
                count += 1
                self._tell(tenders[known.tender_id], merged, found, rendered)
        self.session.flush()
        return count

    def settle(self, settled: list[Known]) -> None:
        """Rows of a portal that answered in turns and are back at what was told last."""
        for sighting in self._sightings([known.id for known in settled]):
            flapping.settle(sighting)

    def _say(self, sighting: Sighting, posting: Posting, digest: str) -> None:
        for name, value in self._said(posting, digest).items():
            setattr(sighting, name, value)

    def _said(self, posting: Posting, digest: str) -> dict[str, Any]:
        return {
            "posting": posting.dump(),
            "digest": digest,
            "closes_at": posting.closes.astimezone(UTC) if posting.closes else None,
            "number_key": number_key(posting.number),
            "last_seen_at": self.now,
        }

    def _tell(self, tender: Tender, posting: Posting, found: list[Change], rendered: frozenset[str]) -> None:
        """The change as news, unless another portal showed the same before; `rendered` fields changed on most rows alike."""
        shown = as_posting(tender)
        ahead = {change.field for change in changing.changes(shown, posting)}
        # what the tender's first portal does not tell (a count of addenda, say) nobody else has told yet
        fresh = [change for change in found if change.field in ahead or getattr(shown, change.field, None) is None]
        values = tender_values(posting, self.source)
        if tender.source == self.source.name:
            update(tender, values)
        else:
            update(tender, {name: values[name] for c in fresh for name in FIELD_COLUMNS.get(c.field, (c.field,))})
        tender.programs = self._lines(replace(as_posting(tender), parts=posting.parts))
        if not fresh:
            return
        tender.changed_at = self.now
        tender.last_seen_at = self.now
        news = not changing.expected(fresh, posting, self.now) and any(c.field not in rendered for c in fresh)
        self._release(tender, ReleaseTag.PROGRAM_UPDATE if posting.parts else changing.tag(fresh), fresh, news=news)

    def _tenders(self, rows: list[Row]) -> list[dict[str, Any]]:
        """Values of the tenders that these rows are the first to show."""
        names = {
            row.native_id: program_id(self.source.name) if row.posting.parts else ocid(self.source.name, row.native_id)
            for row in rows
        }
        taken: set[str] = set()  # the portal gives an id again that once was another tender's
        for chunk in chunks(names.values()):
            taken.update(self.session.exec(select(Tender.ocid).where(col(Tender.ocid).in_(chunk))))
        return [
            {
                **(values := tender_values(row.posting, self.source)),
                "ocid": name if name not in taken else ocid(self.source.name, f"{row.native_id}\x00{self.now.isoformat()}"),
                "programs": self._lines(replace(row.posting, buyer=values["buyer"])),
                "source": self.source.name,
                "first_seen_at": self.now,
                "last_seen_at": self.now,
                "changed_at": self.now,
            }
            for row, name in zip(rows, names.values(), strict=True)
        ]

    def _lines(self, posting: Posting) -> list[str]:
        """Keys of the program lines it is news for; a program page is its source's, whatever other programs it speaks of."""
        lines = self.source.programs if posting.parts else ()
        return list(programs.followed(lines) if lines else programs.lines_of(posting))

    def _sighting(self, row: Row, tender: Tender, reasons: Sequence[str]) -> dict[str, Any]:
        return {
            "source": self.source.name,
            "native_id": row.native_id,
            "tender_id": tender.id,
            "reasons": list(reasons),
            "trail": [],
            "unsettled": False,
            "first_seen_at": self.now,
            **self._said(row.posting, row.digest),
        }

    def _release(self, tender: Tender, tag: ReleaseTag, found: list[Change], *, news: bool) -> None:
        made = Release(**self._values(tender, tag, found, news=news))
        self.session.add(made)
        self.releases.append(made)

    def _values(self, tender: Tender, tag: ReleaseTag, found: list[Change], *, news: bool) -> dict[str, Any]:
        return releases.values(tender, tag, found, source=self.source.name, now=self.now, news=news, capture_id=self.evidence)

    def _sightings(self, ids: list[int]) -> list[Sighting]:
        return [s for chunk in chunks(ids) for s in self.session.exec(select(Sighting).where(col(Sighting.id).in_(chunk)))]
