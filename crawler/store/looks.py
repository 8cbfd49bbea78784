"""Writing down what a look showed: tenders, what is new about them, and how well the source could be seen."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from contracts.vocabulary import Health
from crawler import volume
from crawler.items import Look
from crawler.models import Release, Sighting, Source, SourceEvent
from crawler.sources import SourceConfig
from crawler.store import captures, quarantine, states
from crawler.store.alone import alone
from crawler.store.plan import Plan, draw
from crawler.store.writing import Writer


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a look. `new`, `changed` and `unchanged` count rows; all zero when it was held back or in trouble.

    `releases` holds what was written, told or not (`news`); `missing` and `returned` the sightings that left while their
    tender should still be open, and those that came back after that.
    """

    source: str
    fetched: int
    new: int
    changed: int
    unchanged: int
    releases: tuple[Release, ...]
    events: tuple[SourceEvent, ...]
    health: Health
    missing: tuple[Sighting, ...] = ()
    returned: tuple[Sighting, ...] = ()

    @property
    def news(self) -> tuple[Release, ...]:
        """The releases to tell."""
        return tuple(release for release in self.releases if release.news)


def save(session: Session, source: SourceConfig, look: Look, *, now: datetime) -> Saved:
    """Store a look: its captures, and what it changes unless it can't be believed. The caller commits.

    A look in trouble changes health alone; an odd one is held back and changes nothing until it is confirmed, the source is
    itself again, or a person decides (see `volume`). The first believed look is the baseline: recorded, told to nobody.
    """
    state = states.state(session, source.name)
    if look.trouble is not None:
        states.looked(state, source, look, now=now, failed=True)
        captures.keep(session, look, verdict="rejected")
        events = states.turn(session, state, *look.trouble, now=now)
        return _nothing(look, state, events)
    states.looked(state, source, look, now=now, failed=False)
    if look.unchanged:
        return _same_again(session, state, source, look, now=now)
    return _judged(session, state, source, look, now=now)


def _judged(session: Session, state: Source, source: SourceConfig, look: Look, *, now: datetime) -> Saved:
    plan = draw(session, state, source, look, now=now)
    doubt = volume.judge(plan.facts)
    if doubt is not None and not quarantine.confirmed(session, look, doubt):
        capture = captures.keep(session, look, verdict="withheld")
        quarantine.hold(session, look, doubt, capture, now=now)
        return _nothing(look, state, states.turn(session, state, doubt.health, doubt.reason, now=now))
    quarantine.release(session, source.name, accepted=doubt is not None, now=now)
    if doubt is not None:
        state.volume = []  # what was usual is no measure any more
    return write(session, state, source, look, plan, now=now)


def write(
    session: Session,
    state: Source,
    source: SourceConfig,
    look: Look,
    plan: Plan,
    *,
    now: datetime,
    capture_id: int | None = None,
) -> Saved:
    """Apply a plan that is believed; `capture_id` names the evidence when the look brings no page of its own."""
    alone(session, plan)
    capture = captures.keep(session, look, verdict="accepted")
    evidence = capture.id if capture else capture_id
    writer = Writer(session, source, now, baseline=state.baseline_at is None and not look.announces, evidence=evidence)
    writer.rename(plan.renamed)
    returned = writer.bring_back(plan.returned)
    writer.add(plan.new)
    changed = writer.change(plan.changed, present=plan.facts.present - plan.facts.gone)
    writer.settle(plan.settled)
    missing = writer.let_go(plan.gone)
    states.believed(state, look, now=now)
    events = states.turn(session, state, Health.HEALTHY, None, now=now)
    session.flush()
    return Saved(
        source=source.name,
        fetched=look.rows,
        new=len(plan.new),
        changed=changed,
        unchanged=plan.unchanged + len(plan.changed) - changed,
        releases=tuple(writer.releases),
        events=events,
        health=state.health,
        missing=missing,
        returned=returned,
    )


def _same_again(session: Session, state: Source, source: SourceConfig, look: Look, *, now: datetime) -> Saved:
    """A 304: the source says what it said last. If that was held back, it now says it once more; of a healthy one nothing is."""
    standing = None if state.health is Health.HEALTHY else quarantine.standing(session, source.name)
    if standing is None:
        states.believed(state, look, now=now)
        return _nothing(look, state, states.turn(session, state, Health.HEALTHY, None, now=now))
    return _judged(session, state, source, quarantine.look_of(standing, look), now=now)


def _nothing(look: Look, state: Source, events: tuple[SourceEvent, ...]) -> Saved:
    return Saved(look.source, look.rows, 0, 0, 0, (), events, state.health)
