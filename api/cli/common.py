"""What the contract commands share: days as they are typed, and contracts as they are named."""

from datetime import date
from pathlib import Path

from sqlmodel import Session

from api.accounts.models import FIRST_ORGANISATION
from api.cli import CommandError, now
from contracts import store
from contracts.days import home_day
from contracts.models import Contract

NO_OBLIGATION = "there is no obligation {number}: `bidkeeper contracts due` lists them"
NO_CONTRACT = "there is no contract “{name}”: `bidkeeper contracts list` shows those on file"


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


def opened(file: Path) -> bytes:
    """The bytes of a file that was named; raises CommandError."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise CommandError(f"{file} can't be opened ({(error.strerror or '').lower()}): check the path") from error


def contract_named(session: Session, name: str) -> Contract:
    """The contract with this id, number or title; raises CommandError."""
    found = store.contract_named(session, name, organisation_id=FIRST_ORGANISATION)
    if found is None:
        raise CommandError(NO_CONTRACT.format(name=name))
    return found
