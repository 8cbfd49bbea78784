"""What a contract's confirmed facts make due, and when: rules → dated duties with the sentence that shows the sum; pure.

Nothing is guessed: a fact that nobody confirmed makes nothing due. Ends of spans are the first day after them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

from contracts.days import Span, after, before

LEAD = 21  # days of warning before a duty
HORIZON = 24  # months for which yearly duties are laid out


@dataclass(frozen=True, slots=True)
class Option:
    """A right to extend by `months`, to be used by telling the other side `notice` before the term ends."""

    position: int
    months: int
    notice: Span | None = None
    exercised: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What was confirmed of one contract; what was not is None."""

    contract: str  # how it is named to people
    start: date | None = None
    end: date | None = None  # as written: the first day after
    term: Span | None = None
    options: tuple[Option, ...] = ()
    notice: Span | None = None  # to end it, or to stop it from renewing
    evergreen: bool = False  # runs until somebody ends it
    insurance_certificate: bool = False  # due before the start and each year
    credentials: tuple[tuple[str, date], ...] = ()  # whose, first day on which it is no longer valid
    documents: dict[str, int] = field(default_factory=dict)  # fact → id of the term that says so


@dataclass(frozen=True, slots=True)
class Duty:
    """Something due on a day. `key` is the same whenever the same duty is computed; `basis` shows how."""

    key: str
    kind: str
    title: str
    due: date
    remind_on: date
    basis: str
    term_id: int | None = None


@dataclass(frozen=True, slots=True)
class Radar:
    """What is known of a contract's end: `bid_window` is the span in which its successor is expected to be posted."""

    contract: str
    end: date | None
    latest_end: date | None  # if every option is used
    notice_by: date | None
    remind_on: date | None
    bid_window: tuple[date, date] | None
    why: str


def expiry(facts: Facts, *, every_option: bool = False) -> date | None:
    """The first day after the contract, options used (or all of them) included; None for one without an end, or unknown.

    Months are added to the start in one step, so that 31 January never drifts to the 28th.
    """
    if facts.evergreen:
        return None
    extra = sum(option.months for option in facts.options if option.exercised or every_option)
    if facts.start is not None and facts.term is not None:
        term = Span(facts.term.months + extra, facts.term.days, business=facts.term.business)
        return after(facts.start, term)
    return after(facts.end, Span(months=extra)) if facts.end is not None else None


def notice_by(facts: Facts) -> date | None:
    """The last day for giving notice before the contract ends."""
    end = expiry(facts)
    return before(end, facts.notice) if end is not None and facts.notice is not None else None


def duties(facts: Facts, *, today: date, lead: int = LEAD) -> list[Duty]:
    """Everything these facts make due, by day; `lead` is the warning in days."""
    found = [*_end(facts, lead), *_notice(facts, lead), *_options(facts, lead), *_insurance(facts, today, lead)]
    found += list(_credentials(facts, lead))
    return sorted(found, key=lambda duty: (duty.due, duty.key))


def arising(
    kind: str,
    within: Span,
    happened: date,
    *,
    what: str,
    subject: str,
    lead: int = 1,
    term_id: int | None = None,
    before_it: bool = False,
) -> Duty:
    """The duty that an event makes: `what` ("discharge report") within the span after the day it `happened`, or so long before it.

    `subject` is the clinic's own reference, never a worker's name or claim.
    """
    due = before(happened, within) if before_it else after(happened, within)
    return Duty(
        key=f"{kind}:{what}:{subject}:{happened}",
        kind=kind,
        title=f"{what} for {subject}",
        due=due,
        remind_on=due - timedelta(lead),
        basis=f"{within} {'before' if before_it else 'after'} {happened}",
        term_id=term_id,
    )


