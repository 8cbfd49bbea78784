"""Passkeys (WebAuthn level 2): a key pair on a person's own device that signs our challenge, for our address alone.

The device checks who holds it (user verification), so one passkey is both factors at once. Ceremonies: ceremonies.py.
"""

import hashlib
import hmac
from datetime import datetime
from typing import Any

import webauthn
from sqlmodel import Session
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json_dict, parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from api.accounts import ceremonies
from api.accounts.models import Passkey, Person
from api.accounts.passkeys import LONGEST, MOST, RelyingParty, by_credential, owned

REGISTER, SIGN_IN = "passkey.register", "passkey.sign-in"


def begin_registration(session: Session, person: Person, site: RelyingParty, *, secret: str, now: datetime) -> dict[str, Any]:
    """`{"token", "options"}` for the browser: what the device is to make; those it has already are left out."""
    options = webauthn.generate_registration_options(
        rp_id=site.id,
        rp_name="Bidkeeper",
        user_id=_handle(person, secret),
        user_name=person.address,
        user_display_name=person.name or person.address,
        exclude_credentials=[PublicKeyCredentialDescriptor(base64url_to_bytes(one.credential)) for one in owned(session, person)],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    return _begun(session, REGISTER, options, now=now, person_id=person.id)


def register(
    session: Session, person: Person, site: RelyingParty, *, token: str, answer: str, name: str, now: datetime
) -> Passkey | None:
    """Keep the passkey that the device made; None for an answer to another question, or one that does not hold."""
    asked = ceremonies.take(session, REGISTER, token, now=now, person_id=person.id)
    if asked is None or len(answer) > LONGEST or len(owned(session, person)) >= MOST:
        return None
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(asked["challenge"]),
            expected_rp_id=site.id,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except WebAuthnException:
        return None
    credential = bytes_to_base64url(made.credential_id)
    if by_credential(session, credential) is not None:
        return None
    assert person.id is not None
    row = Passkey(
        organisation_id=person.organisation_id,
        person_id=person.id,
        credential=credential,
        public_key=made.credential_public_key,
        uses=made.sign_count,
        name=" ".join(name.split())[:100] or "Passkey",
        created_at=now,
    )
    person.passkey_since = person.passkey_since or now
    session.add_all([row, person])
    session.flush()
    return row


def begin_sign_in(session: Session, site: RelyingParty, *, now: datetime) -> dict[str, Any]:
    """`{"token", "options"}` for the browser: any passkey for this address will do, so nobody is asked who they are."""
    options = webauthn.generate_authentication_options(rp_id=site.id, user_verification=UserVerificationRequirement.REQUIRED)
    return _begun(session, SIGN_IN, options, now=now)


def sign_in(session: Session, site: RelyingParty, *, token: str, answer: str, now: datetime) -> Person | None:
    """Whose passkey signed our challenge; None for any answer that does not hold."""
    asked = ceremonies.take(session, SIGN_IN, token, now=now)
    if asked is None or len(answer) > LONGEST:
        return None
    try:
        credential = parse_authentication_credential_json(answer)
        row = by_credential(session, credential.id)
        if row is None:
            return None
        seen = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(asked["challenge"]),
            expected_rp_id=site.id,
            expected_origin=site.origin,
            credential_public_key=row.public_key,
            credential_current_sign_count=row.uses,
            require_user_verification=True,
        )
    except WebAuthnException:
        return None
    row.uses, row.used_at = seen.new_sign_count, now
    session.add(row)
    person = session.get_one(Person, row.person_id)
    return person if person.ended_at is None else None


def _begun(session: Session, kind: str, options: Any, *, now: datetime, person_id: int | None = None) -> dict[str, Any]:
    document = options_to_json_dict(options)
    token = ceremonies.begin(session, kind, now=now, person_id=person_id, challenge=document["challenge"])
    return {"token": token, "options": document}


def _handle(person: Person, secret: str) -> bytes:
    """What the device keeps beside the key: the same for a person every time, and telling nothing of them (WebAuthn §14.6.1)."""
    return hmac.new(secret.encode(), f"bidkeeper.passkey.1|{person.id}".encode(), hashlib.sha256).digest()
