"""Finding things in a page's tree: selectors compiled once, texts, and links that may be followed."""

import re
from functools import cache
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import etree
from parsel.csstranslator import HTMLTranslator

from crawler.items import LayoutChanged
from crawler.spiders import answers


@cache
def selector(how: str) -> etree.XPath:
    """A CSS or XPath expression, compiled. Raises LayoutChanged for one that is neither."""
    try:
        path = how if how.startswith((".", "/", "(", "string(", "normalize-space(")) and not re.match(r"\.[A-Za-z]", how) else ""
        return etree.XPath(path or HTMLTranslator().css_to_xpath(how, prefix="descendant-or-self::"))
    except Exception as error:  # the translator and libxml2 each raise their own kinds
        raise LayoutChanged(f'"{how}" is neither a CSS selector nor an XPath expression ({error})') from error


def every(node: Any, how: str) -> list[Any]:
    """The elements that a selector finds below `node`."""
    found = selector(how)(node)
    return [one for one in found if hasattr(one, "tag")] if isinstance(found, list) else []


def first(node: Any, how: str) -> str:
    """The text of the first thing a selector finds below `node`, "" for nothing."""
    found: Any = selector(how)(node)
    if isinstance(found, list):
        found = found[0] if found else ""
    return found.text_content() if hasattr(found, "text_content") else str(found)


def web(link: str, base: str) -> str | None:
    """A link of the page as an absolute web address, None for none and for what a browser would run instead of open."""
    link = answers.clean(link)
    try:
        joined = urljoin(base, link) if link and not link.startswith("#") else ""
        scheme = urlsplit(joined).scheme
    except ValueError:  # "http://[" and its like
        return None
    if not joined or scheme not in {"http", "https", ""}:
        return None
    return joined if scheme or "/" in joined or joined.startswith("?") else None
