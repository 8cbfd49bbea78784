"""What a portal changed between two looks, field by field: only what a reader of both pages would call different. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from contracts.vocabulary import Change, ReleaseTag, TenderStatus
from crawler.items import Part, PostedDocument, Posting
from crawler.normalise import better_decoded, plain, same_text, text_key, url_key

TEXTS = frozenset({"title", "buyer", "type", "description", "supplier", "rationale"})
AMENDING = frozenset({"closes", "closes_text", "resubmission", "rationale"})
AWARD = frozenset({"supplier", "value"})


def changes(old: Posting, new: Posting) -> list[Change]:
    """Every step from `old` to `new` that means something, in the order of the posting's keys.

    White space, markup, unicode form, a wrong encoding, the same instant in another offset, documents in another order and
    cache-busters in addresses are no change. A value that the newer look does not tell at all is no change either: a listing
    may leave out what a detail page said, and absence is never an event. `closes_text` counts only where no instant was read;
    `resubmission` is told when the words begin to ask for bids to be handed in again.
    """
    found = [Change(name, tell(getattr(old, name)), tell(getattr(new, name))) for name, same in FIELDS if not same(old, new)]
    return found + _file_changes(old.files, new.files) + _part_changes(old.parts, new.parts)


def merged(old: Posting, new: Posting) -> Posting:
    """What is known after `new`: its values, the old ones where it tells none, and of two decodings of a text the right one."""
    kept: dict[str, Any] = {}
    for f in fields(Posting):
        before, after = getattr(old, f.name), getattr(new, f.name)
        if after in (None, "", (), {}) or (f.name == "status" and after is TenderStatus.UNKNOWN):
            kept[f.name] = before
        elif f.name in TEXTS and before and before != after and (right := better_decoded(before, after)) is not None:
            kept[f.name] = right
    if new.closes is None and "closes" in kept and not _same_closing(old, new):
        del kept["closes"]
    if coarser(old, new):
        kept |= {"closes": old.closes, "closes_text": old.closes_text, "closes_precision": old.closes_precision}
    return replace(new, **kept)


def tag(found: Iterable[Change]) -> ReleaseTag:
    """The kind of news a set of changes is: the weightiest of them decides."""
    steps = {change.field: change for change in found}
    status = steps.get("status")
    if status and status.new == TenderStatus.CANCELLED:
        return ReleaseTag.TENDER_CANCELLATION
    if (status and status.new == TenderStatus.AWARDED) or AWARD & steps.keys():
        return ReleaseTag.AWARD
    if AMENDING & steps.keys() or _grew(steps.get("amendments")):
        return ReleaseTag.TENDER_AMENDMENT
    return ReleaseTag.TENDER_UPDATE


def expected(found: Iterable[Change], new: Posting, now: datetime) -> bool:
    """Whether the changes are only time passing: a posting marked closed once its closing is over."""
    return (
        [change.field for change in found] == ["status"]
        and new.status is TenderStatus.CLOSED
        and new.closes is not None
        and new.closes <= now
    )


def tell(value: Any) -> Any:
    """A field's value as a JSON scalar: times in ISO 8601 with their offset, texts plain."""
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, TenderStatus) else plain(value) if isinstance(value, str) else value


def _grew(change: Change | None) -> bool:
    return change is not None and (change.old or 0) < (change.new or 0)


def _text(name: str) -> Callable[[Posting, Posting], bool]:
    def same(old: Posting, new: Posting) -> bool:
        return not getattr(new, name) or same_text(getattr(old, name), getattr(new, name))

    return same


def _value(name: str) -> Callable[[Posting, Posting], bool]:
    def same(old: Posting, new: Posting) -> bool:
        return getattr(new, name) is None or getattr(old, name) == getattr(new, name)

    return same


def _same_status(old: Posting, new: Posting) -> bool:
    return new.status is TenderStatus.UNKNOWN or old.status is new.status


def _same_url(old: Posting, new: Posting) -> bool:
    return not new.url or url_key(old.url or "") == url_key(new.url)


def _same_closing(old: Posting, new: Posting) -> bool:
    """The same instant, the same words, or no word of it; a day alone where that day's hour was known tells nothing new.

    A closing that can no longer be read is a change only if the portal prints something else in its place.
    """
    if old.closes == new.closes or (new.closes is None and not new.closes_text):
        return True
    if None in {old.closes, new.closes} and old.closes_text and same_text(old.closes_text, new.closes_text):
        return True  # the words stood there before; only we could not place them
    return coarser(old, new)


