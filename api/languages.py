"""The languages of the pages: which one a request is answered in, and the words for it.

Python marks its texts as templates do: `_("…")` where a request is being answered, `N_("…")` in tables, whose words are looked
up when they are shown. A text without a translation is shown in English.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from typing import Any

from babel import Locale, negotiate_locale
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from api.translations import compiled

# each language by its own name, and the locale whose dates, numbers and plurals it takes
LANGUAGES = {"en": "English", "fr": "Français"}
LOCALES = {"en": "en_CA", "fr": "fr_CA"}
FIRST = "en"
COOKIE = "bidkeeper_language"

_spoken: ContextVar[str] = ContextVar("language", default=FIRST)


def language() -> str:
    """The language of the answer that is being made: a key of LANGUAGES."""
    return _spoken.get()


def speak(wanted: str | None) -> None:
    """Answer the present request in `wanted` from here on; anything that is not a key of LANGUAGES changes nothing."""
    if wanted in LANGUAGES:
        _spoken.set(wanted)


@contextmanager
def speaking(wanted: str) -> Iterator[None]:
    """Within the block texts are in `wanted`, whatever the answer around it is in: for what is written to somebody else."""
    before = _spoken.set(wanted if wanted in LANGUAGES else FIRST)
    try:
        yield
    finally:
        _spoken.reset(before)


@cache
def locale(wanted: str) -> Locale:
    """The CLDR data of a language."""
    return Locale.parse(LOCALES[wanted])


@cache
def catalogue(wanted: str) -> Any:
    """The texts of a language; English is what the source says."""
    return NullTranslations() if wanted == FIRST else Translations(compiled(wanted))


def gettext(text: str) -> str:
    """`text` in the language of the answer."""
    return _looked_up(text, language()) if text else ""


# a page of fifty rows says the same few texts and numbers hundreds of times
@lru_cache(4096)
def _looked_up(text: str, wanted: str) -> str:
    return str(catalogue(wanted).gettext(text))


def ngettext(one: str, many: str, count: int) -> str:
    """The form of a text that `count` wants, in the language of the answer."""
    return str(catalogue(language()).ngettext(one, many, count))


def counted(one: str, many: str, count: int, **values: Any) -> str:
    """The form that `count` wants, with `%(count)s` written as the language writes numbers: `1,200 tenders`."""
    return ngettext(one, many, count) % {"count": number(count), **values}


def number(value: Any) -> str:
    """A number with the language's separators."""
    return _written(value, language())


@lru_cache(4096, typed=True)  # 1 and Decimal("1") are equal, and so kept apart by their types
def _written(value: Any, wanted: str) -> str:
    return str(format_decimal(value, locale=locale(wanted)))


_ = gettext


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for it
    """Marks `text` for translation and leaves it as it is."""
    return text


def asked_for(headers: Headers) -> str:
    """The language that a request asks for: its cookie of ours, else Accept-Language (RFC 9110 §12.5.4), else English."""
    kept = cookie_parser(headers.get("cookie", "")).get(COOKIE)
    if kept in LANGUAGES:
        return kept
    preferred = [tag.lower().replace("-", "_") for tag in _by_weight(headers.get("accept-language", "")[:500])]
    return negotiate_locale(preferred, list(LANGUAGES)) or FIRST


def _by_weight(header: str) -> list[str]:
    """The tags of an Accept-Language header, most wanted first; one whose weight can't be read counts as unwanted."""
    weighed = []
    for part in header.split(","):
        tag, _mark, weight = part.strip().partition(";q=")
        try:
            weighed.append((float(weight or 1), tag.strip()))
        except ValueError:
            continue
    return [tag for weight, tag in sorted(weighed, key=lambda pair: -pair[0]) if weight > 0]


class Speaking:
    """ASGI middleware: every request is answered in the language it asks for, until who asks is known to want another."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            speak(asked_for(Headers(scope=scope)))
        await self.app(scope, receive, send)
