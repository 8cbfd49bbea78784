"""Signatures are told apart: intact, of unknown origin, broken, altered afterwards, countersigned. Samples made by pyHanko."""

import io
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from asn1crypto import keys, x509
from cryptography import x509 as cx
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, SimpleSigner, sign_pdf
from pyhanko_certvalidator.registry import SimpleCertificateStore

from contracts import documents
from tests.contracts import samples


@cache
def signer(name: str) -> tuple[SimpleSigner, bytes]:
    """A signer with a certificate of its own making, and that certificate."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = cx.Name([cx.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        cx.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(cx.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(cx.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            cx.KeyUsage(
                digital_signature=True, content_commitment=True, key_encipherment=False, data_encipherment=False,
                key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
            ),
            critical=True,
        )
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    der = certificate.public_bytes(serialization.Encoding.DER)
    private = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return SimpleSigner(
        signing_cert=x509.Certificate.load(der),
        signing_key=keys.PrivateKeyInfo.load(private),
        cert_registry=SimpleCertificateStore(),
    ), der


def signed(data: bytes, name: str, field: str = "Signature1") -> bytes:
    out = io.BytesIO()
    sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(data)), PdfSignatureMetadata(field_name=field), signer=signer(name)[0], output=out
    )
    return out.getvalue()


@cache
def agreement() -> bytes:
    return signed(samples.pdf(*samples.AGREEMENT), "Clinic Director")


def told(data: bytes, *anchors: bytes) -> list[dict[str, Any]]:
    return list(documents.read(data, "signed.pdf", anchors=anchors).signatures)


def test_an_intact_signature_of_a_trusted_signer() -> None:
    [line] = told(agreement(), signer("Clinic Director")[1])
    assert line["signer"] == "Clinic Director"
    assert line["intact"]
    assert line["trusted"]
    assert line["covers_whole_file"]
    assert line["changed_after_signing"] == "nothing"
    assert line["time_from"] == "signer"
    assert datetime.fromisoformat(line["signed_at"]).tzinfo is not None
    assert line["summary"] == "Signed by Clinic Director; nothing was changed since; an anchor you trust vouches for it."


def test_an_intact_signature_of_nobody_we_know() -> None:
    [line] = told(agreement(), signer("Somebody Else")[1])
    assert (line["intact"], line["trusted"]) == (True, False)
    assert "no anchor you trust vouches for it" in line["summary"]


def test_one_flipped_bit_breaks_it() -> None:
    data = bytearray(agreement())
    data[data.index(b"/MediaBox") + 14] ^= 1
    [line] = told(bytes(data), signer("Clinic Director")[1])
    assert not line["intact"]
    assert "does not fit this file" in line["summary"]


def test_a_page_altered_afterwards_is_told() -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(agreement()))
    stream = generic.StreamObject(stream_data=b"BT /F1 12 Tf 50 50 Td (and 10 dollars more) Tj ET")
    writer.add_stream_to_page(0, writer.add_object(stream))
    out = io.BytesIO()
    writer.write(out)
    [line] = told(out.getvalue(), signer("Clinic Director")[1])
    assert line["intact"]  # what was signed is still there, underneath
    assert not line["covers_whole_file"]
    assert line["changed_after_signing"] == "its content was changed"
    assert line["summary"] == "Clinic Director signed an earlier state of this file; afterwards its content was changed."


def test_a_countersigned_file_names_both() -> None:
    both = signed(agreement(), "Board Officer", "Signature2")
    first, second = told(both, signer("Clinic Director")[1], signer("Board Officer")[1])
    assert (first["signer"], second["signer"]) == ("Clinic Director", "Board Officer")
    assert (first["covers_whole_file"], second["covers_whole_file"]) == (False, True)
    assert first["changed_after_signing"] == "a form was filled in or another signature added"
    assert all(line["intact"] and line["trusted"] for line in (first, second))


def test_an_unsigned_file_has_no_signature() -> None:
    assert told(samples.pdf("unsigned")) == []


def test_words_that_look_like_a_signature_are_none() -> None:
    assert told(samples.pdf("unsigned", title="/ByteRange")) == []


@pytest.mark.parametrize("cut", [200, 3000])
def test_a_cut_off_signed_file_is_damaged_or_its_signature_can_not_be_checked(cut: int) -> None:
    try:
        lines = told(agreement()[:-cut])
    except documents.refusals.Damaged:
        return
    assert all(not line["intact"] for line in lines)
