"""PDF bytes → pages of text (pypdfium2), run in the sandbox.

A page without any text is named, so that it can be recognised or told about. Values typed into form fields stand in no page
text, so they follow it as lines "field: value".
"""

import ctypes
import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from contracts.printed import printed
from contracts.refusals import Damaged, Encrypted, TooManyPages

SAMPLED = 12  # characters that tell which way a page's text runs


def read(data: bytes, *, most_pages: int, anchors: Sequence[str] = ()) -> dict[str, Any]:
    """`{"pages": [text…], "textless": [page numbers…], "signatures": […]}`; raises Encrypted, Damaged, TooManyPages."""
    document = opened(data)
    if len(document) > most_pages:
        raise TooManyPages(detail=f"{len(document):,} pages, and at most {most_pages:,} are read")
    has_form = document.get_formtype() != pdfium.FORMTYPE_NONE
    if has_form:
        document.init_forms()
    pages = [_text(document, index, has_form=has_form) for index in range(len(document))]
    if not pages:
        raise Damaged(detail=": it has no pages")
    textless = [number for number, text in enumerate(pages, start=1) if not text.strip()]
    return {"pages": pages, "textless": textless, "signatures": _signatures(data, anchors)}


def opened(data: bytes) -> Any:
    """The document; raises Encrypted, Damaged."""
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower() or "security" in str(error).lower():
            raise Encrypted from error
        raise Damaged from error


def upright(page: Any) -> Any:
    """The page's text page, its lines in reading order.

    pdfium puts lines that are shown sideways in reverse order, so such a page is first turned until most of its text stands upright.
    """
    text_page = page.get_textpage()
    turned = _angle(text_page)
    if turned is None or turned == page.get_rotation():
        return text_page
    text_page.close()
    shown = page.get_rotation()
    page.set_rotation(turned)
    text_page = page.get_textpage()
    page.set_rotation(shown)
    return text_page


def _angle(text_page: Any) -> int | None:
    """The direction in degrees, a multiple of 90, of most of a few characters all over the page; None for a page without text."""
    count = text_page.count_chars()
    places = range(0, count, max(count // SAMPLED, 1))
    angles = [angle for place in places if (angle := pdfium.FPDFText_GetCharAngle(text_page, place)) >= 0]
    if not angles:
        return None
    [(most, _)] = Counter(round(math.degrees(angle) / 90) * 90 % 360 for angle in angles).most_common(1)
    return most


def _text(document: Any, index: int, *, has_form: bool) -> str:
    try:
        page = document[index]
        text_page = upright(page)
    except pypdfium2.PdfiumError as error:
        raise Damaged(detail=f" on page {index + 1}") from error
    try:
        text = printed(text_page.get_text_range())
        typed = _typed(page) if has_form else []
        return "\n".join([text, *typed]) if typed else text
    finally:
        text_page.close()
        page.close()


def _typed(page: Any) -> list[str]:
    """What was typed into the page's form fields, as lines "field: value"; empty ones and buttons are left out."""
    lines = []
    form = page.formenv
    for position in range(pdfium.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium.FPDFPage_GetAnnot(page, position)
        try:
            if pdfium.FPDFAnnot_GetSubtype(annotation) != pdfium.FPDF_ANNOT_WIDGET:
                continue
            kind = pdfium.FPDFAnnot_GetFormFieldType(form, annotation)
            if kind not in {pdfium.FPDF_FORMFIELD_TEXTFIELD, pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX}:
                continue
            value = _string(pdfium.FPDFAnnot_GetFormFieldValue, form, annotation)
            if value.strip():
                name = _string(pdfium.FPDFAnnot_GetFormFieldName, form, annotation)
                lines.append(printed(f"{name}: {value}"))
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)
    return lines


def _string(getter: Any, form: Any, annotation: Any) -> str:
    """A UTF-16 string of pdfium, asked for twice: once for its length in bytes, once for itself."""
    length = getter(form, annotation, None, 0)
    buffer = (ctypes.c_ushort * (length // 2 + 1))()
    getter(form, annotation, buffer, length)
    return bytes(buffer)[: max(length - 2, 0)].decode("utf-16-le", "replace")


def _signatures(data: bytes, anchors: Sequence[str]) -> list[dict[str, Any]]:
    """The signature report; the slow library is loaded only for a file that holds a signature's byte range."""
    if b"/ByteRange" not in data:
        return []
    from contracts import signatures  # noqa: PLC0415

    return signatures.report(data, [bytes.fromhex(anchor) for anchor in anchors])
