"""A file is read into pages with exact offsets, or refused with one sentence; its bytes decide what it is."""

import hashlib
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.pdfgen import canvas

from contracts import documents, ocr, originals, pageview, pdf, refusals, sandbox
from tests.contracts import samples


def test_a_pdf_is_read_page_by_page() -> None:
    data = samples.pdf(*samples.AGREEMENT)
    read = documents.read(data, "or2.pdf")
    assert read.media_type == "application/pdf"
    assert read.sha256 == hashlib.sha256(data).hexdigest()
    assert read.size == len(data)
    assert len(read.pages) == 3
    assert read.origins == ("text", "text", "text")
    assert "within 5 business days after discharge\nof the worker" in read.pages[0]
    assert read.text.index("Invoices must") == len(read.pages[0]) + 1 + read.pages[1].index("Invoices must")


def test_a_rotated_page_reads_as_an_upright_one() -> None:
    upright, rotated = (documents.read(samples.pdf(samples.AGREEMENT[1], rotated=turned), "r.pdf") for turned in (False, True))
    assert upright.pages == rotated.pages


@pytest.mark.parametrize("shown", [0, 90, 180, 270])
@pytest.mark.parametrize("written", [0, 90, 180, 270])
def test_lines_are_in_reading_order_whichever_way_they_run(shown: int, written: int) -> None:
    sheet = canvas.Canvas(out := io.BytesIO())
    sheet.setPageRotation(shown)
    sheet.translate(300, 400)
    sheet.rotate(written)
    for number in range(3):
        sheet.drawString(0, -14 * number, f"line {number}")
    sheet.save()
    assert pdf.read(out.getvalue(), most_pages=1)["pages"] == ["line 0\nline 1\nline 2"]


def test_what_was_typed_into_a_form_is_read() -> None:
    page = documents.read(samples.form("P-20417"), "form.pdf").pages[0]
    assert "Payee number:" in page
    assert page.endswith("payee: P-20417")


def test_a_scan_without_recognition_is_kept_with_a_sentence_that_says_how(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "missing", lambda: ["tesseract"])
    read = documents.read(samples.scan(), "scan.pdf")
    assert read.origins == ("none",)
    assert read.notes == (f"Page 1 holds no text (a scan, or blank), and this machine lacks tesseract: {ocr.ADVICE}.",)


