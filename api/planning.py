"""Laying out what a contract makes due, whenever what is confirmed of it changes."""

from datetime import datetime

from sqlmodel import Session

from contracts import duties, obligations
from contracts.days import home_day
from contracts.models import Contract


def plan(session: Session, contract: Contract, *, now: datetime) -> None:
    """The contract's obligations anew; what a person closed stays closed, and doing it twice changes nothing."""
    today = home_day(now)
    duties.lay_out(session, contract, obligations.duties(duties.facts(session, contract, today=today), today=today), now=now)