def coarser(old: Posting, new: Posting) -> bool:
    """Whether `new` gives only the day of the closing whose hour `old` gave."""
    if old.closes is None or new.closes is None or (old.closes_precision, new.closes_precision) != ("minute", "date"):
        return False
    return old.closes.astimezone(new.closes.tzinfo).date() == new.closes.date()


def _same_closing_text(old: Posting, new: Posting) -> bool:
    return not (old.closes is None and new.closes is None) or _text("closes_text")(old, new)


FIELDS: tuple[tuple[str, Callable[[Posting, Posting], bool]], ...] = (
    ("number", _text("number")),
    ("title", _text("title")),
    ("status", _same_status),
    ("buyer", _text("buyer")),
    ("published", _value("published")),
    ("closes", _same_closing),
    ("closes_text", _same_closing_text),
    ("url", _same_url),
    ("amendments", _value("amendments")),
    ("addenda", _value("addenda")),
    ("documents", _value("documents")),
    ("type", _text("type")),
    ("description", _text("description")),
    ("supplier", _text("supplier")),
    ("value", _text("value")),
    ("rationale", _text("rationale")),
    ("resubmission", _value("resubmission")),
)


def _file_changes(old: tuple[PostedDocument, ...], new: tuple[PostedDocument, ...]) -> list[Change]:
    """One `files` change naming what was added, taken away or replaced; told only when the newer look lists files at all."""
    if not new or not old:
        return []
    gone, came = Counter(map(_file_key, old)), Counter(map(_file_key, new))
    left = [plain(f.title) for f in old if gone[_file_key(f)] > came[_file_key(f)]]
    added = [plain(f.title) for f in new if came[_file_key(f)] > gone[_file_key(f)]]
    replaced = _replaced(old, new)
    if not (left or added or replaced):
        return []
    return [Change("files", sorted({*left, *replaced}), sorted({*added, *replaced}))]


def _part_changes(old: tuple[Part, ...], new: tuple[Part, ...]) -> list[Change]:
    """A change for each part of a program page that came, went or says something else, as `resource: its name`.

    A resource under a new name at the address it had is that resource replaced. A banner has no name: one in the place of
    another is the same banner in other words. Order, case, spacing and cache-busters are no change.
    """
    if not old or not new:
        return []
    before, after = _by_name(old), _by_name(new)
    for key in [key for key in after if key not in before]:
        moved = [
            other for other, part in before.items() if other not in after and _place(part) and _place(part) == _place(after[key])
        ]
        if len(moved) == 1:
            before[key] = before.pop(moved[0])
    found = []
    for key in dict.fromkeys([*before, *after]):
        was, now = before.get(key), after.get(key)
        if was and now and _part_key(was) == _part_key(now):
            continue
        named = now or was
        assert named
        renamed = was is not None and now is not None and text_key(was.name).casefold() != text_key(now.name).casefold()
        told = [part and (f"{part.name}, {part.told()}" if renamed else part.told() or part.name) for part in (was, now)]
        found.append(Change(f"{named.kind}: {named.name}" if named.name else named.kind, *told))
    return found


def _by_name(parts: tuple[Part, ...]) -> dict[tuple[str, str, int], Part]:
    """The parts by kind and name, the second of one name apart from the first; which is the first, their text decides."""
    seen: Counter[tuple[str, str]] = Counter()
    found = {}
    for part in sorted(parts, key=_part_key):
        name = part.kind, text_key(part.name).casefold()
        found[*name, seen[name]] = part
        seen[name] += 1
    return found


def _part_key(part: Part) -> tuple[str, str, str, str]:
    return part.kind, text_key(part.name).casefold(), text_key(part.note).casefold(), url_key(part.url)


def _place(part: Part) -> tuple[str, str] | None:
    return (part.kind, url_key(part.url)) if part.url else None


def _file_key(file: PostedDocument) -> tuple[str, str]:
    return plain(file.title), url_key(file.url)


def _replaced(old: tuple[PostedDocument, ...], new: tuple[PostedDocument, ...]) -> set[str]:
    """Titles of files whose bytes differ under the same title."""
    before = {plain(f.title): f.sha256 for f in old if f.sha256}
    return {plain(f.title) for f in new if f.sha256 and before.get(plain(f.title), f.sha256) != f.sha256}
