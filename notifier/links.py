"""Links that carry their own proof: who follows an unsubscribe link need not sign in, and nobody can make one up.

They do not run out: CASL wants a way out that works for at least 60 days, and an old mail is the likeliest place to look.
"""

from functools import lru_cache
from urllib.parse import quote

from itsdangerous import BadData, URLSafeSerializer

_UNSUBSCRIBE = "bidkeeper.unsubscribe.1"


class BadLink(ValueError):
    """Raised for a token that was not made with this secret, or was changed on its way."""


def unsubscribe_url(public_url: str, subscription_id: int, *, secret: str) -> str:
    """The address that ends a subscription: a button on GET, at once on POST (RFC 8058)."""
    return f"{public_url.rstrip('/')}/u/{_signer(secret).dumps(subscription_id)}"


def read_unsubscribe(token: str, *, secret: str) -> int:
    """The subscription a token from `unsubscribe_url` names; raises BadLink for any other."""
    try:
        value = _signer(secret).loads(token)
    except BadData:
        raise BadLink("this link is incomplete or was changed; use the one in the mail") from None
    return int(value)


@lru_cache(maxsize=8)
def _signer(secret: str) -> URLSafeSerializer:
    if not secret:
        raise ValueError("links need a secret to be signed with")
    return URLSafeSerializer(secret, salt=_UNSUBSCRIBE)


def tender_url(public_url: str, ocid: str) -> str:
    """Our own page of a tender, which shows the portal's address before anyone leaves for it."""
    return f"{public_url.rstrip('/')}/tenders/{quote(ocid, safe='')}"
