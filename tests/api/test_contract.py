"""The API keeps what its own description promises: generated requests, alone and in chains, by Schemathesis."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import schemathesis.engine
from schemathesis.config import SchemathesisConfig
from schemathesis.engine.events import FatalError, NonFatalError, ScenarioFinished
from sqlmodel import Session

from api.accounts import store
from api.app import create_app
from api.keys import add_vault_key
from contracts import documents, payees, vault
from contracts.models import Contract, Obligation, Term
from tests.api import service
from tests.api.service import NOW
from tests.api.test_pages_alerts import add_delivery, add_subscription

pytestmark = pytest.mark.timeout(300)

REFUSALS = ["2xx", "400", "401", "403", "404", "409", "412", "413", "422", "428", "429"]
CHECKS: dict[str, Any] = {
    # text that fits a schema may still be no mail address or search: that is said with 422
    "positive_data_acceptance": {"expected-statuses": REFUSALS},
    "negative_data_rejection": {"expected-statuses": [*REFUSALS[1:], "405"]},
}
OFF = {"enabled": False}
# phase → how it is bounded, so that the whole takes a minute
PHASES: dict[str, dict[str, Any]] = {
    "examples": {},
    "coverage": {},
    "fuzzing": {"generation": {"max-examples": 2}},
    "stateful": {"generation": {"max-examples": 25}, "max-steps": 8},
}


def rows(session: Session) -> None:
    """One of everything, so that numbers lead somewhere."""
    service.add_tender(session)
    service.add_source(session)
    subscription = add_subscription(session)
    add_delivery(session, subscription)
    store.add_person(session, organisation_id=1, address="b@clinic.example", role="staff", now=NOW)
    contract = Contract(organisation_id=1, title="Agreement", created_at=NOW)
    session.add(contract)
    session.flush()
    assert contract.id is not None
    common: dict[str, Any] = {"organisation_id": 1, "contract_id": contract.id}
    session.add(Term(**common, kind="Notice", value="60 days", recorded_at=NOW))
    session.add(
        Obligation(
            **common, key="1:notice:", kind="notice", title="Give notice", due=NOW.date(), basis="as agreed", created_at=NOW
        )
    )


@pytest.fixture
def service_and_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, str]]:
    """The service over one of everything, and a key that may do all that a program can."""
    database, read = service.database(tmp_path), documents.read(b"1. Invoices. Within 90 days.", "a.txt")
    monkeypatch.setattr("api.filing.read", lambda *_: read)  # a child process for each upload would cost minutes
    add_vault_key(tmp_path / "keys")
    with database.write() as session:
        rows(session)
        ring = vault.KeyRing.parse((tmp_path / "keys").read_text())
        payees.create(session, keys=payees.Vault(ring, 1), number="P-1", legal_name="A payee", now=NOW, by="person 9")
        key = store.add_key(session, organisation_id=1, person_id=None, name="all", scopes=store.SCOPES, now=NOW)
    chosen = service.settings(tmp_path, api_per_minute=1_000_000, public_url="http://testserver")
    yield create_app(chosen, database, clock=lambda: NOW), key
    database.close()


@pytest.mark.parametrize("phase", PHASES)
def test_every_operation_keeps_to_its_description(service_and_key: tuple[Any, str], phase: str) -> None:
    app, key = service_and_key
    config = SchemathesisConfig.from_dict(
        {
            "headers": {"Authorization": f"Bearer {key}"},
            "generation": {"deterministic": True, "no-shrink": True, "database": "none"},
            "checks": CHECKS,
            # a field of a form that is sent empty is one that was left out
            "operations": [{"include-path": "/api/v1/documents", "checks": {"negative_data_rejection": OFF}}],
            "phases": {name: ({"enabled": True} | PHASES[name] if name == phase else OFF) for name in PHASES},
        }
    )
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app, config=config)
    failures, tried = [], 0
    for event in schemathesis.engine.from_schema(schema).execute():
        if isinstance(event, FatalError | NonFatalError):
            failures.append(f"{event}")
        if isinstance(event, ScenarioFinished):
            tried += len(event.recorder.cases)
            failures += list(failed(event))
    assert not failures, f"{len(failures)} of {tried}\n" + "\n\n".join(sorted(set(failures))[:40])
    assert tried > 40


def failed(event: ScenarioFinished) -> Iterator[str]:
    """Each failed check with the request that it was about."""
    for identity, checks in event.recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                failure, seen = check.failure_info.failure, event.recorder.interactions.get(identity)
                request = seen.request if seen else None
                body = (request.body or b"")[:300] if request else b""
                where = f"{request.method} {request.uri}" if request else event.label
                yield f"{check.name}: {where} {body!r}\n  {failure.title}: {failure.message[:600]}"
