"""The journeys, each a straight line through the rooms; the only module that knows more than one of them.

posting → alert: `watch` looks at sources, `record` stores what was seen and writes the deliveries in the same transaction.
signed document → answer and question → desk meet in `ask`: the clinic's own contract first, then the desk.
change of a payee → the people who could stop it: `tell_of_payee`.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Pool, String, cast
from sqlmodel import Session, col, select

import contracts.store
import crawler.store
import notifier.store
from api import bid_documents
from api.accounts.roles import Role
from api.accounts.store import people
from api.database import Database
from api.desks import Book
from api.metrics import Standing
from api.programs import program_aliases
from api.settings import Settings
from contracts import duties, lookup, payees
from contracts.lookup import Answer
from contracts.models import Contract
from contracts.obligations import Radar, radar
from contracts.vocabulary import Change
from crawler import archive, evidence, process, reading, spiders, turns
from crawler.items import Look, Page
from crawler.models import Release, SourceEvent, Tender
from crawler.normalise import number_key
from crawler.sources import SourceConfig
from crawler.store import Saved
from crawler.turns import Taken, TurnLost
from notifier import alerts, audit, enquiries, notices, proposals, reminders
from notifier.contacts import ContactPoint, contact_for
from notifier.matching import News, Searches
from notifier.models import Delivery, Enquiry, RouteProposal, Subscription
from notifier.query import Query, Reading, parse
from notifier.routes import read_routes
from notifier.routing import Route, route

log = structlog.get_logger(__name__)

HOME = ZoneInfo("America/Vancouver")  # whose calendar "today" is
FEED_NEWS = 50  # entries of a feed
FEED_LOOK = 1_000  # releases, or tenders, that a feed looks through
AUDITED = timedelta(days=3)  # how far back the outbox's self-audit looks
AUDITED_NEWS = 5_000  # releases that it looks through at most
FEED_PAST = timedelta(days=31)  # how long a closing stays in a calendar


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question came to: what the clinic's own contracts say, if anything, and the desk beside it.

    `answer.recorded` says whether the contracts hold one; `routed` is the route under the command line's keys.
    """

    answer: Answer
    route: Route
    contact: ContactPoint | None
    routed: dict[str, Any]


def watch(
    database: Database,
    sources: Sequence[SourceConfig],
    taken: Taken,
    *,
    settings: Settings,
    clock: Callable[[], datetime],
    pulse: process.Pulse,
    on_progress: Callable[[Mapping[str, Any]], None] | None = None,
) -> Iterator[Saved]:
    """Look at these sources in one crawl process; each look is stored, with its deliveries, in a transaction of its own.

    `taken` is the turn that was taken for them: a look whose turn was lost meanwhile is dropped.
    """
    with database.read() as session:
        validators = {state.name: state.validators for state in crawler.store.sources(session)}
    by_name = {source.name: source for source in sources}
    looks = process.look(
        sources,
        archive=settings.archive,
        user_agent=settings.user_agent,
        allow_loopback=settings.allow_loopback_sources,
        validators=validators,
        timeout=settings.crawl_timeout,
        on_progress=on_progress,
        clock=clock,
        command=process.through(settings.crawl_socket),
        pulse=pulse,
    )
    for look in looks:
        source = by_name[look.source]
        try:
            with database.write() as session:
                turns.hold(session, taken, source)
                saved = record(session, source, look, now=clock(), operator=settings.operator_email)
                turns.looked(session, source)
        except TurnLost as lost:
            log.warning("look_dropped", reason=str(lost))
        else:
            yield saved
    try:
        fetch_documents(database, sources, taken, settings=settings, clock=clock, pulse=pulse)
    except TurnLost as lost:
        log.warning("file_dropped", reason=str(lost))