def test_a_recognised_page_is_marked_and_text_that_was_there_stays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`ocrmypdf` is played by a script that gives back a PDF whose two pages both hold text."""
    rendition = samples.written(tmp_path, "rendition.pdf", samples.pdf("recognised over text", "recognised on a scan"))
    for program in ocr.PROGRAMS:
        script = samples.written(tmp_path, program, f'#!/bin/sh\nfor last; do :; done\ncp {rendition} "$last"\n'.encode())
        script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    original = samples.pdf("typed text", "")
    read = documents.read(original, "half-scanned.pdf")
    assert read.pages == ("typed text", "recognised on a scan")
    assert read.origins == ("text", "ocr")
    assert read.data == original
    assert read.notes == ()


@pytest.mark.skipif(bool(ocr.missing()), reason=f"this machine lacks {' and '.join(ocr.missing())}: {ocr.ADVICE}")
@pytest.mark.parametrize(("name", "kind"), [("scan.pdf", "PDF"), ("scan.png", "PNG"), ("scan.jpg", "JPEG")])
def test_a_scan_is_really_recognised_into_a_rendition_beside_it(name: str, kind: str, tmp_path: Path) -> None:
    scan = samples.scanned(samples.AGREEMENT[0], kind=kind)
    read = documents.read(scan, name)
    assert read.origins == ("ocr",)
    assert "The Provider must submit the Discharge Report within 5 business days after discharge" in read.pages[0]
    originals.keep(tmp_path, read)
    assert originals.fetch(tmp_path, read.sha256) == scan
    rendition = originals.rendition(tmp_path, read.sha256)
    assert rendition
    place = read.pages[0].index("Discharge Report")
    boxes = pageview.boxes(rendition, page=1, start=place, end=place + 16)
    assert boxes
    assert len({top for _, top, _, _ in boxes}) == 1  # on one line


def test_macros_are_never_run_and_told_of() -> None:
    assert "Signed by both parties." in documents.read(samples.macros(declared=False), "a.docx").text
    with pytest.raises(refusals.HasMacros, match=r"a\.docm is a document with macros, which are never run here"):
        documents.read(samples.macros(declared=True), "a.docm")


def test_a_word_document_cites_heading_and_paragraph() -> None:
    read = documents.read(samples.word(), "agreement.docx")
    assert read.media_type == documents.DOCX
    lines = read.text.split("\n")
    assert lines[4] == "OR210\tInitial assessment\t$412.50"
    assert lines[5] == "Maximum\t$9,000.00"
    assert [(h.level, h.text, h.paragraph) for h in read.headings] == [
        (0, "Services Agreement", 1),
        (1, "Reports", 2),
        (1, "Fees", 4),
    ]
    assert [read.text[start:].split("\n")[0] for start in read.paragraphs] == lines


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("Rétention\r\nof records\n", "utf-8"), ("“Fees”\r\n", "cp1252"), ("Fées\n", "utf-16"), ("Terms and days\n", "utf-16-le")],
)
def test_text_is_kept_as_it_is_whatever_its_encoding(text: str, encoding: str) -> None:
    assert documents.read(text.encode(encoding), "a.txt").text == text


@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1).filter(lambda text: text.strip()))
def test_any_text_in_utf8_comes_back_unchanged_and_form_feeds_part_its_pages(text: str) -> None:
    data = text.encode()
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"} or not data.strip():
        return
    read = documents.read(data, "a.txt")
    assert read.text == text
    assert len(read.pages) == text.count("\f") + 1


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * 300 * 1024 * 1024)
    return out.getvalue()


def zipped(name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, "x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "refusal", "says"),
    [
        (b"<!DOCTYPE html><p>Sign in", "a.pdf", refusals.NotAPdf, "a.pdf is not a PDF although its name says so: it begins with “<!DOC"),
        (samples.pdf("secret", password="x"), "a.pdf", refusals.Encrypted, "a.pdf is encrypted: open it with its password"),
        (samples.pdf(*samples.AGREEMENT)[:900], "a.pdf", refusals.Damaged, "a.pdf is damaged: get the file again"),
        (b"", "a.pdf", refusals.Empty, "a.pdf is empty: nothing was stored."),
        (b" \n ", "a.txt", refusals.Empty, "a.txt is empty"),
        (b"a\x00b\x01 text", "a.txt", refusals.NotText, "it holds zero bytes"),
        (b"caf\x81 \x8d", "a.txt", refusals.NotText, "belongs to none of them"),
        (documents.OLE + b"x" * 600, "a.docx", refusals.Encrypted, "a.docx is encrypted"),
        (documents.OLE + b"x" * 600, "a.doc", refusals.UnknownFormat, "a.doc is an old Office file"),
        (zipped("readme.txt"), "a.docx", refusals.NotADocx, "without a document in it"),
        (zipped("readme.txt"), "a.zip", refusals.UnknownFormat, "a.zip is a ZIP archive, which is not read"),
        (zipped("word/document.xml"), "a.docx", refusals.NotADocx, "a ZIP archive of another kind"),
        (b"plain words", "a.docx", refusals.NotADocx, "it begins with “plain words”"),
        (samples.word()[:2000], "a.docx", refusals.Damaged, "a.docx is damaged"),
        (bomb(), "a.docx", refusals.TooCostly, "needs more time or memory"),
        (b"MZ\x90", "a.exe", refusals.UnknownFormat, "a.exe is a “.exe” file"),
    ],
)  # fmt: skip
def test_what_can_not_be_read_gets_one_sentence(data: bytes, name: str, refusal: type[refusals.Unreadable], says: str) -> None:
    with pytest.raises(refusal) as caught:
        documents.read(data, name)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_document_of_ten_thousand_pages_is_refused() -> None:
    with pytest.raises(refusals.TooManyPages, match="has 10,000 pages, and at most 2,000 are read"):
        documents.read(samples.many_pages(10_000), "big.pdf")


def test_a_file_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.pdf"
    with path.open("wb") as file:
        file.truncate(documents.MOST_BYTES + 1)
    with pytest.raises(refusals.TooLarge, match="at most 64 MiB"):
        documents.read(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(refusals.Missing, match="no such file"):
        documents.read(tmp_path / "gone.pdf")


def test_a_small_file_that_unpacks_to_a_huge_one_is_stopped() -> None:
    data = samples.pdf_bomb(400_000_000)
    assert len(data) < 10_000
    with pytest.raises(refusals.TooCostly, match="needs more time or memory than a document may have"):
        documents.read(data, "bomb.pdf", limits=sandbox.Limits(memory=256 * sandbox.MIB))


def test_a_reader_that_never_ends_is_stopped() -> None:
    with pytest.raises(sandbox.TookTooMuch, match="no answer within"):
        sandbox.run("contracts.pdf:read", b"%PDF-", arguments={"most_pages": 1}, limits=sandbox.Limits(wall=0.01))


def test_the_child_has_no_secret_in_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIDKEEPER_KEY", "secret")
    assert "BIDKEEPER_KEY" not in sandbox._environment()
    assert "HOME" not in sandbox._environment()
