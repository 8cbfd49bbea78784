"""What a licence is read from, and the page that names every part by others."""

from importlib.metadata import version

import pytest

from api.parts import licence, packages
from tests.api.service import HTML, TestClient


@pytest.mark.parametrize(
    ("fields", "read"),
    [
        ({"License-Expression": ["MIT"], "License": ["something else"]}, "MIT"),
        ({"License": ["BSD 3-Clause"]}, "BSD 3-Clause"),
        ({"License": ["UNKNOWN"], "Classifier": ["License :: OSI Approved :: MIT License"]}, "MIT License"),
        ({"License": ["A licence's text, which goes on " * 9], "Classifier": []}, ""),
        ({}, ""),
    ],
)
def test_a_licence_is_read_from_what_the_package_declares(fields: dict[str, list[str]], read: str) -> None:
    assert licence(fields.get) == read


def test_the_page_names_each_package_with_its_installed_version_and_licence(web: TestClient) -> None:
    page = web.get("/about", headers=HTML).text
    known = {part.name.lower(): part for part in packages()}
    assert {"fastapi", "starlette", "scrapy", "sqlmodel"} <= set(known)  # starlette: what a part needs in turn
    assert known["fastapi"].version == version("fastapi")
    assert "pytest" not in known
    for part in known.values():
        assert part.name in page
        assert part.version in page
    assert "htmx.org" in page
