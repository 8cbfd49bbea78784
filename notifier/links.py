"""Links that carry their own proof: who follows an unsubscribe link need not sign in, and nobody can make one up.

They do not run out: CASL wants a way out that works for at least 60 days, and an old mail is the likeliest place to look.
"""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from itsdangerous import BadData, URLSafeSerializer

_UNSUBSCRIBE = "bidkeeper.unsubscribe.1"
_CONFIRM = "bidkeeper.confirm.1"
_MANAGE = "bidkeeper.manage.1"
_FEED = "bidkeeper.feed.1"
_OWN_FEED = "bidkeeper.own-feed.1"

CONFIRM_WITHIN = timedelta(days=14)


class BadLink(ValueError):
    """Raised for a token that was not made with this secret, was changed on its way, or has run out."""


def unsubscribe_url(public_url: str, subscription_id: int, *, secret: str) -> str:
    """The address that ends a subscription: a button on GET, at once on POST (RFC 8058)."""
    return f"{public_url.rstrip('/')}/u/{_signer(secret, _UNSUBSCRIBE).dumps(subscription_id)}"


def read_unsubscribe(token: str, *, secret: str) -> int:
    """The subscription a token from `unsubscribe_url` names; raises BadLink for any other."""
    return int(_read(token, secret, _UNSUBSCRIBE))


def unsubscribe_mailto(mailbox: str, subscription_id: int, *, secret: str) -> str:
    """The address of a mail that ends a subscription, its subject filled in (RFC 2369 §3.2)."""
    return f"mailto:{mailbox}?subject=unsubscribe%20{_signer(secret, _UNSUBSCRIBE).dumps(subscription_id)}"


def confirm_url(public_url: str, subscription_id: int, *, secret: str, now: datetime) -> str:
    """The address that confirms a sign-up: a button on GET, since mail scanners open links, and the deed on POST."""
    token = _signer(secret, _CONFIRM).dumps([subscription_id, int(now.timestamp())])
    return f"{public_url.rstrip('/')}/confirm/{token}"


def read_confirm(token: str, *, secret: str, now: datetime) -> int:
    """The subscription a token from `confirm_url` names; raises BadLink for any other and after two weeks."""
    identity, made = _read(token, secret, _CONFIRM)
    if now - datetime.fromtimestamp(made, UTC) > CONFIRM_WITHIN:
        raise BadLink("this link has run out; sign up again to get a new one")
    return int(identity)


def manage_url(public_url: str, subscription_id: int, *, secret: str) -> str:
    """The address where whoever reads this subscription's mail sees and changes all that the address hears."""
    return f"{public_url.rstrip('/')}/my-alerts/{_signer(secret, _MANAGE).dumps(subscription_id)}"


def read_manage(token: str, *, secret: str) -> int:
    """The subscription a token from `manage_url` names; raises BadLink for any other."""
    return int(_read(token, secret, _MANAGE))


def feed_url(public_url: str, subscription_id: int, form: str, *, secret: str) -> str:
    """The address of a search's feed in a form (`atom`, `json`, `ics`); it stops with the subscription."""
    return f"{public_url.rstrip('/')}/feeds/{_signer(secret, _FEED).dumps(subscription_id)}/{form}"


def read_feed(token: str, *, secret: str) -> int:
    """The subscription a token from `feed_url` names; raises BadLink for any other."""
    return int(_read(token, secret, _FEED))


def own_feed_url(public_url: str, subscription_id: int, form: str, *, secret: str) -> str:
    """The address of a feed over all that the address of this subscription looks for; it stops with the last of them."""
    return f"{public_url.rstrip('/')}/feeds/mine/{_signer(secret, _OWN_FEED).dumps(subscription_id)}/{form}"


def read_own_feed(token: str, *, secret: str) -> int:
    """The subscription a token from `own_feed_url` names; raises BadLink for any other."""
    return int(_read(token, secret, _OWN_FEED))


def _read(token: str, secret: str, purpose: str) -> Any:
    try:
        return _signer(secret, purpose).loads(token)
    except BadData:
        raise BadLink("this link is incomplete or was changed; use the one in the mail") from None


@lru_cache(maxsize=8)
def _signer(secret: str, purpose: str) -> URLSafeSerializer:
    if not secret:
        raise ValueError("links need a secret to be signed with")
    return URLSafeSerializer(secret, salt=purpose)


def sign_in_token(nonce: str, *, secret: str) -> str:
    """The token of a mailed sign-in link, 64 digits: made again from `nonce` when the mail is written, so that no row holds it."""
    if not secret:
        raise ValueError("links need a secret to be signed with")
    return hmac.new(secret.encode(), f"bidkeeper.sign-in.1|{nonce}".encode(errors="surrogatepass"), hashlib.sha256).hexdigest()


def sign_in_url(public_url: str, nonce: str, *, secret: str) -> str:
    """The address that signs somebody in: a button on GET, the deed on POST."""
    return f"{public_url.rstrip('/')}/sign-in/link/{sign_in_token(nonce, secret=secret)}"


def tender_url(public_url: str, ocid: str) -> str:
    """Our own page of a tender, which shows the portal's address before anyone leaves for it."""
    return f"{public_url.rstrip('/')}/tenders/{quote(ocid, safe='', errors='replace')}"
