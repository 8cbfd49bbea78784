"""The DNS records behind this installation's mail, as `doctor` and `dkim` tell of them."""

from email.utils import parseaddr

import dns.exception
import dns.resolver

from api.outgoing import relays, sender, signer
from api.settings import Settings
from notifier.mail_records import Look, NoAnswer, Record, Sending, check, is_public

SECONDS = 5.0  # that name servers are given for one question


def records(settings: Settings, look: Look | None = None) -> list[Record]:
    """What stands in the DNS and what is missing; nothing for a sender that no public DNS knows. Raises ConfigurationUnreadable."""
    me = sender(settings)
    if not is_public(me.domain):
        return []
    bounces = parseaddr(settings.bounce_mailbox)[1] or me.address
    hosts = tuple(relay.host for relay in relays(settings) if relay.host)
    return check(Sending(me.domain, bounces.rpartition("@")[2], signer(settings, me), hosts), look or txt)


def txt(name: str) -> list[str]:
    """See `Look`."""
    resolver = dns.resolver.Resolver()
    resolver.lifetime = SECONDS
    try:
        answer = resolver.resolve(name, "TXT")
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.exception.DNSException as error:
        raise NoAnswer(type(error).__name__) from None
    return [b"".join(row.strings).decode("utf-8", "replace") for row in answer]
