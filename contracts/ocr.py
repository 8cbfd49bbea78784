"""A scan → pages of recognised text, by ocrmypdf and tesseract when this machine has them; run in the sandbox.

The recognised text is a rendition beside the original, which is never touched: a PDF of its own whose hidden text stands where the
picture shows it.
"""

import base64
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from contracts.refusals import Damaged
from contracts.sandbox import MIB, Limits

PROGRAMS = ("ocrmypdf", "tesseract")
LIMITS = Limits(cpu=900, memory=3072 * MIB, wall=1200.0, answer=512 * MIB)
ADVICE = "install ocrmypdf and tesseract (Debian, Ubuntu: sudo apt-get install ocrmypdf tesseract-ocr) and add the file again"


def missing() -> list[str]:
    """The programs that recognition needs and this machine lacks."""
    return [program for program in PROGRAMS if shutil.which(program) is None]


def recognise(data: bytes, *, most_pages: int) -> dict[str, Any]:
    """As `pdf.read`, after recognition of every page without text, with the `rendition` in base64; raises Damaged if ocrmypdf gives up."""
    from contracts import pdf  # noqa: PLC0415 - the reader of PDFs, which only the sandbox loads

    with tempfile.TemporaryDirectory() as folder:
        scan, rendition = Path(folder, "scan"), Path(folder, "rendition.pdf")
        scan.write_bytes(data)
        command = ["ocrmypdf", "--quiet", "--skip-text", "--rotate-pages", "--image-dpi", "300", "--optimize", "0"]
        command += ["--output-type", "pdf", str(scan), str(rendition)]
        done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - fixed program, no shell
        if done.returncode or not rendition.exists():
            raise Damaged(detail=f" or not recognisable (ocrmypdf ended with status {done.returncode})")
        recognised = rendition.read_bytes()
        return pdf.read(recognised, most_pages=most_pages) | {"rendition": base64.b64encode(recognised).decode()}
