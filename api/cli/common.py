"""What the contract commands share: days as they are typed, and contracts as they are named."""

from datetime import date

from sqlmodel import Session

from api.accounts.models import FIRST_ORGANISATION
from api.cli import CommandError, now
from contracts import store
from contracts.days import home_day
from contracts.models import Contract


def today() -> date:
    """Today in British Columbia."""
    return home_day(now())


def day(text: str | None) -> date:
    """The day that was typed, today in British Columbia if none was; raises CommandError."""
    if text is None:
        return today()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"“{text}” is no day: write it as 2026-04-01") from None


def contract_named(session: Session, name: str) -> Contract:
    """The contract with this id, number or title; raises CommandError."""
    found = store.contract_named(session, name, organisation_id=FIRST_ORGANISATION)
    if found is None:
        raise CommandError(f"there is no contract “{name}”: `bidkeeper contracts list` shows those on file")
    return found