def fetch_documents(
    database: Database,
    sources: Sequence[SourceConfig],
    taken: Taken | None = None,
    *,
    settings: Settings,
    clock: Callable[[], datetime],
    pulse: process.Pulse | None = None,
) -> int:
    """Fetch the files that tenders of these sources name, where a source allows it; a replaced one is told. Gives how many came.

    Raises TurnLost when the turn `taken` for the sources was lost meanwhile.
    """
    allowed = {source.name: source for source in sources if source.documents and source.enabled}
    with database.read() as session:
        wanted = [one for source in allowed.values() for one in crawler.store.wanted(session, source, now=clock())]
    by_place = {(one.source, one.url): one for one in wanted}
    fetched = process.fetch(
        list(allowed.values()),
        wanted,
        archive=settings.archive,
        user_agent=settings.user_agent,
        allow_loopback=settings.allow_loopback_sources,
        timeout=settings.crawl_timeout,
        command=process.through(settings.crawl_socket),
        pulse=pulse,
    )
    came = 0
    for file in fetched:
        one = by_place[file.source, file.url]
        with database.read() as session:
            before = crawler.store.text_before(session, one)
        found = bid_documents.examine(file, before, folder=settings.archive, scanner=settings.document_scanner)
        with database.write() as session:
            if taken:
                turns.hold(session, taken, allowed[file.source])
            for release in crawler.store.take(session, one, file, found, now=clock()):
                _tell_news(session, allowed[file.source], release, now=clock())
        came += file.sha256 is not None
    return came


def forget_evidence(database: Database, settings: Settings, *, now: datetime) -> list[str]:
    """Take away the evidence of months that were kept long enough, rows first; what the answers led to stays. Gives the files."""
    if not settings.evidence_days:
        return []
    old = evidence.outdated(settings.archive, before=(now - timedelta(days=settings.evidence_days)).date())
    if old:
        with database.write() as session:
            crawler.store.forget(session, old)
    for file in old:
        evidence.remove(settings.archive, file)
    return old


def take_in(database: Database, source: SourceConfig, page: Page, *, settings: Settings, now: datetime) -> Saved:
    """Store an answer that a person saved as if it had just been fetched. Raises SourceError, storing nothing, when it can't be read."""
    listing = spiders.read(page, source)
    kept = archive.keep(settings.archive, page, now, source=source.name, rows=listing.rows)
    look = Look(
        source.name,
        now,
        postings=listing.postings,
        rows=listing.rows,
        total=listing.total if listing.next_url is None else None,  # one page of several is no shrunken listing
        columns=listing.columns,
        says_none=listing.says_none,
        announces=listing.announces,
        pages=(kept,),
    )
    with database.write() as session:
        return record(session, source, look, now=now, operator=settings.operator_email)


def record(session: Session, source: SourceConfig, look: Look, *, now: datetime, operator: str) -> Saved:
    """Store one look and write every delivery it calls for. Commits nothing: one transaction holds both or neither."""
    return tell(session, source, crawler.store.save(session, source, look, now=now), now=now, operator=operator)


def tell(session: Session, source: SourceConfig, saved: Saved, *, now: datetime, operator: str) -> Saved:
    """Write the deliveries of what was stored: each piece of news to who wants it, each step of health to the operator."""
    for release in saved.news:
        _tell_news(session, source, release, now=now)
    for event in saved.events:
        _tell_health(session, source, event, now=now, operator=operator)
    return saved


def _tell_news(session: Session, source: SourceConfig, release: Release, *, now: datetime) -> None:
    tender = session.get_one(Tender, release.tender_id)
    told = news(release, tender, source, sequence=crawler.store.earlier(session, release))
    alerts.announce(session, told, now=now, programs=program_aliases(), searches=_searches(session))
    reminders.withdraw(session, told)


def silence(database: Database, sources: Mapping[str, SourceConfig], *, now: datetime, operator: str) -> tuple[SourceEvent, ...]:
    """Tell the operator of each source that has been silent beyond its rhythm, once, though no look of it ended."""
    with database.read() as session:
        if not crawler.store.late(session, dict(sources), now=now):
            return ()  # as nearly always: nothing is written
    with database.write() as session:
        events = crawler.store.check_late(session, dict(sources), now=now)
        for event in events:
            _tell_health(session, sources[event.source], event, now=now, operator=operator)
    return events


def remind(database: Database, sources: Mapping[str, SourceConfig], *, now: datetime) -> int:
    """Write the closing reminders that have become due, and withdraw those that hold no more; how many are to be sent."""
    with database.write() as session:
        found = crawler.store.closings(session, after=now, before=now + reminders.HORIZON)
        known = [news(release, tender, sources.get(release.source)) for release, tender in found]
        return reminders.remind(session, known, now=now, searches=_searches(session)).queued


