"""What the watched portals ask for: sources that can't be seen, and looks that were held back."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlmodel import Session

from api.languages import _
from api.presentation import HEALTH_WORDS
from api.sentences import sentence
from api.todo import Item
from contracts.vocabulary import Health
from crawler import store
from crawler.sources import SourceConfig

WELL = {Health.HEALTHY, Health.UNSEEN}


def items(session: Session, sources: Mapping[str, SourceConfig], *, now: datetime) -> Iterator[Item]:
    """Each source in trouble with its reason, and each held look."""
    held = {one.source: one for one in store.quarantines(session)}
    for one in store.health(session, dict(sources), now=now):
        name = one.config.name
        if not one.config.enabled or one.health in WELL:
            continue
        reason = sentence(one.state.health_reason if one.state else None) or _(one.advice)
        title = f"{one.config.title or name}: {_(HEALTH_WORDS[one.health][0])}"
        if name in held:
            yield Item(title, f"/sources/{name}/held/{held.pop(name).id}", reason, "warn")
        else:
            yield Item(title, f"/sources/{name}", reason, "bad")
    for name, look in held.items():
        yield Item(f"{name}: {_('a look is held for review')}", f"/sources/{name}/held/{look.id}", sentence(look.reason), "warn")
