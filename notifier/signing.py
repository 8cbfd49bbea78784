"""DKIM signatures (RFC 6376) over finished mails, and the DNS record that lets others check them."""

import base64
from dataclasses import dataclass, field

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

KEY_BITS = 2048
FEWEST_BITS = 1024  # RFC 8301 §3.2: shorter keys are not believed
_SIGNED = (
    b"from", b"to", b"subject", b"date", b"message-id", b"reply-to", b"in-reply-to", b"references", b"mime-version",
    b"content-type", b"list-id", b"list-unsubscribe", b"list-unsubscribe-post",
)  # fmt: skip  # RFC 6376 §5.4.1; RFC 8058 §4 wants both unsubscribe fields


class BadKey(ValueError):
    """Raised by `Signer.of` for a key or name that can't be used; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs for `domain` with the key whose public half stands at `selector`._domainkey.`domain`."""

    domain: str
    selector: str
    pem: bytes = field(repr=False)

    @classmethod
    def of(cls, domain: str, selector: str, pem: bytes) -> "Signer":
        """A signer whose key was read and names were checked; raises BadKey."""
        _public(pem)
        for what, name in (("domain", domain), ("selector", selector)):
            if not name or not all(part and part.replace("-", "").isalnum() and part.isascii() for part in name.split(".")):
                raise BadKey(f"{name!r} can't be the {what} of a DKIM signature")
        return cls(domain.lower(), selector.lower(), pem)

    def signed(self, raw: bytes) -> bytes:
        """The message with its signature before it."""
        import dkim  # type: ignore[import-untyped]  # noqa: PLC0415 - with a resolver of names, and few installations sign

        present = {line.partition(b":")[0].lower() for line in raw.partition(b"\r\n\r\n")[0].split(b"\r\n")}
        names = [name for name in _SIGNED if name in present]
        names.append(b"from")  # once more than there is, so that nobody can add another (RFC 6376 §8.15)
        line: bytes = dkim.sign(
            raw,
            self.selector.encode(),
            self.domain.encode(),
            self.pem,
            include_headers=names,
            canonicalize=(b"relaxed", b"relaxed"),
        )
        return line + raw

    @property
    def record_name(self) -> str:
        """Where the public key is looked for."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record(self) -> str:
        """The TXT record to publish at `record_name`."""
        public = _public(self.pem).public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        return f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"


def new_key() -> bytes:
    """A fresh private key, as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )


def _public(pem: bytes) -> rsa.RSAPublicKey:
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadKey("the DKIM key is no PEM of a private key without a password") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise BadKey("the DKIM key is no RSA key, which is what receivers can check")
    if key.key_size < FEWEST_BITS:
        raise BadKey(f"the DKIM key has {key.key_size} bits; receivers believe none below {FEWEST_BITS}")
    return key.public_key()
