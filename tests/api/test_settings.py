"""Settings come from the environment, secrets from files, and each stands in the operating manual."""

from pathlib import Path

import pytest

from api.settings import PREFIX, Settings

MANUAL = Path(__file__).parents[2] / "docs" / "operating.md"


def test_a_secret_may_stand_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "password"
    secret.write_text("from the file\n")
    monkeypatch.setenv("BIDKEEPER_SMTP_PASSWORD_FILE", str(secret))
    assert Settings().smtp_password.get_secret_value() == "from the file"


def test_a_secret_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIDKEEPER_SMTP_PASSWORD", "hunter2")
    assert "hunter2" not in repr(Settings())


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_in_the_manual(name: str) -> None:
    assert f"`{PREFIX}{name.upper()}`" in MANUAL.read_text("utf-8")
