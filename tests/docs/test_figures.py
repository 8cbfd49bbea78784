"""A figure is told as its median with its spread, beside its reference, and comes back from the file as it went in."""

from pathlib import Path

import pytest

from bench.figures import GATHERED, Figure, gathered, number, say, spread


@pytest.mark.parametrize(
    ("value", "text"), [(12345.6, "12,346"), (99.96, "100.0"), (5.1234, "5.12"), (0.012345, "0.0123"), (0, "0")]
)
def test_three_figures_are_enough(value: float, text: str) -> None:
    assert number(value) == text


def test_a_spread_is_the_median_between_the_extremes() -> None:
    assert spread([3, 1, 2]) == "2.00 (1.00–3.00)"
    assert spread([7]) == "7.00"


def test_what_is_said_is_printed_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(GATHERED, str(tmp_path / "kept"))
    figure = say("pages", "pages/s", [80, 90], [100], against="bare Scrapy", goal="≥ 0.8")
    assert capsys.readouterr().out == "pages: 85.0 (80.0–90.0) pages/s · bare Scrapy 100 · ratio 0.85 · goal ≥ 0.8\n"
    assert [each.line() for each in gathered(tmp_path / "kept")] == [figure.line()]
    assert figure.row() == "| pages | 85.0 (80.0–90.0) pages/s | 100 (bare Scrapy) | 0.85 | ≥ 0.8 |"


def test_nothing_beside_it_is_no_ratio() -> None:
    assert Figure("memory", "MB", [41.0]).ratio is None
