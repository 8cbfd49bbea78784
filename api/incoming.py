"""The mailbox of this installation: where it is, and who takes what comes in."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from email.utils import parseaddr
from functools import cache, partial
from pathlib import Path

from api import asking_by_mail
from api.database import Database
from api.desks import Book, own_desks
from api.keys import link_secret
from api.settings import Settings
from notifier import bounces, enquiries, leaving, questions
from notifier.mailbox import Collected, Handler, Mailbox, collect
from notifier.mailbox.imap import Imap, ImapServer
from notifier.mailbox.maildir import Maildir


def handlers(settings: Settings) -> Mapping[str, Handler]:
    """Who is asked, in this order; the name is what a message's row keeps. Reports first: they quote what others would take."""
    secret = link_secret(settings)
    mailbox = settings.reply_mailbox.strip()
    question = partial(
        asking_by_mail.take,
        address=settings.ask_address.strip() or questions.asks_at(mailbox),
        ours=frozenset({parseaddr(settings.mail_from)[1], mailbox}),
        stamped_by=settings.mailbox_stamped_by.strip(),
        book=lambda: _book(own_desks(settings)),
        token=lambda: secrets.token_hex(10),
    )
    return {
        "report": partial(bounces.take, secret=secret),
        "unsubscribe": partial(leaving.take, secret=secret),
        "answer": enquiries.take,
        "question": question,
    }


@cache
def _book(path: Path | None) -> Book:
    return Book.open(path)


def configured(settings: Settings) -> bool:
    """Whether there is a mailbox at all."""
    return settings.mailbox_maildir is not None or bool(settings.mailbox_host)


@contextmanager
def opened(settings: Settings) -> Iterator[Mailbox]:
    """The mailbox that the settings name; raises MailboxTrouble."""
    box: Mailbox = Maildir(settings.mailbox_maildir) if settings.mailbox_maildir is not None else Imap(_server(settings))
    with closing(box):
        yield box


def look(database: Database, settings: Settings, clock: Callable[[], datetime]) -> Collected:
    """Read the mailbox once. Raises MailboxTrouble, and what a database in trouble raises; what waits then goes on waiting."""
    with opened(settings) as box:
        return collect(box, handlers(settings), write=database.write, clock=clock)


def _server(settings: Settings) -> ImapServer:
    return ImapServer(
        settings.mailbox_host,
        settings.mailbox_port,
        settings.mailbox_security,
        settings.mailbox_username,
        settings.mailbox_password.get_secret_value(),
        settings.mailbox_folder,
        settings.mailbox_timeout,
    )
