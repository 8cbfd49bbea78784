"""A PDF page as a picture, and where on it a quote stands; run in the sandbox.

Boxes are fractions of the page as it is shown (its rotation applied), `[left, top, width, height]` with 0, 0 at the top left:
whatever size the picture is shown at, they fit.
"""

import base64
import ctypes
import struct
import zlib
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from contracts.pdf import opened, upright
from contracts.printed import raw_span
from contracts.refusals import Damaged

WIDEST = 2_000  # pixels of either side
GRID = 100_000  # steps of the page's width and height in which boxes are measured


def picture(data: bytes, *, page: int, width: int) -> dict[str, Any]:
    """`{"png": base64, "width": pixels, "height": pixels}` of page `page` (from 1); raises Damaged, Encrypted."""
    sheet = _page(data, page)
    across, down = sheet.get_size()
    scale = min(width, WIDEST) / across
    scale = min(scale, WIDEST / down)
    bitmap = sheet.render(scale=scale, rev_byteorder=True, may_draw_forms=True, prefer_bgrx=False)
    return {"png": base64.b64encode(png(bitmap)).decode(), "width": bitmap.width, "height": bitmap.height}


def boxes(data: bytes, *, page: int, start: int, end: int) -> list[list[float]]:
    """One box for each line of the quote at the offsets into the page's text as it is kept; raises Damaged, Encrypted."""
    sheet = _page(data, page)
    text = upright(sheet)
    raw = text.get_text_range()
    first, after = (_unit(text, raw, place) for place in raw_span(raw, start, end))
    count = pdfium.FPDFText_CountRects(text, first, max(after - first, 0)) if after > first else 0
    return [_box(sheet, text, index) for index in range(count)]


def png(bitmap: Any) -> bytes:
    """A pypdfium2 bitmap (grey or RGB, 8 bits) as a PNG file (RFC 2083), rows unfiltered."""
    colour = {1: 0, 3: 2, 4: 6}[bitmap.n_channels]
    wide = bitmap.width * bitmap.n_channels
    pixels = bytes(bitmap.buffer)
    rows = b"".join(b"\x00" + pixels[row : row + wide] for row in range(0, bitmap.height * bitmap.stride, bitmap.stride))
    header = struct.pack(">IIBBBBB", bitmap.width, bitmap.height, 8, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 6)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _page(data: bytes, page: int) -> Any:
    document = opened(data)
    if document.get_formtype() != pdfium.FORMTYPE_NONE:
        document.init_forms()
    try:
        return document[page - 1]
    except (pypdfium2.PdfiumError, IndexError) as error:
        raise Damaged(detail=f" on page {page}") from error


def _unit(text: Any, raw: str, place: int) -> int:
    """pdfium's own number of the character: it counts UTF-16 units, and glyphs without a letter besides."""
    units = len(raw[:place].encode("utf-16-le", "surrogatepass")) // 2
    found: int = pdfium.FPDFText_GetCharIndexFromTextIndex(text, units)
    return found if found >= 0 else pdfium.FPDFText_CountChars(text)


def _box(sheet: Any, text: Any, index: int) -> list[float]:
    left, top, right, bottom = (ctypes.c_double() for _ in range(4))
    pdfium.FPDFText_GetRect(text, index, left, top, right, bottom)
    corners = [_shown(sheet, x.value, y.value) for x, y in ((left, top), (right, bottom))]
    (across, other_across), (down, other_down) = ([corner[axis] for corner in corners] for axis in (0, 1))
    edges = min(across, other_across), min(down, other_down), abs(across - other_across), abs(down - other_down)
    return [round(edge, 5) for edge in edges]


def _shown(sheet: Any, x: float, y: float) -> tuple[float, float]:
    """A point of the page as fractions of what is shown, from the top left."""
    across, down = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDF_PageToDevice(sheet, 0, 0, GRID, GRID, 0, x, y, across, down)
    return across.value / GRID, down.value / GRID
