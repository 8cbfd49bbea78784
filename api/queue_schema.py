"""The tables of the job queue, which Procrastinate brings along: made, and brought up to what is installed, with our own.

What was applied last stands as the comment of its main table, so that a newer Procrastinate finds out what is missing.
"""

from importlib import resources
from itertools import dropwhile

from sqlalchemy import Connection, Engine, text

PACKAGE = "procrastinate.sql"
HEAD = text("SELECT obj_description(to_regclass('procrastinate_jobs'), 'pg_class')")


def is_current(engine: Engine) -> bool:
    """Whether nothing is to be done; on SQLite there is no queue."""
    if engine.dialect.name != "postgresql":
        return True
    with engine.connect() as connection:
        return bool(connection.execute(HEAD).scalar() == _steps()[-1])


def upgrade(connection: Connection) -> None:
    """Make the queue's tables, or apply the steps that came since; the caller holds the lock of migrating and commits."""
    if connection.dialect.name != "postgresql":
        return
    applied, steps = connection.execute(HEAD).scalar(), _steps()
    if applied is None:
        _run(connection, _read("schema.sql"))
    for step in _after(steps, applied) if applied else []:
        _run(connection, _read("migrations", step))
    _run(connection, f"COMMENT ON TABLE procrastinate_jobs IS '{steps[-1]}'")


def _run(connection: Connection, script: str) -> None:
    # without parameters a script of many statements goes to the server as it is
    connection.exec_driver_sql(script, execution_options={"no_parameters": True})


def _after(steps: list[str], applied: str) -> list[str]:
    return list(dropwhile(lambda step: step <= applied, steps))


def _steps() -> list[str]:
    """The names of Procrastinate's own migrations, which sort in their order."""
    return sorted(file.name for file in resources.files(PACKAGE).joinpath("migrations").iterdir() if file.name.endswith(".sql"))


def _read(*name: str) -> str:
    return resources.files(PACKAGE).joinpath(*name).read_text("utf-8")