def check_outbox(database: Database, sources: Mapping[str, SourceConfig], *, now: datetime, operator: str) -> tuple[int, int]:
    """The daily self-audit: how many messages nobody takes care of, and how many alerts had been forgotten.

    The latter are written now, under the keys they would have had; the operator is mailed of both, once a day.
    """
    with database.read() as session:
        missing = _forgotten(session, sources, now=now)
        stuck = len(audit.neglected(session, now=now))
    if not missing and not stuck:
        return 0, 0
    with database.write() as session:
        written = alerts.Told()
        for told, subscribed in missing:
            of = notifier.store.noted(session, key=told.release_id, kind="news", ocid=told.ocid, content=told.to_json(), now=now)
            written += alerts.deliver(session, of, alerts.hearers(session, subscribed), now=now)
        content = {"neglected": stuck, "forgotten": written.new}
        addresses = [operator] if operator else []
        key = f"outbox-audit:{now.date().isoformat()}"
        notices.tell(session, "outbox_audit", content, addresses, key=key, organisation_id=None, now=now)
    return stuck, written.new


def _forgotten(session: Session, sources: Mapping[str, SourceConfig], *, now: datetime) -> list[tuple[News, list[int]]]:
    """News of the last days, older than an hour, with the subscriptions that have no delivery of it."""
    missing, seen = [], set()
    for release, tender in reading.news(session, limit=AUDITED_NEWS):
        is_latest = release.tender_id not in seen  # only then does the tender still say what was announced
        seen.add(release.tender_id)
        if not now - AUDITED < release.date < now - audit.AGE:
            continue
        told = news(release, tender, sources.get(release.source))
        if is_latest or audit.was_announced(session, told):
            subscribed = audit.forgotten(session, told, at=release.date, searches=_searches(session))
            missing += [(told, subscribed)] if subscribed else []
    return missing


def remind_of_duties(session: Session, recipients: Mapping[int, Sequence[str]], *, now: datetime) -> int:
    """Mail what contracts make due, to its owner where one with an address is named, else to `recipients` of the organisation.

    Once when its warning is reached, again a week before, on the day before and when it is overdue; how many notices that is.
    """
    today, told = now.astimezone(HOME).date(), 0
    for organisation_id, addresses in recipients.items():
        for row in duties.to_remind(session, organisation_id=organisation_id, today=today):
            contract = contracts.store.contract(session, row.contract_id, organisation_id=organisation_id)
            content = {
                "title": row.title,
                "kind": row.kind,
                "due": row.due.isoformat(),
                "basis": row.basis,
                "contract": (contract.number or contract.title) if contract else "",
            }
            to = [row.owner] if row.owner and "@" in row.owner else addresses
            key = f"obligation:{row.id}:{row.due}:{_stage((row.due - today).days)}"
            known = notices.told(session, key)
            notices.tell(session, "obligation", content, to, key=key, organisation_id=organisation_id, now=now)
            told += not known
    return told


def _stage(days: int) -> str:
    """Which of its reminders a duty has come to, with so many days left."""
    return next(name for most, name in ((-1, "overdue"), (1, "day"), (7, "week"), (10_000, "warning")) if days <= most)


def _tell_health(session: Session, source: SourceConfig, event: SourceEvent, *, now: datetime, operator: str) -> None:
    alerts.health_changed(
        session,
        source=event.source,
        title=source.title,
        old=event.old,
        new=event.new,
        reason=event.reason,
        at=event.at,
        address=source.operator or operator,
        now=now,
    )


def recent_news(
    session: Session, query: str, sources: Mapping[str, SourceConfig], *, now: datetime, limit: int = FEED_NEWS
) -> list[News]:
    """The latest news that a search finds, newest first: what its feeds show. Raises QueryError."""
    wanted = parse(query, program_aliases())
    found = (news(release, tender, sources.get(release.source)) for release, tender in reading.news(session, limit=FEED_LOOK))
    return list(islice((one for one in found if wanted.holds(Reading(one, now=now))), limit))


