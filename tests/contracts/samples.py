"""Small files of our own making, in the shapes that clinics hold."""

import io
import zipfile
import zlib
from pathlib import Path

import docx
import pypdfium2
from reportlab.lib import pdfencrypt
from reportlab.pdfgen import canvas

AGREEMENT = (
    """OCCUPATIONAL REHABILITATION SERVICES AGREEMENT
Agreement No. OR-7741

1. Term
1.1 This Agreement begins on September 27, 2018 and continues for 36 months.
1.2 Either party may renew the term once for 12 months by written notice
given at least 120 days before expiry.

2. Reports
2.1 The Provider must submit the Initial Report within 10 business days of the referral.
2.2 The Provider must submit the Discharge Report within 5 business days after discharge
of the worker.""",
    """3. Statements of Account
3.1 Invoices must be received within 90 days of the date of service.

4. Insurance
4.1 The Provider must maintain commercial general liability insurance of not less than
$2,000,000 per occurrence and give a certificate of insurance before services start.

5. Job site visits
5.1 The Provider may attend a job site visit of the worker with the employer's consent.""",
    """SCHEDULE B - FEES

Code  Description  Fee
OR210  Initial assessment  $412.50  per assessment
OR220  Treatment day  $138.00  per day
OR230  Job site visit  $1,150.00  each""",
)


def pdf(*pages: str, password: str | None = None, rotated: bool = False, title: str = "") -> bytes:
    """A PDF with these pages of lines, for a reader that has the password if one is given."""
    out = io.BytesIO()
    encryption = pdfencrypt.StandardEncryption(password, "owner", canPrint=0) if password else None
    sheet = canvas.Canvas(out, encrypt=encryption, invariant=1)
    sheet.setTitle(title)
    for page in pages:
        if rotated:  # the page lies on its side, the text is upright for whoever reads it
            sheet.setPageRotation(90)
            sheet.rotate(90)
            sheet.translate(0, -850)
        height = 800
        for line in page.split("\n"):
            sheet.drawString(50, height, line)
            height -= 14
        sheet.showPage()
    sheet.save()
    return out.getvalue()


def form(value: str) -> bytes:
    """A PDF with one text field that holds `value`."""
    out = io.BytesIO()
    sheet = canvas.Canvas(out, invariant=1)
    sheet.drawString(50, 800, "Payee number:")
    sheet.acroForm.textfield(name="payee", value=value, x=150, y=790, width=200, height=20)
    sheet.showPage()
    sheet.save()
    return out.getvalue()


def scan() -> bytes:
    """A PDF whose only page is a picture."""
    out = io.BytesIO()
    sheet = canvas.Canvas(out, invariant=1)
    sheet.rect(100, 100, 300, 500, fill=1)
    sheet.showPage()
    sheet.save()
    return out.getvalue()


def word() -> bytes:
    """A DOCX with a title, headings, paragraphs and a table with a merged cell."""
    document = docx.Document()
    document.add_heading("Services Agreement", level=0)
    document.add_heading("Reports", level=1)
    document.add_paragraph("The Provider must submit the Discharge Report within 5 business days.")
    document.add_heading("Fees", level=1)
    table = document.add_table(rows=2, cols=3)
    for cell, text in zip(table.rows[0].cells, ("OR210", "Initial assessment", "$412.50"), strict=True):
        cell.text = text
    merged = table.rows[1].cells[0].merge(table.rows[1].cells[1])
    merged.text = "Maximum"
    table.rows[1].cells[2].text = "$9,000.00"
    document.add_paragraph("Signed by both parties.")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def macros(*, declared: bool) -> bytes:
    """The DOCX above with a macro project in it; `declared` makes it a file of the kind that runs them."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(word())) as whole, zipfile.ZipFile(out, "w") as changed:
        for name in whole.namelist():
            part = whole.read(name)
            if declared and name == "[Content_Types].xml":
                plain = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
                part = part.replace(plain, b"application/vnd.ms-word.document.macroEnabled.main+xml")
            changed.writestr(name, part)
        changed.writestr("word/vbaProject.bin", b"Attribute VB_Name")
    return out.getvalue()


def scanned(*pages: str, kind: str = "PDF") -> bytes:
    """The pages as pictures at 150 dots per inch, in a PDF or a picture file of this kind."""
    document = pypdfium2.PdfDocument(pdf(*pages))
    pictures = [document[index].render(scale=150 / 72).to_pil().convert("L") for index in range(len(document))]
    out = io.BytesIO()
    more = {"save_all": True, "append_images": pictures[1:]} if kind in {"PDF", "TIFF"} else {}
    pictures[0].save(out, kind, **({"resolution": 150} if kind == "PDF" else {"dpi": (150, 150)}), **more)
    return out.getvalue()


def written(folder: Path, name: str, data: bytes) -> Path:
    """The bytes as a file."""
    path = folder / name
    path.write_bytes(data)
    return path


def pdf_bomb(size: int) -> bytes:
    """A small PDF whose page unpacks, twice packed, to `size` bytes of blanks."""
    packer = zlib.compressobj(1)
    block = b" " * 1_000_000
    once = b"".join(packer.compress(block) for _ in range(size // len(block))) + packer.flush()
    stream = zlib.compress(once)
    return bare(
        "/Contents 4 0 R", b"4 0 obj<</Filter[/FlateDecode/FlateDecode]/Length %d>>stream\n" % len(stream) + stream + ENDED
    )


def many_pages(count: int) -> bytes:
    """A PDF that shows one empty page `count` times."""
    return bare("", b"", count)


def bare(page: str, more: bytes, count: int = 1) -> bytes:
    """A PDF by hand: one page object, shown `count` times, and whatever objects follow it."""
    lines = [
        "%PDF-1.4",
        "1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj",
        f"2 0 obj<</Type/Pages/Kids[{'3 0 R ' * count}]/Count {count}>>endobj",
        f"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]{page}>>endobj",
        "",
    ]
    return "\n".join(lines).encode() + more + b"\ntrailer<</Root 1 0 R>>\n%%EOF\n"


ENDED = b"\nendstream endobj"
