"""Mail that comes in is handled once, whatever it holds and whenever we are cut off; what nobody takes is kept and shown."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from api.database import Database
from notifier.mailbox import DONE, KEPT, Collected, Handler, Mail, Mailbox, MailboxTrouble, collect, collecting, listed, places
from notifier.mailbox.imap import Imap, ImapServer
from notifier.mailbox.maildir import Maildir
from notifier.models import Suppression
from tests.certificates import contexts
from tests.notifier.factories import NOW
from tests.notifier.imap import ImapTestServer, Store

FOR_US = b"From: Ann <ann@desk.example>\r\nSubject: for us\r\nMessage-ID: <1@desk.example>\r\n\r\nyes\r\n"
STRANGE = b"From: someone@else.example\r\nSubject: lunch?\r\n\r\nno\r\n"
GARBAGE = b"\xff\xfe\x00 no mail at all \r\nContent-Type: multipart/x; boundary=\r\n=?utf-8?q?=ZZ\r\n"


def takes_ours(session: Session, mail: Mail, now: object) -> str | None:
    """Leaves a row behind, so that what was done twice would show."""
    if mail.header("Subject") != "for us":
        return None
    session.add(Suppression(address=mail.header("Message-ID") or mail.digest, reason="taken", since=NOW))
    session.flush()
    return "taken"


def breaks(session: Session, mail: Mail, now: object) -> str | None:
    session.add(Suppression(address="half done", reason="", since=NOW))
    session.flush()
    raise KeyError("what it stumbled over")


HANDLERS: dict[str, Handler] = {"ours": takes_ours}


def look(database: Database, box: Mailbox, handlers: dict[str, Handler] = HANDLERS) -> Collected:
    try:
        return collect(box, handlers, write=database.write, clock=lambda: NOW)
    finally:
        box.close()


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    path = tmp_path / "Maildir"
    for part in ("new", "cur", "tmp"):
        (path / part).mkdir(parents=True)
    for number, raw in enumerate((FOR_US, STRANGE, GARBAGE)):
        (path / "new" / f"170000000{number}.M1P1.host").write_bytes(raw)
    return path


@pytest.fixture
def store() -> Store:
    held = Store()
    for raw in (FOR_US, STRANGE, GARBAGE):
        held.add(raw)
    return held


@pytest.fixture
def server(store: Store) -> Iterator[ImapTestServer]:
    with ImapTestServer(store) as running:
        yield running


def imap(server: ImapTestServer) -> Imap:
    return Imap(ImapServer("127.0.0.1", server.port, "none", "ann", "secret", timeout=5))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_maildir_is_read_once_and_what_nobody_took_is_kept(database: Database, maildir: Path) -> None:
    box = Maildir(maildir)
    assert look(database, box) == Collected(taken={"ours": 1}, kept=2)
    assert names(maildir / "new") == []
    assert names(maildir / f".{DONE}" / "cur") == ["1700000000.M1P1.host:2,S"]
    assert names(maildir / f".{KEPT}" / "cur") == ["1700000001.M1P1.host:2,F", "1700000002.M1P1.host:2,F"]
    assert box.kept() == 2
    assert look(database, box) == Collected()
    with database.read() as session:
        (taken,) = listed(session, kept=False)
        assert (taken.handler, taken.note, taken.sender) == ("ours", "taken", "Ann <ann@desk.example>")
        assert {one.note for one in listed(session, kept=True)} == {collecting.NOBODY}


def test_what_a_mail_program_has_already_shown_waits_all_the_same(database: Database, maildir: Path) -> None:
    (maildir / "new" / "1700000000.M1P1.host").rename(maildir / "cur" / "1700000000.M1P1.host:2,S")
    assert look(database, Maildir(maildir)).taken == {"ours": 1}


@pytest.mark.parametrize("capabilities", ["IMAP4rev1 MOVE UIDPLUS", "IMAP4rev1 UIDPLUS", "IMAP4rev1"])
def test_an_imap_mailbox_is_read_once_whatever_its_server_can(
    database: Database, server: ImapTestServer, capabilities: str
) -> None:
    held = server.store
    held.capabilities = capabilities
    assert look(database, imap(server)) == Collected(taken={"ours": 1}, kept=2)
    assert [list(held.folders[name].values()) for name in (DONE, KEPT)] == [[FOR_US], [STRANGE, GARBAGE]]
    assert set(held.folders["INBOX"]) <= held.deleted
    assert look(database, imap(server)) == Collected()
    assert not any(command.startswith("UID FETCH 1 (BODY[") for command in held.seen), "reading must not mark as seen"
    box = imap(server)
    assert box.kept() == 2
    box.close()


def test_a_mailbox_over_tls_shows_whose_it_is(database: Database, store: Store, tmp_path: Path) -> None:
    theirs, ours = contexts(tmp_path)
    with ImapTestServer(store, theirs) as running:
        place = ImapServer("127.0.0.1", running.port, "tls", "ann", "secret", timeout=5, tls=ours)
        assert look(database, Imap(place)).taken == {"ours": 1}
        with pytest.raises(MailboxTrouble, match="can't be reached"):  # a certificate that nobody vouches for
            Imap(ImapServer("127.0.0.1", running.port, "tls", "ann", "secret", timeout=5))


@pytest.mark.parametrize("after", range(1, 14))
def test_a_server_that_hangs_up_anywhere_costs_nothing(database: Database, server: ImapTestServer, after: int) -> None:
    server.store.hang_up_after = after
    with pytest.raises(MailboxTrouble):
        look(database, imap(server))
    server.store.hang_up_after = None
    look(database, imap(server))
    assert [sorted(server.store.folders[name].values()) for name in ("INBOX", DONE)] == [[], [FOR_US]]
    with database.read() as session:
        assert len(session.exec(_every(Suppression)).all()) == 1


@pytest.mark.parametrize(
    ("refused", "sentence"),
    [
        ("LOGIN", "refused the name or password: not today"),
        ("SELECT", "has no folder INBOX: not today"),
        ("UID SEARCH", "does not search: not today"),
        ("UID FETCH", "does not say how long a message is: not today"),
        ("CREATE", "lets nobody make the folder Bidkeeper-Done"),
    ],
)
def test_each_refusal_is_one_sentence(database: Database, server: ImapTestServer, refused: str, sentence: str) -> None:
    server.store.refuse = (refused,)
    with pytest.raises(MailboxTrouble, match=sentence):
        look(database, imap(server))
    assert len(server.store.folders["INBOX"]) == 3


def test_a_folder_that_is_no_maildir_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MailboxTrouble, match="is no maildir"):
        Maildir(tmp_path)


def test_a_second_copy_is_put_away_without_being_handled_again(database: Database, maildir: Path) -> None:
    (maildir / "new" / "1700000009.copy.host").write_bytes(FOR_US)
    assert look(database, Maildir(maildir)) == Collected(taken={"ours": 2}, kept=2)
    with database.read() as session:
        assert len(session.exec(_every(Suppression)).all()) == 1


def test_a_handler_that_breaks_off_leaves_nothing_behind_and_its_message_is_kept(database: Database, maildir: Path) -> None:
    assert look(database, Maildir(maildir), {"odd": breaks, **HANDLERS}) == Collected(kept=3)
    with database.read() as session:
        assert session.exec(_every(Suppression)).all() == []
        assert {one.note for one in listed(session, kept=True)} == {"the handler “odd” broke off: 'what it stumbled over'"}


def test_a_kept_message_that_is_put_back_is_tried_again(database: Database, maildir: Path) -> None:
    look(database, Maildir(maildir), {"odd": breaks})
    for kept in (maildir / f".{KEPT}" / "cur").iterdir():
        kept.rename(maildir / "new" / kept.name)
    assert look(database, Maildir(maildir)) == Collected(taken={"ours": 1}, kept=2)


def test_a_database_in_trouble_leaves_the_message_where_it_is(database: Database, maildir: Path) -> None:
    def locked(session: Session, mail: Mail, now: object) -> str | None:
        raise OperationalError("UPDATE", {}, Exception("database is locked"))

    with pytest.raises(OperationalError):
        look(database, Maildir(maildir), {"locked": locked})
    assert len(names(maildir / "new")) == 3
    assert look(database, Maildir(maildir)).taken == {"ours": 1}


def test_a_message_that_is_too_large_is_kept_unread(
    database: Database, maildir: Path, server: ImapTestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("maildir", "imap"):
        monkeypatch.setattr(f"notifier.mailbox.{module}.MOST_BYTES", 60)
    monkeypatch.setattr(places, "MOST_BYTES", 60)
    assert look(database, Maildir(maildir)).kept == 3
    assert look(database, imap(server)).kept == 3
    with database.read() as session:
        assert any("at most 60 are read" in one.note for one in listed(session, kept=True))


@given(raw=st.binary(max_size=300) | st.text(max_size=200).map(lambda text: f"Subject: {text}\nTo: {text}\n\n".encode()))
def test_nothing_in_a_message_can_stop_its_reading(raw: bytes) -> None:
    mail = Mail(raw)
    assert all(isinstance(mail.header(name), str) for name in ("From", "Subject", "To", "Message-ID", "Content-Type"))
    assert isinstance(mail.recipients, list)


def _every(table: type[Suppression]) -> object:
    from sqlmodel import select  # noqa: PLC0415

    return select(table)