def radar(facts: Facts, *, leads: Sequence[timedelta] = (), postings: Sequence[date] = (), lead: int = LEAD) -> Radar:
    """When the contract ends, must be renewed, and is expected to come up for bidding again.

    `leads`: for each earlier round of the program line, the time from its posting to the start of its contracts.
    `postings`: days on which the line came up. Without either, no window is expected: none is invented.
    """
    end, notice = expiry(facts), notice_by(facts)
    window, why = _bid_window(end, leads, sorted(postings))
    return Radar(
        contract=facts.contract,
        end=end,
        latest_end=expiry(facts, every_option=True),
        notice_by=notice,
        remind_on=notice - timedelta(lead) if notice else None,
        bid_window=window,
        why="it runs until somebody ends it" if facts.evergreen else why,
    )


def _end(facts: Facts, lead: int) -> Iterator[Duty]:
    if (end := expiry(facts)) is not None:
        basis = f"{facts.start} and {facts.term}" if facts.start and facts.term else f"{facts.end} as written"
        used = sum(option.months for option in facts.options if option.exercised)
        basis += f" and {used} months of options" if used else ""
        title = f"{facts.contract} ends: its last day is {end - timedelta(1)}"
        yield _duty(facts, "expiration_date", title=title, due=end, lead=lead, basis=basis)


def _notice(facts: Facts, lead: int) -> Iterator[Duty]:
    if (day := notice_by(facts)) is not None:
        title = f"Last day to give notice on {facts.contract}"
        basis = f"{facts.notice} before {expiry(facts)}"
        yield _duty(facts, "notice_period_to_terminate_renewal", title=title, due=day, lead=lead, basis=basis)


def _options(facts: Facts, lead: int) -> Iterator[Duty]:
    """The next option only: a later one hangs on it."""
    end = expiry(facts)
    waiting = sorted((option for option in facts.options if not option.exercised), key=lambda option: option.position)
    if end is None or not waiting or waiting[0].notice is None:
        return
    option, day = waiting[0], before(end, waiting[0].notice)
    title = f"Decide on option {option.position} of {facts.contract} ({option.months} more months)"
    basis = f"{option.notice} before {end}"
    yield _duty(facts, "option_to_renew", which=str(option.position), title=title, due=day, lead=lead, basis=basis)


def _insurance(facts: Facts, today: date, lead: int) -> Iterator[Duty]:
    """Before the start, and by each anniversary until the end or the horizon."""
    if not facts.insurance_certificate or facts.start is None:
        return
    stop = min(filter(None, [expiry(facts), after(max(today, facts.start), Span(months=HORIZON))]))
    title = f"Certificate of insurance for {facts.contract}"
    year, day = 0, facts.start
    while day < stop:
        basis = "before services start" if year == 0 else f"yearly from {facts.start}"
        yield _duty(facts, "insurance_evidence", which=str(day.year), title=title, due=day, lead=lead, basis=basis)
        year += 1
        day = after(facts.start, Span(months=12 * year))


def _credentials(facts: Facts, lead: int) -> Iterator[Duty]:
    for name, day in facts.credentials:
        title = f"{name}: the credential must be renewed"
        basis = f"valid until before {day}"
        yield _duty(facts, "credential", which=f"{name}:{day}", title=title, due=day, lead=lead, basis=basis)


def _duty(facts: Facts, kind: str, *, title: str, due: date, lead: int, basis: str, which: str = "") -> Duty:
    key = f"{kind}:{which}" if which else kind
    return Duty(key, kind, title, due, due - timedelta(lead), basis, facts.documents.get(kind))


def _bid_window(end: date | None, leads: Sequence[timedelta], postings: Sequence[date]) -> tuple[tuple[date, date] | None, str]:
    if end is not None and leads:
        rounds = f"{len(leads)} earlier round{'' if len(leads) == 1 else 's'}"
        return (
            end - max(leads),
            end - min(leads),
        ), f"the contract ends on {end}; {rounds} were posted that long before the start"
    gaps = [later - earlier for earlier, later in pairwise(postings)]
    if gaps:
        last = postings[-1]
        return (
            last + min(gaps),
            last + max(gaps),
        ), f"last posted on {last}; it came up every {min(gaps).days} to {max(gaps).days} days"
    return None, "no earlier round of this program is known"
