"""A set of PDFs in the shapes that contracts come in, each with the sentences that stand on its pages: made anew by each run."""

import io
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from reportlab.lib.pagesizes import LETTER, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen import canvas
from reportlab.platypus import BaseDocTemplate, Frame, PageBreak, PageTemplate, Paragraph, Table

WIDTH, HEIGHT = LETTER
WORDS = [
    "the",
    "provider",
    "worker",
    "report",
    "program",
    "referral",
    "discharge",
    "assessment",
    "treatment",
    "employer",
    "invoice",
    "schedule",
    "amendment",
    "clinic",
    "rehabilitation",
    "return",
    "plan",
    "visit",
    "session",
    "functional",
    "capacity",
    "notice",
    "insurance",
    "certificate",
    "premises",
    "personnel",
    "confidential",
    "record",
    "retention",
    "privacy",
    "incident",
    "audit",
    "subcontractor",
    "payment",
    "account",
    "within",
    "days",
    "before",
    "after",
    "each",
    "month",
    "written",
    "approval",
    "services",
]
HEBREW = [
    "החוזה",
    "מתחיל",
    "ביום",
    "הראשון",
    "לחודש",
    "ומסתיים",
    "בתום",
    "שלוש",
    "שנים",
    "הספק",
    "ימסור",
    "דוח",
    "סיום",
    "בתוך",
    "חמישה",
    "ימי",
    "עסקים",
]


@dataclass(frozen=True, slots=True)
class Sample:
    """One PDF: its shape, its bytes, and per page (from 1) what is written there, as a reader would quote it."""

    shape: str
    data: bytes
    quotes: tuple[tuple[int, str], ...]


def sample(shape: str) -> Sample:
    """The PDF of one shape of `SHAPES`, the same on every run."""
    data, quotes = SHAPES[shape](random.Random(shape))
    return Sample(shape, data, tuple(quotes))


def of_pages(count: int) -> Sample:
    """One column of text on so many pages."""
    data, quotes = _flowing(random.Random(count), columns=1, pages=count, each=14)
    return Sample(f"{count} pages", data, tuple(quotes))


Made = tuple[bytes, list[tuple[int, str]]]


def _sentence(chance: random.Random, number: int) -> str:
    words = " ".join(chance.choice(WORDS) for _ in range(chance.randint(9, 24)))
    return f"Item {number}: {words} {chance.randint(2, 400)} {words.split()[0]}."


def _flowing(chance: random.Random, *, columns: int, pages: int, each: int, alignment: int = 4) -> Made:
    """Justified paragraphs in columns, with a heading line and a page number on every page."""
    out, quotes, story = io.BytesIO(), [], []
    style = ParagraphStyle("body", fontName="Times-Roman", fontSize=9, leading=11, alignment=alignment, spaceAfter=5)
    for page in range(1, pages + 1):
        for _ in range(each):
            quotes.append((page, _sentence(chance, len(quotes))))
            story.append(Paragraph(quotes[-1][1], style))
        story.append(PageBreak())
    room = (WIDTH - 100 - 20 * (columns - 1)) / columns
    frames = [Frame(50 + index * (room + 20), 60, room, HEIGHT - 130, id=str(index)) for index in range(columns)]

    def furniture(sheet: canvas.Canvas, document: BaseDocTemplate) -> None:
        sheet.drawString(50, HEIGHT - 40, "Occupational Rehabilitation Services Agreement")
        sheet.drawRightString(WIDTH - 50, 30, f"Page {document.page} of {pages}")

    document = BaseDocTemplate(out, pagesize=LETTER, invariant=1)
    document.addPageTemplates(PageTemplate(frames=frames, onPage=furniture))
    document.build(story)
    return out.getvalue(), quotes


def _drawn(
    quotes: list[tuple[int, str]], draw: Callable[[canvas.Canvas, list[str]], None], size: tuple[float, float] = LETTER
) -> Made:
    """Each page's quotes drawn by `draw`."""
    out = io.BytesIO()
    sheet = canvas.Canvas(out, pagesize=size, invariant=1)
    for page in sorted({page for page, _ in quotes}):
        draw(sheet, [quote for at, quote in quotes if at == page])
        sheet.showPage()
    sheet.save()
    return out.getvalue(), quotes


