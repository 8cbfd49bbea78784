"""Which clauses speak of given words: the full-text index of each database, asked for a bounded number and never ranked by it."""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Row, TextClause, text
from sqlmodel import Session

from contracts.synonyms import Group

COUNTED = 1_000  # matches beyond this are simply "common"
RANKED = 120  # matches that are ranked in one step


class Passage(NamedTuple):
    """A clause as it is read for ranking: the columns of that name, without the weight of a row that could be changed."""

    id: int
    contract_id: int
    document_id: int
    page: int
    start: int
    end: int
    text: str


COLUMNS = ", ".join(f'clause."{name}"' for name in Passage._fields)


class _SQLite:
    """FTS5: organisation and contract are words of the column `scope`, left out where all clauses are one organisation's anyway:
    meeting every row's scope costs as much as meeting the words.
    """

    _OWNERS = text("SELECT (SELECT min(organisation_id) FROM clause), (SELECT max(organisation_id) FROM clause)")
    # CROSS JOIN keeps the order: the words first, for walking all clauses of an organisation costs a hundred times as much
    _MATCHING = text(
        f"SELECT {COLUMNS} FROM fts_clause CROSS JOIN clause ON clause.id = fts_clause.rowid"  # noqa: S608
        f" WHERE fts_clause MATCH :match AND clause.organisation_id = :organisation LIMIT {RANKED}"
    )

    def __init__(self, session: Session, organisation_id: int, contract_ids: Sequence[int] | None) -> None:
        self.session, self.organisation_id = session, organisation_id
        inside = [f"c{one}" for one in contract_ids] if contract_ids is not None else []
        self.scope = [f"scope : ({' OR '.join(inside)})"] if inside else []
        if not self._alone(organisation_id):
            self.scope.append(f"scope : o{organisation_id}")

    def _alone(self, organisation_id: int) -> bool:
        return set(self.session.execute(self._OWNERS).one()) <= {organisation_id, None}

    def counts(self, groups: Sequence[Group]) -> Sequence[int]:
        """How many clauses speak of each group, counted no further than COUNTED."""
        matches = {f"m{number}": self._match([group]) for number, group in enumerate(groups)}
        return self.session.execute(self._counting(tuple(matches)), matches).one()

    def matching(self, groups: Sequence[Group]) -> Sequence[Row[Any]]:
        values = {"match": self._match(groups), "organisation": self.organisation_id}
        return self.session.execute(self._MATCHING, values).all()

    @staticmethod
    @cache
    def _counting(names: tuple[str, ...]) -> TextClause:
        counted = f"(SELECT count(*) FROM (SELECT 1 FROM fts_clause WHERE fts_clause MATCH :%s LIMIT {COUNTED}))"  # noqa: S608
        return text(f"SELECT {', '.join(counted % name for name in names)}")

    def _match(self, groups: Sequence[Group]) -> str:
        # phrases hold only letters and digits (`synonyms.words`), so quoting them is enough
        asked = [f"body : ({' OR '.join(_quoted(phrase) for phrase in group.phrases)})" for group in groups]
        return " AND ".join([*self.scope, *asked])


class _PostgreSQL:
    """tsvector: organisation and contract are the lexemes `@o1` and `@c17`, which no text can hold."""

    def __init__(self, session: Session, organisation_id: int, contract_ids: Sequence[int] | None) -> None:
        self.session, self.organisation_id = session, organisation_id
        inside = " | ".join(f"'@c{one}'" for one in contract_ids) if contract_ids is not None else ""
        self.scope = f"'@o{organisation_id}'" + (f" & ({inside})" if inside else "")

    def counts(self, groups: Sequence[Group]) -> Sequence[int]:
        """How many clauses speak of each group, counted no further than COUNTED."""
        each: list[str] = []
        values: dict[str, Any] = {}
        for number, group in enumerate(groups):
            match, own = self._match([group], prefix=f"g{number}_")
            values |= own
            each.append(f"(SELECT count(*) FROM (SELECT 1 FROM fts_clause WHERE body @@ ({match}) LIMIT {COUNTED}) AS bounded)")  # noqa: S608
        return self.session.execute(text(f"SELECT {', '.join(each)}"), values).one()

    def matching(self, groups: Sequence[Group]) -> Sequence[Row[Any]]:
        match, values = self._match(groups)
        query = text(
            f"SELECT {COLUMNS} FROM fts_clause JOIN clause ON clause.id = fts_clause.clause_id"  # noqa: S608
            f" WHERE fts_clause.body @@ ({match}) AND clause.organisation_id = :organisation LIMIT {RANKED}"
        )
        return self.session.execute(query, values | {"organisation": self.organisation_id}).all()

    def _match(self, groups: Sequence[Group], prefix: str = "") -> tuple[str, dict[str, Any]]:
        """A tsquery expression and its values; wordings are bound, never written into it."""
        parts, values = ["CAST(:scope AS tsquery)"], {"scope": self.scope}
        for number, group in enumerate(groups):
            names = []
            for position, phrase in enumerate(group.phrases):
                values[name := f"{prefix}p{number}_{position}"] = " ".join(phrase)
                names.append(f"phraseto_tsquery('english', :{name})")
            parts.append(f"({' || '.join(names)})")
        return " && ".join(parts), values


def _quoted(phrase: tuple[str, ...]) -> str:
    return f'"{" ".join(phrase)}"'


_INDEXES: dict[str, type[_SQLite] | type[_PostgreSQL]] = {"sqlite": _SQLite, "postgresql": _PostgreSQL}


def opened(session: Session, organisation_id: int, contract_ids: Sequence[int] | None) -> _SQLite | _PostgreSQL:
    """The index of the session's database, narrowed to the organisation and, unless None, to these contracts."""
    return _INDEXES[session.get_bind().dialect.name](session, organisation_id, contract_ids)