def closings(
    session: Session, queries: Sequence[str], sources: Mapping[str, SourceConfig], *, now: datetime
) -> list[tuple[News, int]]:
    """What any of these searches finds among tenders that close from a month ago on, each with how often it was released before
    (SEQUENCE)."""
    wanted = [parse(query, program_aliases()) for query in queries]
    found = [
        (news(release, tender, sources.get(release.source)), count - 1)
        for release, tender, count in reading.closings(session, since=now - FEED_PAST, limit=FEED_LOOK)
    ]
    return [(one, sequence) for one, sequence in found if _any_holds(wanted, Reading(one, now=now))]


def _any_holds(wanted: Sequence[Query], told: Reading) -> bool:
    return any(query.holds(told) for query in wanted)


def open_now(session: Session, query: str, sources: Mapping[str, SourceConfig], *, now: datetime) -> list[News]:
    """What a search finds among the tenders that are open now, soonest closing first. Raises QueryError."""
    wanted = parse(query, program_aliases())
    found = (
        news(release, tender, sources.get(release.source), sequence=count - 1)
        for release, tender, count in reading.closings(session, since=now, limit=FEED_LOOK)
    )
    return [one for one in found if reminders.over(one) is None and wanted.holds(Reading(one, now=now))]


def mail_open(
    session: Session, subscription: Subscription, sources: Mapping[str, SourceConfig], *, now: datetime
) -> Delivery | None:
    """Write one message of what is open for a subscription's search, once for each wording of it; None without anything."""
    found = open_now(session, subscription.query, sources, now=now)
    return alerts.tell_open(session, subscription, found, now=now) if found else None


def news(release: Release, tender: Tender, source: SourceConfig | None, *, sequence: int = 0) -> News:
    """The frozen value that crosses from the watching room to the telling room.

    `source` is None for one that is watched no more; `sequence` counts the tender's releases before this one.
    """
    lines = tuple(str(key) for key in tender.programs)
    words = program_aliases()
    return News(
        release_id=release.release_id,
        ocid=release.ocid,
        tag=release.tag,
        date=release.date,
        title=tender.title,
        number=tender.number,
        buyer=tender.buyer,
        status=tender.status,
        type=tender.type,
        closes_at=tender.closes_at,
        closes_text=tender.closes_text,
        closes_precision=tender.closes_precision,
        zone=tender.zone,
        url=tender.url,
        published_at=tender.published_at,
        amendments=tender.amendments,
        addenda=tender.addenda,
        documents=tender.documents,
        description=tender.description,
        programs=lines,
        program_names=tuple(dict.fromkeys(name for key in lines for name in words.get(key, ()))),
        source=release.source,
        source_title=source.title if source else release.source,
        changes=tuple(Change(**change) for change in release.changes),
        sequence=sequence,
    )


def ask(
    session: Session, question: str, *, organisation_id: int, now: datetime, book: Book | None = None, as_of: date | None = None
) -> Asked:
    """Look the answer up in the clinic's own contracts, then find the desk: an answer on file may spare the message."""
    book = (book or _shipped_book()).of(session, organisation_id)
    found = lookup.answer(session, question, organisation_id=organisation_id, as_of=as_of or now.astimezone(HOME).date())
    way = route(question, router=book.router)
    return Asked(found, way, contact_for(way.desk, book.contacts), book.document(way, now=now))


def open_enquiry(
    session: Session,
    question: str,
    *,
    organisation_id: int,
    book: Book,
    asker: str,
    asker_name: str,
    by: str,
    token: str,
    now: datetime,
    desk: str | None = None,
) -> Enquiry:
    """Draft an enquiry to the desk that the question belongs to (or to `desk`), with the reference numbers on file."""
    book = book.of(session, organisation_id)
    way = route(question, router=book.router)
    way = replace(way, desk=desk) if desk else way
    contact = contact_for(way.desk, book.contacts)
    return enquiries.draft(
        session,
        question,
        way,
        organisation_id=organisation_id,
        desk=book.desk(way.desk),
        address=contact.email if contact else None,
        asker=asker,
        asker_name=asker_name,
        by=by,
        token=token,
        now=now,
        references=references(session, organisation_id=organisation_id, day=now.astimezone(HOME).date()),
    )