def _numbered(chance: random.Random, pages: int, each: int) -> list[tuple[int, str]]:
    return [(page, _sentence(chance, page * 100 + number)) for page in range(1, pages + 1) for number in range(each)]


def _lines(sheet: canvas.Canvas, quotes: list[str], *, width: float = WIDTH - 100, top: float = HEIGHT - 60) -> None:
    sheet.setFont("Helvetica", 10)
    for quote in quotes:
        for line in simpleSplit(quote, "Helvetica", 10, width):
            sheet.drawString(50, top, line)
            top -= 13
        top -= 9


def _rotated(chance: random.Random) -> Made:
    """Pages turned by 90, 180 and 270 degrees, their text upright for whoever reads them, and one that stands sideways."""

    def draw(sheet: canvas.Canvas, quotes: list[str]) -> None:
        turn = 90 * (sheet.getPageNumber() % 4)
        sheet.setPageRotation(turn)
        sheet.translate(WIDTH / 2, HEIGHT / 2)
        sheet.rotate(turn if sheet.getPageNumber() < 8 else 0)
        sheet.translate(-250, -250)
        _lines(sheet, quotes, width=400, top=480)

    return _drawn(_numbered(chance, 8, 8), draw)


def _hyphenated(chance: random.Random) -> Made:
    """Narrow lines whose last word is broken, as a typesetter would."""

    def draw(sheet: canvas.Canvas, quotes: list[str]) -> None:
        sheet.setFont("Helvetica", 10)
        height = HEIGHT - 60
        for quote in quotes:
            for line in _broken(quote):
                sheet.drawString(50, height, line)
                height -= 13
            height -= 9

    return _drawn(_numbered(chance, 6, 6), draw)


def _broken(text: str, width: int = 38) -> Iterator[str]:
    """Lines of at most `width` letters, a long word broken after its fourth letter where that fits."""
    line = ""
    for word in text.split():
        if len(line) + len(word) < width:
            line = f"{line} {word}".strip()
            continue
        if len(word) > 8 and word.isalpha() and len(line) + 6 <= width:
            yield f"{line} {word[:4]}-"
            line = word[4:]
        else:
            yield line
            line = word
    yield line


def _form(chance: random.Random) -> Made:
    """Questions on the page, answers in form fields."""
    quotes = [
        (page, f"field{number}: {chance.choice(WORDS)} {number}") for page in (1, 2) for number in range(page * 10, page * 10 + 6)
    ]

    def draw(sheet: canvas.Canvas, lines: list[str]) -> None:
        for height, line in enumerate(lines):
            name, _, value = line.partition(": ")
            sheet.drawString(50, 700 - 40 * height, f"Question {name}")
            sheet.acroForm.textfield(name=name, value=value, x=200, y=690 - 40 * height, width=200, height=20)

    return _drawn(quotes, draw)


def _table(chance: random.Random, *, ruled: bool) -> Made:
    """A fee schedule; a quote is a row's code with its description."""
    out, quotes, story = io.BytesIO(), [], []
    for page in (1, 2, 3):
        rows = [["Code", "Description", "Fee"]]
        for number in range(20):
            rows.append([f"OR{page}{number:02}", " ".join(chance.sample(WORDS, 4)), f"${chance.randint(40, 900)}.50"])
            quotes.append((page, " ".join(rows[-1])))
        story += [Table(rows, style=[("GRID", (0, 0), (-1, -1), 0.5, "black")] if ruled else []), PageBreak()]
    document = BaseDocTemplate(out, pagesize=LETTER, invariant=1)
    document.addPageTemplates(PageTemplate(frames=[Frame(50, 60, WIDTH - 100, HEIGHT - 120)]))
    document.build(story)
    return out.getvalue(), quotes


