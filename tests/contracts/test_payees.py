"""Payee data stays secret and changes only by two persons, a call to a known number, and a wait."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, SQLModel, select

from api.database import Database
from contracts import audit, holds, payees, vault
from contracts.digits import BadNumber, BankAccount, gst_number, luhn
from contracts.models import Payee, PayeeChange, Secret
from tests.contracts.factories import NOW


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """SQLite alone: what these tests prove stands above the database; the first of them runs on both."""
    database = Database(f"sqlite:///{tmp_path / 'test.db'}")
    SQLModel.metadata.create_all(database.engine)
    with Session(database.engine.execution_options(bidkeeper_write=True), expire_on_commit=False) as session:
        yield session
    database.close()


RING = vault.KeyRing("k1", {"k1": b"1" * 32})
NEWER = vault.KeyRing("k2", {"k1": b"1" * 32, "k2": b"2" * 32})
KEYS = payees.Vault(RING, 1)
ACCOUNT = BankAccount.parse("004", "10020", "0012345678")
LATER = NOW + payees.COOLING_OFF


def payee(session: Session, number: str = "P-1", keys: payees.Vault = KEYS) -> Payee:
    row = payees.create(session, keys=keys, number=number, legal_name="Shoreline Rehab Ltd.", now=NOW, by="Ada")
    row.known_phone, row.remittance_email = "604 555 0142", "books@shoreline.example"
    return row


def asked(session: Session, row: Payee, **changes: object) -> PayeeChange:
    change, _ = payees.request_change(
        session, row, keys=payees.Vault(RING, row.organisation_id), changes=changes or {"bank_account": ACCOUNT},
        reason="new bank", by="Ada", now=NOW,
    )  # fmt: skip
    return change


def called(session: Session, change: PayeeChange) -> PayeeChange:
    return payees.call_back(
        session,
        change,
        number="+1 (604) 555-0142",
        spoke_with="M. Chen",
        by="Bo",
        now=NOW,
        organisation_id=change.organisation_id,
    )


def held(session: Session, row: Payee) -> None:
    holds.place(session, holds.of("payee", row.id), organisation_id=1, reason="a dispute", by="Ada", now=NOW)


def with_account(session: Session, number: str = "P-1", account: BankAccount = ACCOUNT) -> Payee:
    row = payee(session, number)
    change = called(session, asked(session, row, bank_account=account))
    payees.approve(session, change, by="Bo", now=NOW, organisation_id=1)
    payees.apply_due(session, keys=KEYS, now=LATER)
    return row


def test_a_change_takes_two_persons_a_call_and_a_wait(database: Database) -> None:
    with database.write() as session:
        _change_whole(session)


def _change_whole(session: Session) -> None:
    row = payee(session)
    change, notice = payees.request_change(
        session,
        row,
        keys=KEYS,
        changes={"bank_account": ACCOUNT, "remittance_email": "new@else.example"},
        reason="new bank",
        by="Ada",
        now=NOW,
    )
    assert notice.to == "books@shoreline.example"
    with pytest.raises(payees.Refused, match="the call-back comes first"):
        payees.approve(session, change, by="Bo", now=NOW, organisation_id=1)
    with pytest.raises(payees.Refused, match="known before the request"):
        payees.call_back(session, change, number="604 555 9999", spoke_with="M.", by="Bo", now=NOW, organisation_id=1)
    called(session, change)
    with pytest.raises(payees.Refused, match="a second person must"):
        payees.approve(session, change, by=" ADA ", now=NOW, organisation_id=1)
    payees.approve(session, change, by="Bo", now=NOW, organisation_id=1)
    assert payees.apply_due(session, keys=KEYS, now=LATER - timedelta(seconds=1)) == []
    assert payees.masked(session, row)["bank_account"] is None
    [(_, applied)] = payees.apply_due(session, keys=KEYS, now=LATER)
    assert applied.to == "books@shoreline.example"  # whoever was told before is told now
    assert row.remittance_email == "new@else.example"
    assert payees.masked(session, row)["bank_account"] == "•••••••678"
    assert payees.apply_due(session, keys=KEYS, now=LATER) == []


def test_a_reveal_is_logged_with_its_reason_and_without_the_number(session: Session) -> None:
    row = with_account(session)
    with pytest.raises(payees.Refused, match="say why"):
        payees.reveal(session, row, "bank_account", keys=KEYS, by="Ada", reason=" ", now=NOW)
    assert (
        payees.reveal(session, row, "bank_account", keys=KEYS, by="Ada", reason="direct deposit form", now=NOW) == ACCOUNT.whole
    )
    entry = audit.entries(session, organisation_id=1)[0]
    assert (entry.action, entry.detail) == ("payee.revealed", {"field": "bank_account", "reason": "direct deposit form"})
    assert audit.verify(session, organisation_id=1).whole
    assert "12345678" not in str([(e.subject, e.detail) for e in audit.entries(session, organisation_id=1)])


def test_nothing_stored_holds_the_digits(session: Session) -> None:
    with_account(session)
    stored = str([row.model_dump() for table in (Payee, PayeeChange, Secret) for row in session.exec(select(table)).all()])
    assert "12345678" not in stored
    assert "10020" not in stored


def test_a_refused_change_leaves_no_secret_and_can_be_refused_while_it_cools_off(session: Session) -> None:
    row = payee(session)
    change = called(session, asked(session, row))
    payees.approve(session, change, by="Bo", now=NOW, organisation_id=1)
    payees.refuse(session, change, by="Cy", note="not ours", now=NOW, organisation_id=1)
    assert session.exec(select(Secret)).all() == []
    assert payees.apply_due(session, keys=KEYS, now=LATER) == []
    with pytest.raises(payees.Refused, match="refused already"):
        payees.refuse(session, change, by="Cy", note="again", now=NOW, organisation_id=1)


def test_what_moves_no_money_needs_no_call_but_still_a_second_person(session: Session) -> None:
    change = asked(session, payee(session), address="1 Harbour Road, Victoria")
    with pytest.raises(payees.Refused, match="second person"):
        payees.approve(session, change, by="Ada", now=NOW, organisation_id=1)
    payees.approve(session, change, by="Bo", now=NOW, organisation_id=1)
    payees.apply_due(session, keys=KEYS, now=LATER)
    assert session.exec(select(Payee)).one().address == "1 Harbour Road, Victoria"


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (lambda s, row: asked(s, row, shoe_size=42), "has no shoe_size"),
        (lambda s, row: (asked(s, row), asked(s, row)), "has a change waiting"),
        (lambda s, row: payees.create(s, keys=KEYS, number="P-1", legal_name="x", now=NOW, by="Ada"), "is there already"),
        (lambda s, row: payees.reveal(s, row, "gst_number", keys=KEYS, by="Ada", reason="form", now=NOW), "has no gst number on record"),
        (lambda s, row: payees.reveal(s, row, "gst_number", keys=payees.Vault(RING, 2), by="E", reason="x", now=NOW), "another organisation"),
        (lambda s, row: payees.approve(s, asked(s, row), by="Bo", now=NOW, organisation_id=2), "another organisation"),
        (lambda s, row: (held(s, row), payees.erase(s, row, by="Ada", reason="left", now=NOW)), "a dispute.: lift the hold first"),
    ],
)  # fmt: skip
def test_a_step_out_of_order_is_refused_in_words(session: Session, step: Callable[[Session, Payee], object], says: str) -> None:
    row = payee(session)
    with pytest.raises(payees.Refused, match=says):
        step(session, row)


def test_ciphertext_moved_to_another_row_does_not_open(session: Session) -> None:
    one = with_account(session)
    other = with_account(session, "P-2", BankAccount.parse("003", "00010", "7654321"))
    secrets = {row.payee_id: row for row in session.exec(select(Secret)).all()}
    a, b = secrets[one.id or 0], secrets[other.id or 0]
    a.ciphertext, b.ciphertext = b.ciphertext, a.ciphertext
    with pytest.raises(vault.Moved, match="moved or changed"):
        payees.reveal(session, one, "bank_account", keys=KEYS, by="Ada", reason="form", now=NOW)
    # with the data key moved along, the wrapping tells
    one.data_key, other.data_key = other.data_key, one.data_key
    with pytest.raises(vault.WrongKey):
        payees.reveal(session, one, "bank_account", keys=KEYS, by="Ada", reason="form", now=NOW)


def test_the_wrong_key_opens_nothing(session: Session) -> None:
    row = with_account(session)
    for ring, says in (
        (vault.KeyRing("k1", {"k1": b"x" * 32}), "does not open"),
        (vault.KeyRing("k9", {"k9": b"1" * 32}), "holds no key “k1”"),
    ):
        with pytest.raises(vault.WrongKey, match=says):
            payees.reveal(session, row, "bank_account", keys=payees.Vault(ring, 1), by="Ada", reason="form", now=NOW)


def test_an_interrupted_rotation_goes_on_where_it_stood_and_everything_opens_meanwhile(session: Session) -> None:
    rows = [with_account(session, f"P-{n}", BankAccount.parse("004", "10020", f"000{n}345678")) for n in range(3)]
    newer = payees.Vault(NEWER, 1)
    assert payees.rotate(session, keys=newer, now=NOW, by="Ada", limit=1) == 2

    def opened(keys: payees.Vault) -> list[str]:
        return [payees.reveal(session, row, "bank_account", keys=keys, by="Ada", reason="form", now=NOW)[-10:] for row in rows]

    assert opened(newer) == ["0000345678", "0001345678", "0002345678"]
    assert payees.with_account(session, BankAccount.parse("004", "10020", "0000345678"), keys=newer) == [rows[0]]
    assert payees.with_account(session, BankAccount.parse("004", "10020", "0002345678"), keys=newer) == [rows[2]]
    assert payees.rotate(session, keys=newer, now=NOW, by="Ada") == 0
    assert payees.rotate(session, keys=newer, now=NOW, by="Ada") == 0
    only_new = payees.Vault(vault.KeyRing("k2", {"k2": b"2" * 32}), 1)
    assert opened(only_new) == ["0000345678", "0001345678", "0002345678"]
    assert payees.with_account(session, BankAccount.parse("004", "10020", "0002345678"), keys=only_new) == [rows[2]]


def test_an_account_is_found_whole_and_within_its_organisation_only(session: Session) -> None:
    row = with_account(session)
    assert payees.with_account(session, ACCOUNT, keys=KEYS) == [row]
    assert payees.with_account(session, BankAccount.parse("004", "10020", "0012345679"), keys=KEYS) == []
    assert payees.with_account(session, ACCOUNT, keys=payees.Vault(RING, 2)) == []


def test_an_erased_payee_can_never_be_read_again(session: Session) -> None:
    row = with_account(session)
    kept = session.exec(select(Secret)).one().ciphertext
    payees.erase(session, row, by="Ada", reason="closed", now=NOW)
    assert session.exec(select(Secret)).all() == []
    assert row.data_key is None
    assert kept
    with pytest.raises(payees.Refused, match="has no bank account"):
        payees.reveal(session, row, "bank_account", keys=KEYS, by="Ada", reason="form", now=NOW)
    with pytest.raises(vault.Erased, match="was erased"):
        vault.open_data_key(RING, row.data_key, row.key_version, owner="1|1")
    with pytest.raises(payees.Refused, match="was erased"):
        asked(session, row)


@given(st.text(), st.binary(min_size=32, max_size=32))
def test_what_is_sealed_opens_at_its_place_alone(secret: str, key: bytes) -> None:
    place = vault.Place(1, "payee", 7, "bank_account", 1)
    sealed = vault.seal(key, secret, place)
    assert vault.unseal(key, sealed, place) == secret
    for elsewhere in (
        vault.Place(2, "payee", 7, "bank_account", 1), vault.Place(1, "payeechange", 7, "bank_account", 1),
        vault.Place(1, "payee", 8, "bank_account", 1), vault.Place(1, "payee", 7, "gst_number", 1),
        vault.Place(1, "payee", 7, "bank_account", 2),
    ):  # fmt: skip
        with pytest.raises(vault.Moved):
            vault.unseal(key, sealed, elsewhere)


@pytest.mark.parametrize(
    ("content", "says"),
    [("", "is empty"), ("k1 zz", "line 1 of the key ring"), ("k1 abcd", "not 32 bytes"), ("# no\nk1", "not 32 bytes")],
)
def test_a_broken_key_ring_is_named_without_its_content(content: str, says: str) -> None:
    with pytest.raises(vault.WrongKey, match=says) as caught:
        vault.KeyRing.parse(content)
    assert "abcd" not in str(caught.value)


def test_keys_are_never_printed() -> None:
    assert "1111" not in repr(RING)
    assert "0012345678" not in repr(ACCOUNT)
    assert vault.masked("1234567") == "••••567"
    assert vault.masked("1234") == "•••"


@pytest.mark.parametrize(
    "parts",
    [("04", "10020", "1234567"), ("004", "1002", "1234567"), ("004", "10020", "123456"), ("004", "10020", "1234567890123"),
     ("004", "10020", "12345a7"), ("004", "10020", "١٢٣٤٥٦٧"), ("000", "10020", "1234567"), ("004", "10020", "0000000")],
)  # fmt: skip
def test_a_bank_account_of_another_shape_is_refused_without_repeating_it(parts: tuple[str, str, str]) -> None:
    with pytest.raises(BadNumber) as caught:
        BankAccount.parse(*parts)
    assert parts[2] not in str(caught.value)


def test_leading_zeros_stay() -> None:
    assert BankAccount.parse(" 004", "10020", "001-2345").whole == "004-10020-0012345"


@given(st.text("0123456789", min_size=8, max_size=8))
def test_one_mistyped_digit_of_a_gst_number_is_found(stem: str) -> None:
    number = next(stem + digit for digit in "0123456789" if luhn(stem + digit))
    if not number.strip("0"):
        return
    assert gst_number(f"{number[:5]} {number[5:]} rt 0001") == f"{number}RT0001"
    for place in range(9):
        wrong = number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]
        with pytest.raises(BadNumber):
            gst_number(f"{wrong}RT0001")


@pytest.mark.parametrize("text", ["000000000RT0001", "123456782", "123456782RT001", "123456782RP0001", "12345678RT0001", ""])
def test_what_is_no_gst_number_is_refused(text: str) -> None:
    with pytest.raises(BadNumber):
        gst_number(text)
