"""What is found in a fetched bid document: the scanner's verdict, its text read in the sandbox, and how that differs from before."""

from collections import Counter
from pathlib import Path
from urllib.parse import unquote, urlsplit

from contracts import compare, documents, refusals
from crawler import files, scanning
from crawler.files import Examined, Fetched

LONGEST_TEXT = 2_000_000  # characters that are kept of one file
LONGEST_COMPARED = 400_000  # characters of a version beyond which nobody waits for its differences


def examine(fetched: Fetched, before: str | None, *, folder: Path, scanner: str) -> Examined:
    """Scan the file and read it; an infected one is taken away unread, and what can't be read is a sentence."""
    if fetched.sha256 is None:
        return Examined()
    path = files.place(folder, fetched.sha256)
    verdict = scanning.scan(scanner, path)
    if verdict.state == "infected":
        path.unlink(missing_ok=True)
        return Examined(verdict.state, verdict.note, text_note="it was not read, for it is infected")
    try:
        read = documents.read(path.read_bytes(), name_of(fetched))
    except (refusals.Unreadable, OSError) as refusal:
        return Examined(verdict.state, verdict.note, text_note=str(refusal)[:500])
    text = read.text.replace("\x00", "")[:LONGEST_TEXT]
    return Examined(
        verdict.state,
        verdict.note,
        text=text,
        text_note=" ".join(read.notes) if not text.strip() else "",
        difference=difference(before, text) if before is not None else "",
    )


def name_of(fetched: Fetched) -> str:
    """The name that the file's address gives it, with the ending that its media type promises where the address gives none."""
    name = unquote(urlsplit(fetched.url).path).rsplit("/", 1)[-1][:200] or "document"
    return name if "." in name or "text/plain" not in fetched.media_type else f"{name}.txt"


def difference(before: str, after: str) -> str:
    """How two versions' texts differ, in words: `2 passages changed, 1 added`."""
    if before == after:
        return "the text is the same"
    if max(len(before), len(after)) > LONGEST_COMPARED:
        return "the text differs"
    counts = Counter(step.what.value for step in steps(before, after))
    said = [f"{count} passage{'s' * (count > 1)} {word}" for word in ("changed", "added", "removed") if (count := counts[word])]
    return ", ".join(said) or "the text differs in spacing and order alone"


def steps(before: str, after: str) -> list[compare.Difference]:
    """The passages that differ, side by side."""
    return compare.changes(before.split("\f"), after.split("\f"))
