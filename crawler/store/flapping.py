"""A portal that answers in turns: two servers, two words, and none of it news. What goes back and forth is held until it stays."""

from datetime import datetime, timedelta

from crawler.models import Sighting

TRAIL = 6  # changes remembered per sighting
RESTLESS = 6  # rhythms within which two returns to the same words are a portal answering in turns
SETTLED = 3  # looks in a row after which such words are believed


def restless(sighting: Sighting, digest: str, *, now: datetime, every: timedelta) -> bool:
    """Whether the row only goes back and forth: it said this already, left it and came back within few rhythms.

    Both first turns are told (a deadline that moves back matters); from the second return on, the words are held until they are
    seen `SETTLED` times in a row. The sighting remembers what it needs for that.
    """
    told = [entry for entry in sighting.trail if len(entry) == 2]
    waiting = sighting.trail[-1] if sighting.unsettled else None
    if waiting and waiting[1] == digest:
        if waiting[2] + 1 < SETTLED:
            sighting.trail = [*sighting.trail[:-1], [waiting[0], digest, waiting[2] + 1]]
            return True
        sighting.unsettled = False
        sighting.trail = [*sighting.trail[:-1], [now.isoformat(), digest]][-TRAIL:]
        return False
    lately = [entry for entry in told if datetime.fromisoformat(entry[0]) >= now - RESTLESS * every]
    sighting.unsettled = len(lately) >= 2 and any(entry[1] == digest for entry in lately)
    if sighting.unsettled:
        sighting.trail = [*told, [now.isoformat(), digest, 1]]
    else:
        sighting.trail = [*told, [now.isoformat(), digest]][-TRAIL:]
    return sighting.unsettled


def settle(sighting: Sighting) -> None:
    """It is back at what was told last."""
    sighting.unsettled = False
    sighting.trail = [entry for entry in sighting.trail if len(entry) == 2]
