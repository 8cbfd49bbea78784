"""The way out by mail: a message to our mailbox whose subject is `unsubscribe` and the token that the header gave (RFC 2369)."""

import re
from datetime import datetime

from sqlmodel import Session

from notifier import store
from notifier.links import BadLink, read_unsubscribe
from notifier.mailbox.mail import Mail

_ASKED = re.compile(r"(?i)^\s*(?:(?:re|fwd?|tr)\s*:\s*)*(?:unsubscribe|d[ée]sabonner)\s+(\S{8,200})\s*$")


def take(session: Session, mail: Mail, now: datetime, *, secret: str) -> str | None:
    """End the subscription that the subject names; None for any other mail. Who holds the token got it in the alert."""
    asked = _ASKED.match(mail.header("Subject"))
    if asked is None:
        return None
    try:
        number = read_unsubscribe(asked[1], secret=secret)
    except BadLink:
        return None
    row = store.unsubscribe(session, number, now=now)
    return f"subscription {number} ended" if row else f"subscription {number} was gone already"
