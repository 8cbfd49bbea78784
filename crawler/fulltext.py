"""What finds tenders by word and by program line: FTS5 on SQLite; on PostgreSQL tsvector and jsonb, each with a GIN index.

A search names beginnings of words, and numbers whole, which must stand in the tender or in the text of the files that it has
now; accents and capitals do not matter. Nothing is ranked: the lists that are searched are sorted by day.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, TextClause, bindparam, column, false, func, select, text, type_coerce
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Session, col

from contracts.vocabulary.textindex import TextIndex
from crawler.models import Tender, TenderDocument

LONGEST = 200_000  # code points of one tender that are indexed
WORDS = 12  # of a search that count
_WORD = re.compile(r"[^\W_]+")
# letters that no decomposition parts, as both databases and whoever asks write them; one apostrophe counts as a letter elsewhere
LETTERS: dict[str, str | int | None] = {
    "œ": "oe",
    "Œ": "oe",
    "æ": "ae",
    "Æ": "ae",
    "ø": "o",
    "Ø": "o",
    "ß": "ss",
    "ﬁ": "fi",
    "ﬂ": "fl",
    "ʼ": " ",
}


LINE = "0line0"  # begins the word that stands for a program line, and no other


def _body(files: str, lines: str) -> str:
    """SQL for all that is said of a row of `tender`: its words, its program lines (`lines` selects them), and those of its files."""
    said = ("title", "number", "buyer", "type", "ocid", "description")
    own = " || ' ' || ".join(f"coalesce(tender.{name}, '')" for name in said)
    own += f" || ' ' || coalesce(({lines}), '')"
    texts = f"SELECT {files} FROM tenderdocument AS file WHERE file.tender_id = tender.id AND file.superseded_at IS NULL"  # noqa: S608
    body = f"substr({own} || ' ' || coalesce(({texts}), ''), 1, {LONGEST})"
    for letter, written in LETTERS.items():
        body = f"replace({body}, '{letter}', '{written}')"
    return body


_BODY = {
    "sqlite": _body(
        "group_concat(file.text)",
        f"SELECT group_concat('{LINE}' || replace(value, '-', '')) FROM json_each(tender.programs)",  # noqa: S608
    ),
    "postgresql": _body(
        "string_agg(file.text, ' ')",
        f"SELECT string_agg('{LINE}' || replace(value, '-', ''), ' ') FROM jsonb_array_elements_text(tender.programs)",  # noqa: S608
    ),
}
_SAY = f"INSERT INTO fts_tender (rowid, body) SELECT tender.id, {_BODY['sqlite']} FROM tender"  # noqa: S608
_OWN = "title, number, buyer, type, ocid, description, programs"
_FILES = "tender_id, text, superseded_at"


def _again(row: str) -> str:
    """SQLite: index the tender of that number anew."""
    return f"DELETE FROM fts_tender WHERE rowid = {row}; {_SAY} WHERE tender.id = {row};"  # noqa: S608


SQLITE = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS fts_tender USING fts5(body, tokenize='unicode61 remove_diacritics 2', prefix='2 3')",
    f"CREATE TRIGGER IF NOT EXISTS fts_tender_insert AFTER INSERT ON tender BEGIN {_again('new.id')} END",
    f"CREATE TRIGGER IF NOT EXISTS fts_tender_update AFTER UPDATE OF {_OWN} ON tender BEGIN {_again('new.id')} END",
    "CREATE TRIGGER IF NOT EXISTS fts_tender_delete AFTER DELETE ON tender BEGIN DELETE FROM fts_tender WHERE rowid = old.id; END",
    (
        "CREATE TRIGGER IF NOT EXISTS fts_file_insert AFTER INSERT ON tenderdocument WHEN new.text IS NOT NULL"
        f" BEGIN {_again('new.tender_id')} END"
    ),
    (
        f"CREATE TRIGGER IF NOT EXISTS fts_file_update AFTER UPDATE OF {_FILES} ON tenderdocument"
        f" BEGIN {_again('old.tender_id')} {_again('new.tender_id')} END"
    ),
    f"CREATE TRIGGER IF NOT EXISTS fts_file_delete AFTER DELETE ON tenderdocument BEGIN {_again('old.tender_id')} END",
)

POSTGRESQL = (
    # words are parted the same way when indexed and when asked for, whatever the database's locale takes for a letter
    r"""CREATE OR REPLACE FUNCTION fts_fold(said text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
        SELECT trim(regexp_replace(regexp_replace(normalize(said, NFKD), '[\u0300-\u036f]', '', 'g'), '[^[:alnum:]]+', ' ', 'g'))
    $$""",
    (
        "CREATE TABLE IF NOT EXISTS fts_tender"
        " (tender_id integer PRIMARY KEY REFERENCES tender (id) ON DELETE CASCADE, body tsvector NOT NULL)"
    ),
    "CREATE INDEX IF NOT EXISTS fts_tender_body ON fts_tender USING gin (body)",
    "CREATE INDEX IF NOT EXISTS ix_fts_tender_programs ON tender USING gin (programs jsonb_path_ops)",
    f"""CREATE OR REPLACE FUNCTION fts_tender_say(wanted integer) RETURNS void LANGUAGE sql AS $$
        INSERT INTO fts_tender (tender_id, body)
        SELECT tender.id, to_tsvector('simple', fts_fold({_BODY["postgresql"]})) FROM tender WHERE tender.id = wanted
        ON CONFLICT (tender_id) DO UPDATE SET body = excluded.body
    $$""",  # noqa: S608
    """CREATE OR REPLACE FUNCTION fts_tender_keep() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM fts_tender_say(new.id);
        RETURN NULL;
    END $$""",
    """CREATE OR REPLACE FUNCTION fts_file_keep() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP <> 'INSERT' THEN PERFORM fts_tender_say(old.tender_id); END IF;
        IF TG_OP <> 'DELETE' THEN PERFORM fts_tender_say(new.tender_id); END IF;
        RETURN NULL;
    END $$""",
    (
        f"CREATE OR REPLACE TRIGGER fts_tender_keep AFTER INSERT OR UPDATE OF {_OWN} ON tender"
        " FOR EACH ROW EXECUTE FUNCTION fts_tender_keep()"
    ),
    (
        f"CREATE OR REPLACE TRIGGER fts_file_keep AFTER INSERT OR DELETE OR UPDATE OF {_FILES} ON tenderdocument"
        " FOR EACH ROW EXECUTE FUNCTION fts_file_keep()"
    ),
)

INDEX = TextIndex(
    "fts_tender",
    make={"sqlite": SQLITE, "postgresql": POSTGRESQL},
    fill={"sqlite": _SAY, "postgresql": "SELECT fts_tender_say(id) FROM tender"},
    unmake={
        "sqlite": (
            *(f"DROP TRIGGER IF EXISTS fts_{name}" for name in ("tender_insert", "tender_update", "tender_delete")),
            *(f"DROP TRIGGER IF EXISTS fts_{name}" for name in ("file_insert", "file_update", "file_delete")),
            "DROP TABLE IF EXISTS fts_tender",
        ),
        "postgresql": (
            "DROP TRIGGER IF EXISTS fts_tender_keep ON tender",
            "DROP TRIGGER IF EXISTS fts_file_keep ON tenderdocument",
            "DROP TABLE IF EXISTS fts_tender",
            "DROP INDEX IF EXISTS ix_fts_tender_programs",
            "DROP FUNCTION IF EXISTS fts_tender_keep, fts_file_keep, fts_tender_say, fts_fold",
        ),
    },
)
INDEX.attach(TenderDocument.metadata.tables["tenderdocument"])

_MATCH = {
    "sqlite": "SELECT rowid AS tender_id FROM fts_tender WHERE fts_tender MATCH :match",
    # no subquery: the planner looks up how common the words are, and then goes by the words or by the day
    "postgresql": "SELECT tender_id FROM fts_tender WHERE body @@ to_tsquery('simple', :match)",
}
# what a person typed, made a query by the server itself
_TYPED = r"""replace(regexp_replace(nullif(fts_fold(:match), ''),
    '([[:alnum:]]*[[:alpha:]][[:alnum:]]*)', '\1:*', 'g'), ' ', ' & ')"""


@dataclass(frozen=True, slots=True)
class Match:
    """A question to the index, in the words of both databases; words are letters and digits without accents."""

    sqlite: str
    postgresql: str

    @classmethod
    def begins(cls, word: str) -> "Match":
        """A word that begins so; a number is asked for whole."""
        whole = word.isdecimal()
        return cls(f'"{word}"' + "*" * (not whole), f"'{word}'" + ":*" * (not whole))

    @classmethod
    def line(cls, key: str) -> "Match":
        """What belongs to the program line of that key."""
        word = f"{LINE}{key.replace('-', '')}"
        return cls(f'"{word}"', f"'{word}'")

    @classmethod
    def every(cls, parts: Iterable["Match"]) -> "Match":
        """All of these, of which there is at least one."""
        return cls._joined(list(parts), " AND ", " & ")

    @classmethod
    def either(cls, parts: Iterable["Match"]) -> "Match":
        """One of these, of which there is at least one."""
        return cls._joined(list(parts), " OR ", " | ")

    @classmethod
    def _joined(cls, parts: list["Match"], sqlite: str, postgresql: str) -> "Match":
        if len(parts) == 1:
            return parts[0]
        return cls(f"({sqlite.join(one.sqlite for one in parts)})", f"({postgresql.join(one.postgresql for one in parts)})")


def matching(session: Session, wanted: Match) -> ColumnElement[bool]:
    """The condition that a tender, or a file that it has now, holds what is wanted."""
    dialect = session.get_bind().dialect.name
    return col(Tender.id).in_(_found(_MATCH[dialect], getattr(wanted, dialect)))


def says(session: Session, asked: str) -> ColumnElement[bool]:
    """The condition that a tender, or a file that it has now, holds words that begin so; without any word nothing passes."""
    words = _WORD.findall(asked.translate(str.maketrans(LETTERS)))[:WORDS]
    if not words:
        return false()
    if session.get_bind().dialect.name == "sqlite":
        return matching(session, Match.every(map(Match.begins, words)))
    return col(Tender.id).in_(_found(_MATCH["postgresql"].replace(":match", _TYPED), " ".join(words)))


def _found(sql: str, match: str) -> Any:
    return _statement(sql).bindparams(bindparam("match", match, unique=True)).columns(column("tender_id", Integer))


def _statement(sql: str) -> TextClause:
    return text(re.sub(r":(alnum|alpha):|:(?=\*)", lambda colon: colon[0].replace(":", r"\:"), sql))


def in_programs(session: Session, key: str) -> ColumnElement[bool]:
    """The condition that a tender is news for the program line of that key."""
    if session.get_bind().dialect.name == "postgresql":
        return type_coerce(col(Tender.programs), JSONB).contains([key])
    each = func.json_each(col(Tender.programs)).table_valued("value")
    return select(1).select_from(each).where(each.c.value == key).exists()