def references(session: Session, *, organisation_id: int, day: date) -> dict[str, str]:
    """The numbers that a desk asks for, where the store holds exactly one: a second contract would have to be chosen."""
    running = [
        contract.number
        for contract in contracts.store.contracts(session, organisation_id=organisation_id)
        if contract.number and (contract.evergreen or contract.end is None or day < contract.end)
    ]
    numbers = [payee.number for payee in payees.payees(session, organisation_id=organisation_id)]
    found = {"contract": running, "payee": numbers}
    return {kind: known[0] for kind, known in found.items() if len(known) == 1}


def take_routes(
    session: Session, page: str, *, source: str, as_of: date, organisation_id: int, book: Book, now: datetime
) -> list[RouteProposal]:
    """Read a program page (HTML or text) and propose what its table says differently. Raises NoRoutes."""
    read = read_routes(page, source=source, as_of=as_of, desks=book.router.desks)
    return proposals.propose(session, read, organisation_id=organisation_id, page=source, contacts=book.contacts, now=now)


def tell_of_payee(session: Session, notice: payees.Notice, *, organisation_id: int, now: datetime) -> list[Delivery]:
    """Mail a step of a payee's change to the contact from before it and to everyone who may approve, but whoever took the step."""
    deciding = [
        person.address
        for person in people(session, organisation_id=organisation_id)
        if Role(person.role).pays and f"person {person.id}" != notice.by
    ]
    content = {
        "step": notice.step,
        "payee": notice.payee,
        "fields": list(notice.fields),
        "effective_at": notice.effective_at.isoformat() if notice.effective_at else None,
    }
    addresses = [*([notice.to] if notice.to else []), *deciding]
    key = f"payee:{organisation_id}:{notice.change_id}:{notice.step}"
    return notices.tell(session, "payee_change", content, addresses, key=key, organisation_id=organisation_id, now=now)


def renewals(session: Session, *, organisation_id: int, today: date) -> list[tuple[Contract, Radar]]:
    """Each contract with when it ends and may come up again, by its program line's earlier rounds; the first to end first."""
    owned = contracts.store.every_contract(session, organisation_id=organisation_id)
    seen = []
    for contract in owned:
        rounds = _rounds(session, contract.program) if contract.program else {}
        leads = [
            other.start - rounds[other.ocid]
            for other in owned
            if other.program == contract.program and other.start and other.ocid in rounds and rounds[other.ocid] < other.start
        ]
        facts = duties.facts(session, contract, today=today)
        seen.append((contract, radar(facts, leads=leads, postings=list(rounds.values()))))
    return sorted(seen, key=lambda pair: (pair[1].end is None, pair[1].end or date.max, pair[0].title))


def _rounds(session: Session, line: str) -> dict[str | None, date]:
    """The days on which a program line's tenders were posted, by ocid."""
    said = cast(col(Tender.programs), String).contains(f'"{line}"', autoescape=True)
    query = select(Tender.ocid, Tender.published_at).where(said, col(Tender.published_at).is_not(None))
    return {ocid: posted.astimezone(HOME).date() for ocid, posted in session.exec(query).all() if posted is not None}


def tender_of(session: Session, solicitation: str) -> str | None:
    """The ocid of the one watched tender with this number; None where none has it, or several have."""
    key = number_key(solicitation)
    found = session.exec(select(Tender.ocid).where(Tender.number_key == key).limit(2)).all() if key else []
    return found[0] if len(found) == 1 else None


def standing(session: Session, sources: Mapping[str, SourceConfig], *, now: datetime) -> Standing:
    """What an operator watches: deliveries by state, sources by health, and how many of these are late."""
    deliveries = {state.value: count for state, count in notifier.store.counts(session).items()}
    healths = Counter(one.health.value for one in crawler.store.sources(session))
    return Standing(deliveries, healths, len(crawler.store.late(session, dict(sources), now=now)))


@cache
def _shipped_book() -> Book:
    return Book.open(None)


_INDEXES: WeakKeyDictionary[Pool, Searches] = WeakKeyDictionary()


def _searches(session: Session) -> Searches:
    """The index of this database's saved searches, kept between postings; it catches up with the database by itself."""
    # options make a new Engine over the same pool: the pool is what two sessions of one database have in common
    return _INDEXES.setdefault(session.get_bind().engine.pool, Searches(program_aliases()))
