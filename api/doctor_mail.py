"""What the mail of this installation still lacks: relay, sender, DNS records, mailbox, and an outbox that keeps up."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from email.utils import parseaddr

from sqlalchemy.exc import SQLAlchemyError

from api import incoming, mail_dns
from api.configuration import ConfigurationUnreadable
from api.database import Database
from api.findings import Finding, Level
from api.settings import Settings
from notifier.audit import neglected
from notifier.mailbox import KEPT, MailboxTrouble


def mail(settings: Settings) -> Iterator[Finding]:
    """The relay, the sender and what the law wants in a mail."""
    if not settings.smtp_host:
        yield Finding(
            "mail",
            Level.MISSING,
            "no relay: alerts are written down but can't leave",
            "set BIDKEEPER_SMTP_HOST (and _PORT, _USERNAME, _PASSWORD)",
        )
    else:
        yield _relay(settings)
    address = parseaddr(settings.mail_from)[1]
    if not address or address.endswith("@localhost"):
        yield Finding(
            "sender",
            Level.MISSING,
            f"mail would come from {settings.mail_from}",
            "set BIDKEEPER_MAIL_FROM to an address of your domain",
        )
    if not settings.mail_postal_address:
        yield Finding(
            "postal address",
            Level.MISSING,
            "none",
            "set BIDKEEPER_MAIL_POSTAL_ADDRESS: Canada's anti-spam law wants it in every message",
        )
    if not settings.operator_email:
        yield Finding("operator", Level.ADVICE, "nobody is told when a source can't be seen", "set BIDKEEPER_OPERATOR_EMAIL")


def _relay(settings: Settings) -> Finding:
    where = f"{settings.smtp_host}:{settings.smtp_port}"
    secure = ssl.create_default_context()
    try:
        if settings.smtp_security == "tls":
            relay: smtplib.SMTP = smtplib.SMTP_SSL(settings.smtp_host, settings.smtp_port, timeout=10, context=secure)
        else:
            relay = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=10)
        with relay:
            if settings.smtp_security == "starttls":
                relay.starttls(context=secure)
            if settings.smtp_username:
                relay.login(settings.smtp_username, settings.smtp_password.get_secret_value())
    except (OSError, smtplib.SMTPException) as error:
        return Finding(
            "mail",
            Level.MISSING,
            f"the relay {where} refused: {error}",
            "check host, port, BIDKEEPER_SMTP_SECURITY, name and password",
        )
    level = Level.GOOD if settings.smtp_security != "none" or settings.smtp_host.startswith("127.") else Level.ADVICE
    return Finding("mail", level, f"the relay {where} answers ({settings.smtp_security})",
                   "" if level is Level.GOOD else "set BIDKEEPER_SMTP_SECURITY=starttls: this connection is not encrypted")  # fmt: skip


def mail_records(settings: Settings) -> Iterator[Finding]:
    """What receivers look up before they believe our mail."""
    try:
        found = mail_dns.records(settings)
    except ConfigurationUnreadable as error:
        yield Finding("mail settings", Level.MISSING, str(error), "mend that setting")
        return
    for one in found:
        yield Finding(one.topic, Level.GOOD if one.good else Level.ADVICE, one.found, one.publish)


def outbox(settings: Settings) -> Iterator[Finding]:
    """Whether what was to be sent is being sent."""
    if settings.url.startswith("sqlite") and not (settings.data / "bidkeeper.db").exists():
        return
    try:
        with closing(Database(settings.url)) as database, database.read() as session:
            stuck = len(neglected(session, now=datetime.now(UTC)))
    except SQLAlchemyError:
        return  # the check of the database has said so
    if stuck:
        yield Finding("outbox", Level.MISSING, f"nobody takes care of {stuck} messages that were due an hour ago",
                      "is `bidkeeper serve` running? `bidkeeper outbox` names them")  # fmt: skip
    else:
        yield Finding("outbox", Level.GOOD, "every message older than an hour is final or has its time")


def mailbox(settings: Settings) -> Iterator[Finding]:
    """Whether what comes back is read."""
    if not incoming.configured(settings):
        yield Finding("mailbox", Level.ADVICE, "none: bounces, complaints and answers to enquiries go unread",
                      "set BIDKEEPER_MAILBOX_HOST (IMAP) or BIDKEEPER_MAILBOX_MAILDIR")  # fmt: skip
        return
    try:
        with incoming.opened(settings) as box:
            kept = box.kept()
    except MailboxTrouble as error:
        yield Finding("mailbox", Level.MISSING, str(error), "check the BIDKEEPER_MAILBOX_… settings")
        return
    if kept:
        yield Finding("mailbox", Level.ADVICE, f"{kept} messages that nobody took lie in its folder {KEPT}",
                      "`bidkeeper mailbox` lists them; put one back into the inbox to have it tried again")  # fmt: skip
    else:
        yield Finding("mailbox", Level.GOOD, "can be read, and holds nothing that nobody took")
