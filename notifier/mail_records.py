"""What must stand in the DNS so that receivers believe our mail: SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 7489); pure.

`look` asks for the TXT records of a name; it comes from outside, so that a test needs no network.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from notifier.signing import Signer

Look = Callable[[str], list[str]]
"""The TXT records of a name, empty where there are none; raises NoAnswer when the DNS can't be asked."""

SPECIAL = ("example", "test", "invalid", "localhost", "local")  # RFC 6761 and 6762: names that stand in no public DNS


class NoAnswer(Exception):
    """Raised by a `Look` when no name server answers."""


@dataclass(frozen=True, slots=True)
class Sending:
    """How our mail leaves: the From domain, the envelope's domain, who signs, through which hosts."""

    domain: str
    envelope: str
    signer: Signer | None
    relays: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One record or rule: whether it is as it should be, what was found, and what to do or publish where it is not."""

    topic: str
    good: bool
    found: str
    publish: str = ""


def is_public(domain: str) -> bool:
    """Whether a domain can stand in the public DNS at all."""
    return "." in domain and domain.rpartition(".")[2] not in SPECIAL


def check(sending: Sending, look: Look) -> list[Record]:
    """Everything to know of the records behind our mail; what can't be looked up is said, with what to publish all the same."""
    return [record for one in (_spf, _dkim, _dmarc) for record in _looked(one, sending, look)]


def _looked(one: Callable[[Sending, Look], Iterator[Record]], sending: Sending, look: Look) -> list[Record]:
    try:
        return list(one(sending, look))
    except NoAnswer as error:
        return [*(_unknown(record, str(error)) for record in one(sending, lambda _: []) if record.publish)]


def _unknown(record: Record, why: str) -> Record:
    return Record(record.topic, good=False, found=f"can't be looked up ({why})", publish=f"if it is not there: {record.publish}")


def _spf(sending: Sending, look: Look) -> Iterator[Record]:
    found = [text for text in look(sending.envelope) if text.lower().split(" ")[0] == "v=spf1"]
    hosts = " ".join(f"a:{host}" for host in sending.relays)
    wanted = f"publish at {sending.envelope} the TXT record: v=spf1 mx {hosts} -all (or what your relay's own manual says)"
    if not found:
        yield Record("SPF", good=False, found=f"{sending.envelope} has no SPF record", publish=wanted)
    elif len(found) > 1:
        yield Record(
            "SPF", good=False, found=f"{sending.envelope} has {len(found)} SPF records, so none counts", publish="keep one"
        )
    elif found[0].lower().endswith(("+all", " all")):
        yield Record("SPF", good=False, found=f"it lets everybody send: {found[0]}", publish="end it with -all or ~all")
    else:
        yield Record("SPF", good=True, found=found[0])


def _dkim(sending: Sending, look: Look) -> Iterator[Record]:
    signer = sending.signer
    if signer is None:
        yield Record(
            "DKIM",
            good=False,
            found="mail is not signed",
            publish="`bidkeeper dkim --new FILE` makes a key and says what to publish",
        )
        return
    published = [_tags(text).get("p", "").replace(" ", "") for text in look(signer.record_name)]
    wanted = f"publish at {signer.record_name} the TXT record: {signer.record}"
    if _tags(signer.record)["p"] in published:
        yield Record("DKIM", good=True, found=f"the key at {signer.record_name} is ours")
    elif any(published):
        yield Record("DKIM", good=False, found=f"the key at {signer.record_name} is another than ours", publish=wanted)
    else:
        yield Record("DKIM", good=False, found=f"there is no key at {signer.record_name}", publish=wanted)


def _dmarc(sending: Sending, look: Look) -> Iterator[Record]:
    where, tags = _policy(sending.domain, look)
    if tags is None:
        wanted = (
            f"publish at _dmarc.{sending.domain} the TXT record: v=DMARC1; p=quarantine; rua=mailto:postmaster@{sending.domain}"
        )
        yield Record("DMARC", good=False, found=f"{sending.domain} has no DMARC record", publish=wanted)
        tags = {}
    else:
        yield Record("DMARC", good=True, found=f"{where} says p={tags.get('p', 'none')}")
    spf = _aligned(sending.envelope, sending.domain, strict=tags.get("aspf") == "s")
    dkim = sending.signer is not None and _aligned(sending.signer.domain, sending.domain, strict=tags.get("adkim") == "s")
    ways = [name for name, holds in (("SPF", spf), ("DKIM", dkim)) if holds]
    if ways:
        yield Record("alignment", good=True, found=f"From is vouched for by {' and '.join(ways)}")
    else:
        yield Record(
            "alignment",
            good=False,
            found=f"neither the envelope ({sending.envelope}) nor a signature vouches for {sending.domain}",
            publish=f"sign with DKIM for {sending.domain}, or let BIDKEEPER_BOUNCE_MAILBOX be an address there",
        )


def _policy(domain: str, look: Look) -> tuple[str, dict[str, str] | None]:
    """The nearest DMARC record up the tree, and where it stands."""
    labels = domain.split(".")
    for start in range(max(len(labels) - 1, 1)):
        name = f"_dmarc.{'.'.join(labels[start:])}"
        for text in look(name):
            if (tags := _tags(text)).get("v", "").upper() == "DMARC1":
                return name, tags
    return "", None


def _aligned(one: str, other: str, *, strict: bool) -> bool:
    """Equal, or, unless strict, one within the other."""
    return one == other or (not strict and (one.endswith(f".{other}") or other.endswith(f".{one}")))


def _tags(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs if name.strip()}
