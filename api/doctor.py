"""What this installation still lacks, each with how to mend it. Checks look and never change anything."""

import difflib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError

from api import doctor_mail, storage
from api.accounts.models import FIRST_ORGANISATION
from api.accounts.roles import Role
from api.accounts.store import people
from api.cli.elsewhere import KEY, REMOTE
from api.configuration import FILE, PREFIX
from api.database import Database
from api.findings import Finding, Level
from api.migrate import current, head
from api.security import LOOPBACK_HOSTS
from api.settings import Settings
from api.sources import configured
from crawler.sources import SourcesUnreadable

# variables that are read by a command, not by the settings
COMMANDS_OWN = {REMOTE, KEY, "BIDKEEPER_OWNER", "BIDKEEPER_DESKS"}


def examine(settings: Settings) -> Iterator[Finding]:
    """Every check in turn; one that raises is itself a finding."""
    for check in CHECKS:
        yield from check(settings)


def _data(settings: Settings) -> Iterator[Finding]:
    if not settings.data.exists():
        yield Finding("data folder", Level.ADVICE, f"{settings.data} is not there yet", "`bidkeeper init` makes it")
        return
    free = shutil.disk_usage(settings.data).free
    level = Level.GOOD if free > 1 << 30 else Level.ADVICE
    yield Finding("data folder", level, f"{settings.data}, {free >> 20} MiB free", "" if level is Level.GOOD else "make room")


def _variables(_settings: Settings) -> Iterator[Finding]:
    """Variables that nothing reads: most likely misspelt."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    known |= {f"{name}_FILE" for name in known} | COMMANDS_OWN
    for name in sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known):
        alike = difflib.get_close_matches(name, known, n=1)
        mend = f"did you mean {alike[0]}?" if alike else "docs/operating.md lists the settings"
        yield Finding("variable", Level.ADVICE, f"{name} is no setting, so nothing reads it", mend)


def _store(settings: Settings) -> Iterator[Finding]:
    if not settings.store_url:
        return
    try:
        storage.Store(settings.store_url).has("nothing")
    except OSError as error:
        yield Finding("store", Level.MISSING, str(error), "for s3: install requirements-s3.lock; else check BIDKEEPER_STORE_URL")
    else:
        yield Finding("store", Level.GOOD, settings.store_url)


def _schema(settings: Settings) -> Iterator[Finding]:
    if settings.url.startswith("sqlite") and not (settings.data / "bidkeeper.db").exists():
        yield Finding("database", Level.ADVICE, "none yet", "`bidkeeper init` makes it")
        return
    database = Database(settings.url)
    try:
        revision = current(database)
    except SQLAlchemyError as error:
        yield Finding(
            "database", Level.MISSING, f"can't be reached: {str(error).splitlines()[0]}", "check BIDKEEPER_DATABASE_URL"
        )
        return
    finally:
        database.close()
    if revision == head():
        yield Finding("database", Level.GOOD, f"schema at revision {revision}")
    else:
        yield Finding("database", Level.MISSING, f"schema at revision {revision}, not {head()}", "run `bidkeeper db upgrade`")


def _sources(settings: Settings) -> Iterator[Finding]:
    try:
        sources = configured(settings)
    except SourcesUnreadable as error:
        yield Finding("sources", Level.MISSING, str(error), "mend the file")
        return
    on = [source.name for source in sources.values() if source.enabled]
    level = Level.GOOD if on else Level.MISSING
    yield Finding("sources", level, f"{len(on)} of {len(sources)} switched on: {', '.join(on) or 'none'}",
                  "" if on else "set enabled = true for one in data/sources.toml")  # fmt: skip
    off = [source.name for source in sources.values() if not source.enabled]
    if off:
        yield Finding("sources off", Level.ADVICE, ", ".join(off), "`bidkeeper sources list` says what each still needs")
    if settings.allow_loopback_sources:
        yield Finding("loopback sources", Level.ADVICE, "the crawler may reach this machine's own addresses",
                      "unset BIDKEEPER_ALLOW_LOOPBACK_SOURCES outside of a demo")  # fmt: skip


def _reading(_settings: Settings) -> Iterator[Finding]:
    for program in ("tesseract", "ocrmypdf"):
        if shutil.which(program):
            yield Finding("scanned documents", Level.GOOD, f"{program} is installed")
        else:
            yield Finding("scanned documents", Level.ADVICE, f"{program} is not installed: pictures of pages can't be read",
                          f"sudo apt-get install {'tesseract-ocr' if program == 'tesseract' else program}")  # fmt: skip


def _keys(settings: Settings) -> Iterator[Finding]:
    if not settings.keys.exists():
        yield Finding("payee key", Level.ADVICE, "none: no payee can be kept", "`bidkeeper init` or `bidkeeper payees new-key`")
    for path in (settings.keys, settings.data / "link-secret", settings.data / FILE):
        if path.exists() and path.stat().st_mode & 0o077:
            yield Finding("secrets", Level.ADVICE, f"{path} can be read by others on this machine", f"chmod 600 {path}")


def _people(settings: Settings) -> Iterator[Finding]:
    try:
        with closing(Database(settings.url)) as database, database.read() as session:
            owners = [one for one in people(session, organisation_id=FIRST_ORGANISATION) if one.role == Role.OWNER]
    except SQLAlchemyError:
        return  # the check of the database has said so
    if not owners:
        yield Finding(
            "owner", Level.ADVICE, "nobody can sign in yet", "`bidkeeper init --owner ADDRESS` prints a link that lets one in"
        )
    for one in owners:
        if not one.has_second_factor:
            yield Finding(
                "second factor", Level.ADVICE, f"the owner {one.address} has none, so sees no payees", "set one up on /account"
            )


def _reach(settings: Settings) -> Iterator[Finding]:
    address = urlsplit(settings.public_url)
    inside = (address.hostname or "") in LOOPBACK_HOSTS
    if inside:
        yield Finding(
            "address",
            Level.ADVICE,
            f"links in mails lead to {settings.public_url}, which works on this machine alone",
            "set BIDKEEPER_PUBLIC_URL to the address that people use",
        )
    elif address.scheme != "https":
        yield Finding("address", Level.MISSING, f"{settings.public_url} is not encrypted: passwords would be read on the way",
                      "put a proxy with TLS in front and set BIDKEEPER_PUBLIC_URL to its https address")  # fmt: skip
    else:
        yield Finding("address", Level.GOOD, settings.public_url)


CHECKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    _data,
    _variables,
    _schema,
    _store,
    _sources,
    doctor_mail.mail,
    doctor_mail.mail_records,
    doctor_mail.mailbox,
    doctor_mail.outbox,
    _reach,
    _keys,
    _people,
    _reading,
)
