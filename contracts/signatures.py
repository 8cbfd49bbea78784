"""The digital signatures in a PDF (pyHanko), run in the sandbox: who, when, and whether anything changed since. Shown, not certified.

Nothing is fetched: a certificate is trusted only when it leads to an anchor that was handed in. A time is the signer's own
claim unless a timestamp authority signed it.
"""

import io
from collections.abc import Sequence
from typing import Any

from asn1crypto import pem, x509  # type: ignore[import-untyped]
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

CHANGES = {
    ModificationLevel.NONE: "nothing",
    ModificationLevel.LTA_UPDATES: "proofs of validity were added",
    ModificationLevel.FORM_FILLING: "a form was filled in or another signature added",
    ModificationLevel.ANNOTATIONS: "notes were added",
    ModificationLevel.OTHER: "its content was changed",
}


def report(data: bytes, anchors: Sequence[bytes] = ()) -> list[dict[str, Any]]:
    """One line for each signature, in the file's order; one line that says so where they can't be read."""
    context = ValidationContext(trust_roots=[_certificate(anchor) for anchor in anchors], allow_fetching=False)
    try:
        signatures = PdfFileReader(io.BytesIO(data), strict=False).embedded_regular_signatures
    except Exception as error:
        return [_unreadable("", error)]
    return [_line(signature, context) for signature in signatures]


def _line(signature: Any, context: Any) -> dict[str, Any]:
    try:
        status = validate_pdf_signature(signature, signer_validation_context=context)
    except Exception as error:
        return _unreadable(signature.field_name, error)
    changed = CHANGES.get(status.modification_level, CHANGES[ModificationLevel.OTHER])
    stamped = status.timestamp_validity
    when = stamped.timestamp if stamped is not None else status.signer_reported_dt
    intact = bool(status.intact and status.valid)
    allowed = intact and (status.modification_level is not None and status.modification_level != ModificationLevel.OTHER)
    return {
        "field": signature.field_name,
        "signer": _name(status.signing_cert.subject),
        "issuer": _name(status.signing_cert.issuer),
        "signed_at": when.isoformat() if when else None,
        "time_from": "timestamp" if stamped is not None else "signer",
        "intact": intact,
        "covers_whole_file": status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
        "changed_after_signing": changed,
        "trusted": bool(status.trusted),
        "summary": _summary(status, intact=intact, allowed=allowed, changed=changed),
    }


def _summary(status: Any, *, intact: bool, allowed: bool, changed: str) -> str:
    who = _name(status.signing_cert.subject)
    if not intact:
        return f"The signature of {who} does not fit this file: its bytes were changed, or the signature was."
    if not allowed:
        return f"{who} signed an earlier state of this file; afterwards {changed}."
    trust = "an anchor you trust vouches for it" if status.trusted else "no anchor you trust vouches for it"
    since = (
        "nothing was changed since" if changed == CHANGES[ModificationLevel.NONE] else f"since then {changed}, which is allowed"
    )
    return f"Signed by {who}; {since}; {trust}."


def _unreadable(field: str, error: Exception) -> dict[str, Any]:
    return {
        "field": field,
        "signer": None,
        "issuer": None,
        "signed_at": None,
        "time_from": None,
        "intact": False,
        "covers_whole_file": False,
        "changed_after_signing": None,
        "trusted": False,
        "summary": f"A signature seems to be there and can't be checked ({type(error).__name__}).",
    }


def _name(name: Any) -> str:
    native = name.native
    return str(native.get("common_name") or name.human_friendly)


def _certificate(data: bytes) -> Any:
    """A certificate in PEM or DER."""
    return x509.Certificate.load(pem.unarmor(data)[2] if pem.detect(data) else data)
