"""Mail is signed so that whoever looks the key up believes it, and the record to publish is the one that verifies it."""

import asyncio

import dkim  # type: ignore[import-untyped]
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from notifier.channels import Parcel
from notifier.channels.email import EmailChannel
from notifier.messages import Sender
from notifier.signing import BadKey, Signer, new_key
from tests.notifier.factories import NOW, news

SENDER = Sender("https://bids.clinic.example", "Bidkeeper <alerts@bids.clinic.example>", "1 Main Street", "secret")
PEM = new_key()
SIGNER = Signer.of("bids.clinic.example", "k1", PEM)


def mail(signer: Signer | None = SIGNER) -> bytes:
    parcel = Parcel(
        1,
        "k",
        1,
        "news",
        news(title="Réadaptation").to_json(),
        "a@clinic.example",
        "<1@bids.clinic.example>",
        NOW,
        subscription_id=3,
    )
    return asyncio.run(EmailChannel(SENDER, [], signer=signer).finished(parcel))


def verified(raw: bytes, signer: Signer = SIGNER) -> bool:
    def lookup(name: bytes, timeout: int = 5) -> bytes:
        return signer.record.encode() if name.rstrip(b".").decode() == signer.record_name else b""

    found: bool = dkim.verify(raw, dnsfunc=lookup)
    return found


def test_a_signed_mail_is_believed_and_a_changed_one_is_not() -> None:
    raw = mail()
    assert raw.startswith(b"DKIM-Signature:")
    assert verified(raw)
    for old, new in ((b"Bidkeeper <", b"Bookkeeper <"), (b"Main Street", b"Side Street")):
        assert old in raw
        assert not verified(raw.replace(old, new))
    assert not verified(b"From: Somebody <else@evil.example>\r\n" + raw)


@pytest.mark.parametrize("name", [b"From", b"To", b"Subject", b"List-Unsubscribe", b"List-Unsubscribe-Post", b"Message-ID"])
def test_no_header_that_matters_can_be_changed(name: bytes) -> None:
    raw = mail()
    at = raw.index(b"\r\n" + name + b":") + len(name) + 3
    assert not verified(raw[:at] + b" x" + raw[at:])


def test_a_mail_without_a_key_goes_unsigned() -> None:
    assert b"DKIM-Signature" not in mail(None)


def test_a_key_or_name_that_cannot_be_used_is_refused_in_a_sentence() -> None:
    def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
        return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())

    curve = pem(ec.generate_private_key(ec.SECP256R1()))
    for key, sentence in ((b"nonsense", "is no PEM"), (curve, "is no RSA key")):
        with pytest.raises(BadKey, match=sentence):
            Signer.of("a.example", "k1", key)
    for domain, selector in (("", "k1"), ("a..b", "k1"), ("a.example", "k 1"), ("a.example\r\nx: y", "k1")):
        with pytest.raises(BadKey, match="can't be the"):
            Signer.of(domain, selector, PEM)
    assert Signer.of("A.example", "k1", pem(rsa.generate_private_key(65537, 2048))).record_name == "k1._domainkey.a.example"


def test_the_key_shows_in_no_repr() -> None:
    assert "PRIVATE" not in repr(SIGNER)
