"""DOCX bytes → text and outline (python-docx), run in the sandbox.

A DOCX has no pages of its own: the whole text is one page, and a place in it is cited by heading and paragraph instead.
Paragraphs are lines, in document order; a table's row is one line with its cells parted by tabs.
"""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import docx
from docx.table import Table
from docx.text.paragraph import Paragraph

from contracts.refusals import Damaged, HasMacros, NotADocx, TooCostly

MOST_UNPACKED = 256 * 1024 * 1024  # bytes, as the archive's directory declares them
MOST_RATIO = 200  # unpacked to packed; a long contract stays under 20


def read(data: bytes) -> dict[str, Any]:
    """`{"pages": [text], "headings": [[start, level, text, paragraph]…], "paragraphs": [start…]}`.

    Raises NotADocx, HasMacros, Damaged, TooCostly.
    """
    _refuse_bomb(data)
    try:
        document = docx.Document(io.BytesIO(data))
    except (KeyError, ValueError) as error:
        if "macroEnabled" in str(error):
            raise HasMacros from error
        raise NotADocx(detail="it is a ZIP archive of another kind") from error
    except Exception as error:
        raise Damaged from error
    lines: list[str] = []
    headings: list[tuple[int, int, str, int]] = []
    starts: list[int] = []
    position = 0
    for level, line in _lines(document):
        starts.append(position)
        if level is not None and line.strip():
            headings.append((position, level, line.strip(), len(starts)))
        lines.append(line)
        position += len(line) + 1
    return {"pages": ["\n".join(lines)], "headings": headings, "paragraphs": starts}


def _refuse_bomb(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile as error:
        raise Damaged from error
    if unpacked > MOST_UNPACKED or unpacked > MOST_RATIO * max(len(data), 100_000):
        raise TooCostly


def _lines(document: Any) -> Iterator[tuple[int | None, str]]:
    """Each line with its heading level, None for what is no heading."""
    for block in document.iter_inner_content():
        if isinstance(block, Paragraph):
            yield _level(block), _clean(block.text)
        elif isinstance(block, Table):
            yield from ((None, row) for row in _rows(block))


def _rows(table: Table) -> Iterator[str]:
    for row in table.rows:
        cells, seen = [], set()
        for cell in row.cells:
            if cell._tc not in seen:  # noqa: SLF001 - a merged cell is handed out once for each column it spans
                seen.add(cell._tc)  # noqa: SLF001
                cells.append(" ".join(_clean(cell.text).split()))
        yield "\t".join(cells)


def _level(paragraph: Paragraph) -> int | None:
    style = paragraph.style.name if paragraph.style is not None else None
    if not style:
        return None
    if style == "Title":
        return 0
    word, _, number = style.rpartition(" ")
    return int(number) if word == "Heading" and number.isdigit() else None


def _clean(text: str) -> str:
    """A soft break inside a paragraph stays within its line, so that lines and paragraphs are the same thing."""
    return text.replace("\n", " ").replace("\f", " ").replace("\x00", "")
