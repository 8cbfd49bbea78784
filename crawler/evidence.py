"""The evidence over time: what was answered one look after the other, and which months are kept no longer."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path

from crawler.archive import FILE, NotKept, read
from crawler.models import Capture
from crawler.spiders.answers import prose, text_of

MONTH = len("-2026-09.warc.gz")


def files_of(folder: Path, source: str) -> list[Path]:
    """A source's evidence files, the oldest first; never those of a source whose name begins alike."""
    return sorted(
        path for path in folder.glob(f"{source}-*.warc.gz") if FILE.fullmatch(path.name) and path.name[:-MONTH] == source
    )


def answers(folder: Path, source: str) -> Iterator[tuple[datetime, str, int]]:
    """When each answer of a source came and where it is kept (file, offset), the oldest file first."""
    from warcio.archiveiterator import ArchiveIterator  # noqa: PLC0415 - as in `archive`

    for path in files_of(folder, source):
        with path.open("rb") as warc:
            records = ArchiveIterator(warc)
            for record in records:
                if record.rec_type in {"response", "revisit"}:
                    taken = datetime.fromisoformat(record.rec_headers.get_header("WARC-Date"))
                    yield taken, path.name, records.get_record_offset()


def sample(folder: Path, capture: Capture | None, *, most: int = 300) -> str | None:
    """The beginning of an answer as a person reads it, markup taken out; None where nothing of it is kept."""
    if capture is None or capture.archive is None or capture.archive_offset is None:
        return None
    try:
        page = read(folder, capture.archive, capture.archive_offset)
    except NotKept:
        return None
    return (prose(text_of(page)[:20_000]) or "")[:most]


def kept(folder: Path) -> set[str]:
    """The evidence files of a folder."""
    return {path.name for path in folder.glob("*.warc.gz") if FILE.fullmatch(path.name)}


def outdated(files: Iterable[str], *, before: date) -> list[str]:
    """Those of these files whose month ended before that day: what they hold no other file refers to."""
    return sorted(name for name in files if FILE.fullmatch(name) and _after_month(name) <= before)


def remove(folder: Path, file: str) -> None:
    """Take an evidence file and its index away for good; once they are gone it changes nothing."""
    if FILE.fullmatch(file):
        for name in (file, file.replace(".warc.gz", ".index")):
            (folder / name).unlink(missing_ok=True)


def _after_month(file: str) -> date:
    """The day after the month that a file is of."""
    year, month = map(int, file.removesuffix(".warc.gz").rsplit("-", 2)[1:])
    return date(year + month // 12, month % 12 + 1, 1)
