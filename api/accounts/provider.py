"""The clinic's own identity provider: which one it is, and whom its word lets in (the protocol itself: openid.py)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from api.accounts import store
from api.accounts.models import Person
from api.settings import Settings

KIND = "provider"


@dataclass(frozen=True, slots=True)
class Provider:
    """The configured provider, and the address that it sends people back to."""

    issuer: str
    client_id: str
    client_secret: str
    name: str
    back: str

    @classmethod
    def of(cls, settings: Settings) -> "Provider | None":
        """The provider of these settings, None where there is none."""
        if not (settings.oidc_issuer and settings.oidc_client_id):
            return None
        back = f"{settings.public_url.rstrip('/')}/sign-in/provider/callback"
        secret = settings.oidc_client_secret.get_secret_value()
        return cls(settings.oidc_issuer, settings.oidc_client_id, secret, settings.oidc_name, back)


def person(session: Session, said: Mapping[str, Any]) -> Person | None:
    """The invited person whom the claims name, bound to the provider's subject at their first coming; None for anybody else.

    The address counts only if the provider has verified it, and later the subject must stay the same: addresses are given anew.
    """
    if said.get("email_verified") is not True or not isinstance(said.get("email"), str):
        return None
    found, subject = store.by_address(session, said["email"]), f"{said['iss']}|{said['sub']}"
    if found is None or (found.subject is not None and found.subject != subject):
        return None
    found.subject = subject
    session.add(found)
    session.flush()
    return found
