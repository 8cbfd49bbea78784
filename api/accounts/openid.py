"""Signing in through the clinic's own identity provider (OpenID Connect Core 1.0, authorization code flow with PKCE).

The provider says who somebody is; whether they belong here is for the invitations to say. What it answers counts only if it was
asked by this very browser (state), for this very visit (nonce, verifier), by the issuer that was configured (iss), for us (aud), and
lately (exp).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlmodel import Session

from api.accounts import ceremonies, tokens
from api.accounts.provider import KIND, Provider
from api.security import LOOPBACK_HOSTS

SCOPES = "openid email profile"
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")  # no HS…: our secret is no key; no `none`
TIMEOUT = 10.0  # seconds
LEEWAY = 60  # seconds that two clocks may differ


class NotTrusted(Exception):
    """Raised when the provider can't be reached or what it says does not hold; the sentence is for the operator's log."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What is remembered while somebody is at the provider: `token` is the state, the rest never leaves us before the answer."""

    token: str
    address: str


async def begin(session: Session, provider: Provider, *, next_: str, now: datetime) -> Visit:
    """Where to send the browser; raises NotTrusted."""
    about = await _discovered(provider)
    nonce, verifier = tokens.new(), tokens.new()
    state = ceremonies.begin(session, KIND, now=now, nonce=nonce, verifier=verifier, next=next_)
    address = prepare_grant_uri(
        about["authorization_endpoint"],
        client_id=provider.client_id,
        response_type="code",
        redirect_uri=provider.back,
        scope=SCOPES,
        state=state,
        nonce=nonce,
        code_challenge=create_s256_code_challenge(verifier),
        code_challenge_method="S256",
    )
    return Visit(state, address)


async def claims(provider: Provider, visit: Mapping[str, Any], *, code: str, now: datetime) -> dict[str, Any]:
    """What the provider says of whoever came back with `code`; raises NotTrusted."""
    about = await _discovered(provider)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": provider.back,
        "code_verifier": visit["verifier"],
        "client_id": provider.client_id,
    }
    secret = (provider.client_id, provider.client_secret) if provider.client_secret else None
    answer = await _fetched("POST", about["token_endpoint"], data=form, auth=secret)
    keys = await _fetched("GET", about["jwks_uri"])
    try:
        read = jwt.decode(str(answer.get("id_token", "")), KeySet.import_key_set(keys), algorithms=ALGORITHMS)  # type: ignore[arg-type]
        said = CodeIDToken(
            read.claims,
            read.header,
            options={
                "iss": {"essential": True, "value": provider.issuer},
                "aud": {"essential": True, "value": provider.client_id},
            },
            params={"nonce": visit["nonce"], "client_id": provider.client_id, "access_token": answer.get("access_token")},
        )
        said.validate(now=int(now.timestamp()), leeway=LEEWAY)
    except (JoseError, AuthlibBaseError, ValueError, TypeError, KeyError) as error:
        raise NotTrusted(f"the provider's ID token does not hold: {error}") from None
    return dict(said)


async def _discovered(provider: Provider) -> dict[str, Any]:
    """The provider's own description (OpenID Connect Discovery 1.0 §4), which must name the issuer that we were told."""
    about = await _fetched("GET", get_well_known_url(provider.issuer, external=True))
    if about.get("issuer") != provider.issuer:
        raise NotTrusted("the provider describes itself as another issuer")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        parts = urlsplit(str(about.get(name, "")))
        if parts.scheme != "https" and parts.hostname not in LOOPBACK_HOSTS:
            raise NotTrusted(f"the provider's {name} is no https address")
    return about


async def _fetched(method: str, address: str, **request: Any) -> dict[str, Any]:
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client:
            answer = (await client.request(method, address, **request)).raise_for_status().json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise NotTrusted(f"{urlsplit(address).hostname} did not answer as it should: {error}") from None
    if not isinstance(answer, dict):
        raise NotTrusted(f"{urlsplit(address).hostname} did not answer with an object")
    return answer
