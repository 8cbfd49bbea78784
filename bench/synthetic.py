"""Made-up rows in the shapes of real ones, written by the server itself: few portals show much, few words are common, most bids are over.

Nothing in them is of a real tender. The same scale gives the same numbers of rows each time.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, text

WORDS = [
    "services",
    "supply",
    "and",
    "maintenance",
    "of",
    "the",
    "for",
    "rehabilitation",
    "occupational",
    "therapy",
    "clinic",
    "regional",
    "health",
    "authority",
    "design",
    "construction",
    "road",
    "bridge",
    "water",
    "sewer",
    "pump",
    "software",
    "licence",
    "consulting",
    "engineering",
    "survey",
    "fleet",
    "vehicle",
    "snow",
    "removal",
    "janitorial",
    "security",
    "training",
    "assessment",
    "physiotherapy",
    "nursing",
    "dental",
    "imaging",
    "laboratory",
    "pharmacy",
    "laundry",
    "food",
    "catering",
    "furniture",
    "lighting",
    "roofing",
    "electrical",
    "mechanical",
    "plumbing",
    "demolition",
    "asbestos",
    "soil",
    "forest",
    "fire",
    "ferry",
    "harbour",
    "airport",
    "school",
    "library",
    "archive",
    "audit",
    "actuarial",
    "translation",
    "printing",
    "signage",
    "uniform",
    "radio",
    "network",
    "cabling",
    "data",
    "centre",
    "cloud",
    "storage",
    "backup",
    "telephone",
    "energy",
    "solar",
    "boiler",
    "chiller",
    "elevator",
    "fence",
    "gravel",
    "asphalt",
    "culvert",
    "dredging",
    "tree",
    "park",
    "arena",
    "pool",
    "playground",
    "cemetery",
    "transit",
    "shelter",
    "parking",
    "towing",
]


@dataclass(frozen=True)
class Scale:
    """How many rows of each kind; `of(1.0)` is an association with thousands of sources and clinics."""

    sources: int
    tenders: int
    subscriptions: int
    organisations: int
    deliveries: int
    clauses: int

    @classmethod
    def of(cls, factor: float) -> "Scale":
        full = cls(5_000, 1_000_000, 100_000, 10_000, 1_000_000, 250_000)
        return cls(*(max(20, int(getattr(full, name) * factor)) for name in cls.__dataclass_fields__))


WIDE = "vaccine freezer"  # what one subscriber in fifty waits for, and no bid among those made up is


def fill(connection: Connection, scale: Scale, said: Callable[[str], None]) -> None:
    """Write everything into an empty, migrated PostgreSQL; the indexes of words are filled at the end, all at once."""
    words = "ARRAY[" + ",".join(f"'{word}'" for word in WORDS) + "]"
    connection.execute(text("SELECT setseed(0.42), set_config('maintenance_work_mem', '512MB', true)"))
    for table in ("tender", "clause"):
        connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
    connection.execute(text("DROP INDEX fts_tender_body"))
    for name, statement in _statements(scale, words):
        said(name)
        connection.execute(text(statement.replace(":", r"\:")))
    for table in ("tender", "clause"):
        connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))


def _word(words: str) -> str:
    """A word, the first ones of the list far more often than the last; each row its own."""
    return f"({words})[1 + floor({len(WORDS)} * power(random(), 2.2))::int]"


def _statements(scale: Scale, words: str) -> Iterator[tuple[str, str]]:
    title = " || ' ' || ".join([_word(words)] * 6)
    any_word = f"({words})[11 + floor({len(WORDS) - 10} * random())::int]"  # a search is for what few bids are
    source = f"'source-' || floor({scale.sources} * power(random(), 2))::int"
    closes = "now() + (random() * 1500 - 1440) * interval '1 day'"  # four in a hundred are still open
    yield (
        "sources",
        f"""
        INSERT INTO source (name, health, last_looked_at, last_good_at, baseline_at, next_look_at, failures, validators, volume, columns)
        SELECT 'source-' || n, 'healthy', now(), now(), now(), now() + random() * interval '30 minutes', 0, '{{}}', '[200]', '[]'
        FROM generate_series(0, {scale.sources - 1}) AS n""",
    )
    yield (
        "turns",
        f"""
        INSERT INTO turn (source, host, due_at) SELECT name, 'host-' || (row_number() OVER ()) % {max(1, scale.sources // 2)}, next_look_at
        FROM source""",
    )
    yield "hosts", "INSERT INTO portalhost (name, fence) SELECT DISTINCT host, 0 FROM turn"
    yield (
        "tenders",
        f"""
        INSERT INTO tender (ocid, number, number_key, title, status, buyer, type, description, published_at, closes_at, closes_precision,
            zone, url, amendments, addenda, documents, files, programs, source, first_seen_at, last_seen_at, changed_at)
        SELECT 'ocds-load-' || n, n || '-2026', 'load' || n, {title}, CASE WHEN closes > now() THEN 'open' ELSE 'closed' END,
            'Buyer ' || floor(3000 * power(random(), 2))::int, 'RFP', {title} || ' ' || {title}, closes - interval '30 days', closes,
            'minute', 'America/Vancouver', 'https://portal.example/' || n, 0, 0, 1, '[]',
            CASE WHEN random() < 0.03 THEN '["or2"]'::jsonb ELSE '[]'::jsonb END, source,
            closes - interval '30 days', closes, closes - random() * interval '30 days'
        FROM (SELECT n, {closes} AS closes, {source} AS source FROM generate_series(1, {scale.tenders}) AS n) AS made""",
    )
    yield (
        "sightings",
        """
        INSERT INTO sighting (source, native_id, tender_id, posting, digest, closes_at, number_key, trail, first_seen_at, last_seen_at,
            missing_since, unsettled, reasons)
        SELECT source, id, id, jsonb_build_object('id', id::text, 'number', number, 'title', title), md5(id::text), closes_at, number_key,
            '[]', first_seen_at, last_seen_at, CASE WHEN closes_at < now() THEN closes_at END, false, '[]' FROM tender""",
    )
    yield (
        "releases",
        """
        INSERT INTO release (release_id, ocid, tender_id, tag, date, source, changes, news)
        SELECT ocid || '-' || part, ocid, id, CASE part WHEN 1 THEN 'tender' ELSE 'tenderUpdate' END,
            first_seen_at + part * interval '3 days', source, '[]', true
        FROM tender, generate_series(1, CASE WHEN id % 4 = 0 THEN 2 ELSE 1 END) AS part ORDER BY first_seen_at""",
    )
    yield (
        "organisations",
        f"""
        INSERT INTO organisation (name, created_at) SELECT 'Clinic ' || n, now() FROM generate_series(1, {scale.organisations}) AS n""",
    )
    yield (
        "subscriptions",
        f"""
        INSERT INTO subscription (organisation_id, address, channel, query, name, language, frequency, zone, deliver_at, weekday, quiet,
            reminders, state, created_at, confirmed_at, consent, mark)
        SELECT 1 + n % {scale.organisations}, 'p' || n || '@clinic.example', 'email',
            CASE WHEN n % 50 = 0 THEN '{WIDE}' ELSE {" || ' ' || ".join([any_word] * 5)} END,
            '', 'en', 'instant', 'America/Vancouver', '08:00', 0, '', '[14, 7, 3, 1]', 'active', now(), now(), '{{}}', n
        FROM generate_series(1, {scale.subscriptions}) AS n ON CONFLICT DO NOTHING""",
    )
    yield (
        "watermarks",
        f"""
        INSERT INTO watermark (name, value)
        VALUES ('subscriptions', {scale.subscriptions}), ('reminders', extract(epoch FROM now() - interval '5 minutes')::bigint / 60)""",
    )
    yield (
        "notifications",
        """
        INSERT INTO notification (key, kind, ocid, created_at, content)
        SELECT release_id, 'news', ocid, date, jsonb_build_object('title', ocid) FROM release WHERE id % 10 = 0""",
    )
    yield (
        "deliveries",
        f"""
        INSERT INTO delivery (key, notification_id, subscription_id, organisation_id, channel, address, state, created_at, attempts,
            message_id, sent_at)
        SELECT 'load:' || n, 1 + floor(random() * (SELECT max(id) - 1 FROM notification))::int,
            (SELECT min(id) FROM subscription) + n % {scale.subscriptions // 2}, 1 + n % {scale.organisations}, 'email',
            'p' || n || '@clinic.example', 'sent', now() - random() * interval '700 days', 1, '<' || n || '@load>', now()
        FROM generate_series(1, {scale.deliveries}) AS n""",
    )
    yield (
        "contracts",
        f"""
        INSERT INTO contract (organisation_id, title, evergreen, currency, created_at)
        SELECT n, 'Services agreement', false, 'CAD', now() FROM generate_series(1, {scale.organisations}) AS n""",
    )
    yield (
        "documents",
        """
        INSERT INTO document (organisation_id, contract_id, kind, title, file_name, media_type, sha256, size, pages, signatures, outline,
            notes, added_at)
        SELECT organisation_id, id, 'agreement', title, 'a.pdf', 'application/pdf', md5(id::text), 1, 1, '[]', '{}', '[]', now()
        FROM contract""",
    )
    yield (
        "clauses",
        f"""
        INSERT INTO clause (organisation_id, contract_id, document_id, page, start, "end", text)
        SELECT document.organisation_id, document.contract_id, document.id, 1, n, n + 1, {" || ' ' || ".join([_word(words)] * 30)}
        FROM document, generate_series(1, {max(1, scale.clauses // scale.organisations)}) AS n""",
    )
    yield (
        "the index of clauses",
        """
        INSERT INTO fts_clause (clause_id, body)
        SELECT id, array_to_tsvector(ARRAY['@o' || organisation_id, '@c' || contract_id]) || to_tsvector('english', text) FROM clause""",
    )
    yield "the index of tenders", "SELECT count(fts_tender_say(id)) FROM tender"
    yield "its inverted file", "CREATE INDEX fts_tender_body ON fts_tender USING gin (body)"
