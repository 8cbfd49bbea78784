"""The sentences that the rooms say, read off their source: refusals, reasons, titles of duties.

The rooms know nothing of languages. They write English sentences with values in them, and those are stored, raised and mailed as
they are. Here each is found where it is written, as the pattern that it makes: `f"{lost} of {rows} rows could not be read"` is
`{lost} of {rows} rows could not be read`. `api.sentences` finds the pattern again from the sentence.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
# whose sentences come before somebody's eyes: a module, or every module of a package
SPOKEN = (
    "crawler/volume.py",
    "crawler/spiders",
    "crawler/robots.py",
    "crawler/looking.py",
    "crawler/store/quarantine.py",
    "contracts/vocabulary/addresses.py",
    "contracts/obligations.py",
    "contracts/events.py",
    "contracts/terms.py",
    "contracts/particulars.py",
    "contracts/agreements.py",
    "contracts/fees.py",
    "contracts/schedules.py",
    "contracts/duties.py",
    "contracts/pipeline.py",
    "contracts/pursuits.py",
    "contracts/holds.py",
    "contracts/retention.py",
    "contracts/days.py",
    "contracts/payees",
    "contracts/refusals.py",
    "contracts/documents.py",
    "contracts/sandbox.py",
    "contracts/ocr.py",
    "contracts/pdf.py",
    "contracts/pageview.py",
    "contracts/originals.py",
    "contracts/vault.py",
    "notifier/routing.py",
    "notifier/learned.py",
    "notifier/query.py",
    "notifier/timing.py",
    "notifier/choices.py",
    "notifier/addresses.py",
    "notifier/lifecycle.py",
    "notifier/proposals.py",
    "notifier/enquiries",
    "notifier/channels/webhook.py",
    "notifier/channels/apprise.py",
    "api/pages",
    "api/accounts",
    "api/subscribing.py",
    "api/limits.py",
    "api/security.py",
    "api/problems.py",
)
# patterns of a word or two, too short to be told from other text where they are written
SHORT = (
    "Wrong desk: it should have been {desk}.",
    "mentions {words}",
    "{what} for {subject}",
    "{within} before {day}",
    "{within} after {day}",
    "{start} and {term}",
    "{basis} and {used} months of options",
    "{count} earlier round",
    "{count} earlier rounds",
    "{count} day",
    "{count} days",
    "{count} business day",
    "{count} business days",
    "{count} month",
    "{count} months",
)
NAMED = frozenset({"title", "basis", "why", "said", "reason", "note", "expected", "sentence", "otherwise", "text"})
WORD = re.compile(r"[a-z]{2,}")
PROGRAM = re.compile(r"[\\@=\[]|^[/(<]|\n|-src |^\w+:\w")  # patterns, selectors, policies, searches
HOLE = re.compile(r"\{(\w+)\}")


def sentences() -> list[str]:
    """Every sentence of SPOKEN as its pattern, each once."""
    paths = (path for place in SPOKEN for path in _modules(ROOT / place))
    return list(dict.fromkeys([*SHORT, *(text for path in paths for text in said_in(path.read_text("utf-8")))]))


def said_in(source: str) -> Iterator[str]:
    """The patterns of a module: what it raises, hands on as a reason or title, appends to reasons, or returns."""
    for node in ast.walk(ast.parse(source)):
        for part in (part for spoken in _spoken(node) for part in _parts(spoken)):
            text = _pattern(part)
            if text is not None and _reads_like_a_sentence(text):
                yield text


def _modules(place: Path) -> list[Path]:
    return sorted(place.rglob("*.py")) if place.is_dir() else [place]


def _spoken(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.Call(func=function, args=args, keywords=keywords):
            name = _name(function)
            made = args if name[:1].isupper() or name == "append" else []
            return [*made, *(word.value for word in keywords if word.arg in NAMED or name[:1].isupper())]
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return [value] if name.lower().strip("_") in NAMED or (name.isupper() and _long(value)) else []
        case ast.Return(value=ast.expr() as value) | ast.Yield(value=ast.expr() as value):
            return [value]
    return []


def _parts(node: ast.expr) -> Iterator[ast.expr]:
    """What a condition or a tuple may come to; anything else itself."""
    inner = [node.body, node.orelse] if isinstance(node, ast.IfExp) else node.elts if isinstance(node, ast.Tuple) else None
    if inner is None:
        yield node
    else:
        yield from (part for one in inner for part in _parts(one))


def _long(node: ast.expr) -> bool:
    """A constant of more than three words, which no code or scope has."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value.split()) > 3


def _pattern(node: ast.AST) -> str | None:
    """The text of a literal; each value of an f-string as a hole that is named after it."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if not isinstance(node, ast.JoinedStr):
        return None
    seen: Counter[str] = Counter()
    return "".join(str(part.value) if isinstance(part, ast.Constant) else _hole(part, seen) for part in node.values)


def _hole(part: ast.expr, seen: Counter[str]) -> str:
    name = _name(part.value).lower().strip("_") or "value" if isinstance(part, ast.FormattedValue) else "value"
    seen[name] += 1
    return f"{{{name}}}" if seen[name] == 1 else f"{{{name}{seen[name]}}}"


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _reads_like_a_sentence(text: str) -> bool:
    """Two words at least beside the holes, and nothing that only a program reads."""
    return " " in text.strip() and len(WORD.findall(HOLE.sub("", text))) >= 2 and not PROGRAM.search(text)
