"""The words a person wrote, out of whatever arrived: a mail with markup, quotes, signatures, odd characters.

`plain(text)` gives readable text; `own_words(text)` leaves out what was quoted, unless nothing else was said.
"""

import re
import unicodedata
from typing import Any

from lxml import etree, html

LONGEST = 20_000
"""Characters that are read of one message; what follows cannot change its desk."""

_MARKUP = re.compile(r"<\s*(?:!doctype|html|head|body|div|p|br|table|span|style|script|blockquote|a)\b[^>]*>", re.IGNORECASE)
_BREAKS = ("p", "div", "br", "li", "tr", "td", "th", "blockquote", "h1", "h2", "h3", "h4")
_QUOTE_HEADER = re.compile(
    r"^\s*(?:-{2,}\s*(?:original message|forwarded message|message d'origine|message transf)|on .{5,200} wrote:|le .{5,200} a écrit\s*:|"
    r"begin forwarded message|_{8,}\s*$|from:\s.+|de\s?:\s.+@)",
    re.IGNORECASE,
)
_MAIL_HEADER = re.compile(r"^\s*(?:from|to|cc|sent|date|subject|de|à|objet|envoyé)\s?:.*$", re.IGNORECASE)
_SIGNATURE = re.compile(r"^\s*(?:--\s*$|sent from my |envoyé de mon |get outlook for )", re.IGNORECASE)
_DISCLAIMER = re.compile(
    r"^.{0,40}(?:this (?:e-?mail|message) (?:and any|is|may|contains)|confidentiality notice|avis de confidentialité).*$",
    re.IGNORECASE | re.DOTALL,
)
_SUBJECT = re.compile(r"^\s*(?:subject|objet|re|fwd?|tr)\s?:\s*(.+)$", re.IGNORECASE)
_FEW_WORDS = 5


def plain(text: str) -> str:
    """Text without markup, invisible characters and odd forms of letters; at most `LONGEST` characters are read."""
    text = text[:LONGEST]
    if _MARKUP.search(text):
        text = _without_markup(text)
    if text.isascii() and text.replace("\n", " ").replace("\t", " ").isprintable():
        return text
    text = unicodedata.normalize("NFKC", text)
    return "".join(_kept(character) for character in text)


def own_words(text: str, *, fewest: int = _FEW_WORDS) -> str:
    """What the writer said, of text that `plain` gave: without the mails below it, signature and disclaimer.

    A mail of less than `fewest` words only passes another on ("see below") and says what that one says: the quote is read too.
    """
    own: list[str] = []
    quoted: list[str] = []
    target = own
    for line in text.splitlines():
        if _QUOTE_HEADER.match(line):
            target = quoted
            continue
        if _SIGNATURE.match(line) and target is own:
            break
        if line.lstrip().startswith(">"):
            quoted.append(line.lstrip("> "))
            continue
        subject = _SUBJECT.match(line)
        if subject:
            target.append(subject[1] + ".")
        elif not _MAIL_HEADER.match(line):
            target.append(line)
    mine = _without_disclaimer(own)
    if len(mine.split()) < fewest and quoted:
        return f"{mine}\n{_without_disclaimer(quoted)}".strip()
    return mine or text


def _without_markup(text: str) -> str:
    reader = html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True)
    try:
        tree: Any = html.fromstring(text, parser=reader)
    except (etree.ParserError, ValueError):
        return re.sub(r"<[^>]{0,500}>", " ", text)
    for gone in tree.xpath("//script|//style|//head|//title"):
        gone.drop_tree()
    for element in tree.iter(*_BREAKS):
        element.tail = "\n" + (element.tail or "")
    for quote in tree.iter("blockquote"):
        quote.text = "\n-- Original message\n" + (quote.text or "")
    return str(tree.text_content())


def _kept(character: str) -> str:
    if character in "\n\t ":
        return character
    category = unicodedata.category(character)
    if category in {"Cf", "Mn", "Me"}:
        return ""  # zero-width and direction marks stand inside words; stacked accents hide them
    return " " if category[0] in "CZ" else character


def _without_disclaimer(lines: list[str]) -> str:
    paragraphs = re.split(r"\n\s*\n", "\n".join(lines))
    return "\n\n".join(part for part in paragraphs if not _DISCLAIMER.match(part)).strip()
