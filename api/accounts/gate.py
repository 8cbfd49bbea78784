"""Who is asking: a program by its key, a person by their session, or the one who sits at this machine."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from fastapi import Request

from api.accounts import store
from api.accounts.models import FIRST_ORGANISATION, ApiKey, SignIn
from api.accounts.roles import Principal, Role
from api.languages import N_, speak
from api.problems import Elsewhere, Problem, wants_page
from api.security import LOOPBACK_HOSTS, SAFE_METHODS, bare_host
from api.settings import Settings

FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
SIGN_IN = N_("Sign in first: this page belongs to an organisation.")
KEY_WANTED = N_("Send an API key as `Authorization: Bearer bk_…`; an owner makes one on the page /account.")
OWN_ACCOUNT = ("/account/", "/sign-out")  # what every role may change: its own account


async def current(request: Request) -> Principal:
    """On whose behalf this request acts; raises Problem 401 or 403, or sends a person to the sign-in page."""
    principal = identify(request)
    if principal is None:
        if wants_page(request) and request.method in SAFE_METHODS:
            raise Elsewhere(f"/sign-in?next={_quoted(request)}")
        raise Problem(
            401, KEY_WANTED if request.url.path.startswith("/api/") else SIGN_IN, headers={"WWW-Authenticate": "Bearer"}
        )
    if request.method not in SAFE_METHODS and not principal.writes and not request.url.path.startswith(OWN_ACCOUNT):
        raise Problem(403, f"The role {principal.role} may look but not change anything; ask an owner.")
    request.state.principal = principal
    if request.url.path.startswith("/api/") and (principal.key_id or principal.person_id):
        _spend(request, principal)
    speak(principal.language)
    return principal


def identify(request: Request) -> Principal | None:
    """Who asks, None for a stranger; raises Problem for a key that does not work, and for a session half way in."""
    state: Any = request.app.state
    now: datetime = state.clock()
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        with state.database.read() as session:
            row = store.key(session, key.strip(), now=now)
        if row is None:
            raise Problem(401, "This API key is not known, was revoked or ran out; make another on /account.")
        if row.used_at is None or now - row.used_at >= store.SEEN_EVERY:
            _key_used(state, row, now)
        return Principal(row.organisation_id, Role.STAFF, f"key {row.name}", key_id=row.id, scopes=frozenset(row.scopes))
    token = request.cookies.get(cookie_name(state.settings))
    if token:
        with state.database.read() as session:
            found = store.signed_in(session, token, now=now)
        if found is not None:
            row_, person = found
            if now - row_.seen_at >= store.SEEN_EVERY:
                _seen(state, row_, now)
            if person.has_second_factor and row_.proved_at is None:
                raise _code_wanted(request)
            return Principal(
                person.organisation_id,
                Role(person.role),
                person.name or person.address,
                person.id,
                row_.id,
                language=person.language,
                has_second_factor=person.has_second_factor,
                proved_at=row_.proved_at,
            )
    return local_person() if is_local(state.settings, request) else None


def _spend(request: Request, principal: Principal) -> None:
    """Take one of the minute's requests; what is left goes out with the answer, also with a refusal (security.py)."""
    state: Any = request.app.state
    name = f"key {principal.key_id}" if principal.key_id else f"person {principal.person_id}"
    budget = state.limiter.budget(state.settings.api_per_minute, name)
    request.state.budget = budget
    if budget.spent:
        headers = {"Retry-After": str(budget.seconds)}
        raise Problem(
            429, f"That was more than {budget.limit} requests a minute; wait {budget.seconds} seconds.", headers=headers
        )


def _code_wanted(request: Request) -> Exception:
    """A session that has shown the password or link and not the second factor is not in yet."""
    if wants_page(request) and request.method in SAFE_METHODS:
        return Elsewhere(f"/sign-in/code?next={_quoted(request)}")
    return Problem(
        401, "Give the code of your second factor first, on the page /sign-in/code.", headers={"WWW-Authenticate": "Bearer"}
    )


def local_person() -> Principal:
    """The one person of a service that listens on loopback for a single organisation."""
    return Principal(FIRST_ORGANISATION, Role.OWNER, "the local person")


def is_local(settings: Settings, request: Request) -> bool:
    """Whether the asker sits at this machine and may do without signing in.

    Listening on loopback is not enough: a proxy on the same machine brings in the whole world. So our public address and the
    name that was asked for must be loopback too, and nothing may say that the request was passed on.
    """
    passed_on = any(name in request.headers for name in FORWARDED)
    return door_is_open(settings) and not passed_on and _host(request) in LOOPBACK_HOSTS


def door_is_open(settings: Settings) -> bool:
    """Whether somebody at this machine could do without signing in at all."""
    named = bare_host(settings.public_url.partition("://")[2].partition("/")[0])
    return settings.open_on_loopback and {settings.host, named} <= set(LOOPBACK_HOSTS)


def cookie_name(settings: Settings) -> str:
    """Bound to this very host where TLS allows it (RFC 6265bis §4.1.3.2)."""
    return "__Host-bidkeeper" if is_https(settings) else "bidkeeper"


def is_https(settings: Settings) -> bool:
    """Whether people reach the service over TLS."""
    return settings.public_url.startswith("https://")


def _seen(state: Any, row: SignIn, now: datetime) -> None:
    with state.database.write() as session:
        kept = session.get(SignIn, row.id)
        if kept is not None:
            kept.seen_at = now
            session.add(kept)


def _key_used(state: Any, row: ApiKey, now: datetime) -> None:
    with state.database.write() as session:
        kept = session.get(ApiKey, row.id)
        if kept is not None:
            kept.used_at = now
            session.add(kept)


def _host(request: Request) -> str:
    return bare_host(request.headers.get("host", ""))


def _quoted(request: Request) -> str:
    query = f"?{request.url.query}" if request.url.query else ""
    return quote(request.url.path + query, safe="")