def _landscape(chance: random.Random) -> Made:
    return _drawn(
        _numbered(chance, 4, 12),
        lambda sheet, quotes: _lines(sheet, quotes, width=HEIGHT - 100, top=WIDTH - 60),
        landscape(LETTER),
    )


def _right_to_left(chance: random.Random) -> Made:
    """Hebrew, its glyphs drawn from left to right as printers do."""
    quotes = [(page, " ".join(chance.sample(HEBREW, 6))) for page in (1, 2) for _ in range(8)]
    letters = sorted(set("".join(HEBREW)))
    codes = {letter: 65 + index for index, letter in enumerate(letters)} | {" ": 32}
    shown = {page: [bytes(codes[letter] for letter in reversed(quote)) for at, quote in quotes if at == page] for page in (1, 2)}
    return _mapped(shown, {code: letter for letter, code in codes.items()}), quotes


def _ligatures(chance: random.Random) -> Made:
    """A font of which one glyph stands for the letters ffi and another for fl."""
    quotes = [
        (page, f"Office {page * 10 + number} of the flow of {chance.choice(WORDS)}") for page in (1, 2) for number in range(6)
    ]
    shown = {
        page: [quote.replace("ffi", "\x01").replace("fl", "\x02").encode("latin-1") for at, quote in quotes if at == page]
        for page in (1, 2)
    }
    return _mapped(shown, {1: "ffi", 2: "fl"} | {code: chr(code) for code in range(32, 127)}), quotes


def _mapped(pages: dict[int, list[bytes]], letters: dict[int, str]) -> bytes:
    """A PDF by hand whose font maps each code to the letters it stands for (ToUnicode, ISO 32000-1 §9.10.3)."""
    pairs = "\n".join(f"<{code:02x}> <{text.encode('utf-16-be').hex()}>" for code, text in letters.items())
    cmap = f"/CIDInit /ProcSet findresource begin 12 dict begin begincmap 1 begincodespacerange <00> <ff> endcodespacerange\n{len(letters)} beginbfchar\n{pairs}\nendbfchar endcmap end end"
    names = " ".join(f"/g{code}" for code in sorted(letters))
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{' '.join(f'{6 + 2 * index} 0 R' for index in range(len(pages)))}]/Count {len(pages)}>>",
        f"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/FirstChar 0/LastChar 255/Widths[{'500 ' * 256}]/ToUnicode 4 0 R/Encoding 5 0 R>>",
        f"<</Length {len(cmap)}>>stream\n{cmap}\nendstream",
        f"<</Type/Encoding/Differences[{' '.join(f'{code} {name}' for code, name in zip(sorted(letters), names.split(), strict=True))}]>>",
    ]
    for index, lines in enumerate(pages.values()):
        drawn = "BT /F1 12 Tf 50 740 Td " + " ".join(f"<{line.hex()}> Tj 0 -20 Td" for line in lines) + " ET"
        objects += [
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 3 0 R>>>>/Contents {7 + 2 * index} 0 R>>",
            f"<</Length {len(drawn)}>>stream\n{drawn}\nendstream",
        ]
    return _file(objects)


def _file(objects: list[str]) -> bytes:
    """The numbered objects as a PDF with its table of where each stands."""
    body, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<</Root 1 0 R/Size {len(objects) + 1}>>\nstartxref\n{len(body)}\n%%EOF\n"
    return body + end.encode("latin-1")


SHAPES: dict[str, Callable[[random.Random], Made]] = {
    "one column, 100 pages": lambda chance: _flowing(chance, columns=1, pages=100, each=14),
    "two columns": lambda chance: _flowing(chance, columns=2, pages=10, each=20),
    "three columns": lambda chance: _flowing(chance, columns=3, pages=6, each=18, alignment=0),
    "rotated": _rotated,
    "landscape": _landscape,
    "broken words": _hyphenated,
    "ligatures": _ligatures,
    "right to left": _right_to_left,
    "form fields": _form,
    "ruled table": lambda chance: _table(chance, ruled=True),
    "unruled table": lambda chance: _table(chance, ruled=False),
}
