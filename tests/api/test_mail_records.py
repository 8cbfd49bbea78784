"""What receivers look up before they believe our mail: what stands there, what to publish, and what can't be known from here."""

import stat
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from api import mail_dns
from api.__main__ import application
from api.configuration import ConfigurationUnreadable
from api.doctor_mail import mail_records
from api.findings import Level
from api.settings import Settings
from notifier.mail_records import NoAnswer, Record, Sending, check, is_public
from notifier.signing import Signer, new_key

PEM = new_key()
SIGNER = Signer.of("clinic.org", "k1", PEM)
GOOD = {
    "clinic.org": ["other=1", "v=spf1 a:mx.relay.org -all"],
    "k1._domainkey.clinic.org": [SIGNER.record.replace("; p=", ";p=")],
    "_dmarc.clinic.org": ["v=DMARC1; p=quarantine"],
}


def sending(**changed: Any) -> Sending:
    usual: dict[str, Any] = {"domain": "clinic.org", "envelope": "clinic.org", "signer": SIGNER, "relays": ("mx.relay.org",)}
    return Sending(**usual | changed)


def found(zone: dict[str, list[str]], **changed: Any) -> dict[str, Record]:
    return {record.topic: record for record in check(sending(**changed), lambda name: zone.get(name, []))}


def test_what_is_published_is_found_good() -> None:
    records = found(GOOD)
    assert {topic: record.good for topic, record in records.items()} == dict.fromkeys(("SPF", "DKIM", "DMARC", "alignment"), True)
    assert records["alignment"].found == "From is vouched for by SPF and DKIM"


def test_what_is_missing_is_printed_as_it_is_to_be_published() -> None:
    records = found({})
    assert not any(records[topic].good for topic in ("SPF", "DKIM", "DMARC"))
    assert "v=spf1 mx a:mx.relay.org -all" in records["SPF"].publish
    assert f"at k1._domainkey.clinic.org the TXT record: {SIGNER.record}" in records["DKIM"].publish
    assert "at _dmarc.clinic.org the TXT record: v=DMARC1; p=quarantine" in records["DMARC"].publish


@pytest.mark.parametrize(
    ("topic", "name", "texts", "says"),
    [
        ("SPF", "clinic.org", ["v=spf1 -all", "v=spf1 mx -all"], "has 2 SPF records, so none counts"),
        ("SPF", "clinic.org", ["v=spf1 +all"], "lets everybody send"),
        ("DKIM", "k1._domainkey.clinic.org", ["v=DKIM1; p=AAAA"], "another than ours"),
        ("DKIM", "k1._domainkey.clinic.org", ["v=DKIM1; p="], "there is no key"),
        ("DMARC", "_dmarc.clinic.org", ["v=something"], "has no DMARC record"),
    ],
)
def test_what_is_wrong_is_named(topic: str, name: str, texts: list[str], says: str) -> None:
    record = found(GOOD | {name: texts})[topic]
    assert not record.good
    assert says in record.found


def test_a_policy_of_the_parent_domain_counts_and_strict_alignment_is_strict() -> None:
    zone = GOOD | {"_dmarc.clinic.org": ["v=DMARC1; p=reject; aspf=s; adkim=s"]}
    records = found(zone, domain="mail.clinic.org", envelope="bounces.clinic.org")
    assert records["DMARC"].found == "_dmarc.clinic.org says p=reject"
    assert "neither the envelope (bounces.clinic.org) nor a signature" in records["alignment"].found
    assert found(GOOD, domain="mail.clinic.org", envelope="else.org")["alignment"].found == "From is vouched for by DKIM"


def test_where_the_dns_cannot_be_asked_that_is_said_with_what_to_publish() -> None:
    def silent(_name: str) -> list[str]:
        raise NoAnswer("LifetimeTimeout")

    records = {record.topic: record for record in check(sending(), silent)}
    assert set(records) == {"SPF", "DKIM", "DMARC"}
    assert all(record.found == "can't be looked up (LifetimeTimeout)" for record in records.values())
    assert all(record.publish.startswith("if it is not there: publish at") for record in records.values())


def settings(folder: Path, **changed: Any) -> Settings:
    usual: dict[str, Any] = {"smtp_host": "mx.relay.org", "mail_from": "Clinic <alerts@clinic.org>", "dkim_selector": "k1"}
    return Settings(data=folder, **usual | {"dkim_key": SecretStr(PEM.decode())} | changed)


def test_the_settings_say_what_is_looked_up(tmp_path: Path) -> None:
    asked: list[str] = []

    def look(name: str) -> list[str]:
        asked.append(name)
        return GOOD.get(name, [])

    records = mail_dns.records(settings(tmp_path, bounce_mailbox="bounces@mail.clinic.org"), look)
    assert asked == ["mail.clinic.org", "k1._domainkey.clinic.org", "_dmarc.clinic.org"]
    assert [record.good for record in records] == [False, True, True, True]
    assert mail_dns.records(settings(tmp_path, mail_from="a@bids.clinic.example"), look) == []
    assert not is_public("localhost")


def test_doctor_tells_of_records_and_of_a_key_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_dns, "txt", lambda name: GOOD.get(name, []))
    assert {one.level for one in mail_records(settings(tmp_path))} == {Level.GOOD}
    (finding,) = mail_records(settings(tmp_path, dkim_key=SecretStr("nonsense")))
    assert (finding.level, finding.topic) == (Level.MISSING, "mail settings")
    assert "BIDKEEPER_DKIM_KEY can't be used: the DKIM key is no PEM" in finding.found


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"mail_limits": "gmail.com"}, "BIDKEEPER_MAIL_LIMITS can't be used: gmail.com is no limit"),
        ({"smtp_fallbacks": SecretStr("http://x")}, "BIDKEEPER_SMTP_FALLBACKS can't be used: http://x is no address of a relay"),
        ({"mail_warm_up": 50}, "BIDKEEPER_MAIL_WARM_UP needs a first day"),
    ],
)
def test_a_setting_of_the_mail_that_cannot_be_used_is_one_sentence(tmp_path: Path, changed: dict[str, Any], says: str) -> None:
    from api.database import Database  # noqa: PLC0415
    from api.outgoing import outbox  # noqa: PLC0415

    with pytest.raises(ConfigurationUnreadable, match=says):
        outbox(Database(f"sqlite:///{tmp_path / 'x.db'}"), settings(tmp_path, **changed), lambda: None)  # type: ignore[arg-type, return-value]


def test_a_new_key_is_written_for_its_owner_alone_and_its_record_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIDKEEPER_DATA", str(tmp_path))
    monkeypatch.setenv("BIDKEEPER_MAIL_FROM", "alerts@clinic.org")
    app = application(["dkim"])
    file = tmp_path / "dkim.pem"
    shown = CliRunner().invoke(app, ["dkim", "--new", str(file)])
    assert "bidkeeper._domainkey.clinic.org  TXT\nv=DKIM1; k=rsa; p=" in shown.output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    monkeypatch.setenv("BIDKEEPER_DKIM_KEY_FILE", str(file))
    assert CliRunner().invoke(app, ["dkim"]).output == "\n".join(shown.output.splitlines()[:2]) + "\n"
    again = CliRunner().invoke(app, ["dkim", "--new", str(file)])
    assert "can't be written" in str(again.exception)
