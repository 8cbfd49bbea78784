"""The container file and the compose files, read as what they are, since no engine builds them here."""

import re
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent.parent
FILE = ROOT / "deploy" / "Containerfile"
COMPOSED = sorted((ROOT / "deploy").glob("compose*.yaml"))
KNOWN = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}


@dataclass(frozen=True)
class Stage:
    """One stage of the build: what it is made from, under which name, and its instructions in order."""

    base: str
    name: str
    steps: list[tuple[str, str]]

    def of(self, word: str) -> list[str]:
        return [rest for one, rest in self.steps if one == word]


def stages() -> list[Stage]:
    text = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", FILE.read_text("utf-8"), flags=re.MULTILINE))
    found: list[Stage] = []
    for line in filter(str.strip, text.splitlines()):
        word, rest = line.split(maxsplit=1)
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            found.append(Stage(base.strip(), name.strip(), []))
        else:
            found[-1].steps.append((word, rest.strip()))
    return found


def test_the_image_is_built_in_one_stage_and_run_in_another_without_what_built_it() -> None:
    build, run = stages()
    assert (build.name, run.name) == ("build", "")
    assert run.of("COPY") == ["--from=build /opt/bidkeeper /opt/bidkeeper"]
    assert not any("pip" in step or "apt" in step for step in run.of("RUN"))
    for stage in (build, run):
        assert re.fullmatch(r"[\w./-]+:\d[\w.-]*", stage.base), "a base has a version, and latest is none"
        assert not stage.of("ADD")


def test_what_is_installed_is_what_the_lock_names_by_its_digests() -> None:
    locked, ours = [step for step in stages()[0].of("RUN") if "pip install" in step]
    assert "--require-hashes -r requirements.lock" in locked
    assert "--no-deps" in locked
    assert "--no-deps ." in ours


def test_it_runs_as_nobody_special_says_whether_it_is_well_and_takes_signals_itself() -> None:
    run = stages()[-1]
    words = [word for word, _ in run.steps]
    (user,) = run.of("USER")
    assert any(f"useradd --system --uid 10001 --home-dir /data {user}" in step for step in run.of("RUN"))
    assert words.index("USER") < words.index("ENTRYPOINT")
    assert "/readiness" in run.of("HEALTHCHECK")[0]
    for step in (*run.of("ENTRYPOINT"), *run.of("CMD")):
        assert step.startswith("["), "a shell in between would take the signal to stop"
    set_here = dict(pair.split("=", 1) for step in run.of("ENV") for pair in step.split())
    assert {name for name in set_here if name.startswith(PREFIX)} <= KNOWN
    assert set_here["BIDKEEPER_DATA"] in run.of("VOLUME")


def test_every_part_of_the_distribution_is_copied_and_nothing_is_kept_from_the_build() -> None:
    copied = {word for step in stages()[0].of("COPY") for word in step.split()[:-1]}
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["packages"]["find"]["include"]
    assert {name.rstrip("*") for name in packages} <= copied
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    let_in = [line.removeprefix("!") for line in lines if line.startswith("!")]
    for name in copied - {"${LOCK}"}:
        assert (ROOT / name).exists()
        assert any(fnmatch(name, pattern) for pattern in let_in), f"{name} is kept from the build"
    (lock,) = stages()[0].of("ARG")
    assert (ROOT / lock.removeprefix("LOCK=")).exists()


@pytest.mark.parametrize("path", COMPOSED, ids=lambda path: path.name)
def test_a_composition_names_what_there_is(path: Path) -> None:
    composed: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    for name, service in composed["services"].items():
        assert service["restart"] == "unless-stopped", name
        for volume in service["volumes"]:
            assert volume.split(":")[0] in composed["volumes"]
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:"), f"{name} is open to the network"
        for other in service.get("depends_on", {}):
            assert "healthcheck" in composed["services"][other]
        if "build" in service:
            assert (path.parent / service["build"]["context"] / service["build"]["dockerfile"]).resolve() == FILE
        else:
            assert re.fullmatch(r"[\w./-]+:\d[\w.-]*", service["image"])
    used = {secret for service in composed["services"].values() for secret in service["secrets"]}
    assert used == composed["secrets"].keys()


@pytest.mark.parametrize("path", COMPOSED, ids=lambda path: path.name)
def test_what_a_composition_sets_are_settings_and_its_files_are_its_secrets(path: Path) -> None:
    composed: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    for service in composed["services"].values():
        if "build" not in service:
            continue
        for name, value in service["environment"].items():
            assert name in KNOWN or name.removesuffix("_FILE") in KNOWN, name
            if str(value).startswith("/run/secrets/"):
                assert value.removeprefix("/run/secrets/") in service["secrets"]
            else:
                assert re.fullmatch(rf"\$\{{{name}(:-|:\?[^}}]+)\}}", value), f"{name} is handed on under its own name"
        assert "/tmp" in service["tmpfs"]
        assert "no-new-privileges:true" in service["security_opt"]
        assert service["stop_grace_period"]


def test_postgresql_is_composed_with_two_workers() -> None:
    composed = yaml.safe_load((ROOT / "deploy" / "compose.postgres.yaml").read_text("utf-8"))
    worker = composed["services"]["worker"]
    assert (worker["command"], worker["deploy"]["replicas"]) == (["worker"], 2)
