"""What `bidkeeper ask` prints for a person: what the contract says, the desk and why, and a card a desk; no line is cut at any width."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from notifier.desks import NONE

BLANK = "not published: add it"
DANGER = "A person may be in danger. Call 9-1-1 first; then a human reads this message."


@dataclass(frozen=True)
class Around:
    """What a person is shown beside a route: every desk's card, and whether the route is unsure or urgent."""

    cards: list[dict[str, Any]]
    unsure: bool
    urgent: bool


def shown(document: dict[str, Any], around: Around) -> Iterator[str]:
    """The lines: of all desks a card where the route is unsure or none fits."""
    if answer := document.get("answer"):
        yield from _answer(answer)
    if around.urgent:
        yield DANGER
    cards = {card["desk"]: card for card in around.cards}
    desk = cards.get(document["route"])
    sure = "over 99%" if document["confidence"] > 0.99 else f"{document['confidence']:.0%}"
    yield f"{desk['title'] if desk else 'No desk: ask a person'} ({'unsure, ' if around.unsure else ''}{sure})"
    yield from (f"  {reason}" for reason in document["why"])
    if desk and desk["at_hand"]:
        yield f"  have at hand: {', '.join(desk['at_hand'])}"
    everyone = around.unsure or document["route"] == NONE
    others = (key for key, card in cards.items() if everyone and card["answers"])
    for key in dict.fromkeys([document["route"], *document["also"], *others]):
        if card := cards.get(key):
            yield ""
            yield from _card(card)


def _answer(answer: dict[str, Any]) -> Iterator[str]:
    yield "Your contract says:"
    if answer["value"] is not None:
        yield f"  {answer['value']}"
    if answer["quote"]:
        yield f"  “{' '.join(answer['quote'].split())}”"
    sure = "confirmed" if answer["value"] is not None else "a clause, not confirmed"
    page = f", page {answer['page']}" if answer["page"] is not None else ""
    yield f"  {answer['contract']}, {answer['document'] or 'entered by hand'}{page}; as of {answer['as_of']}; {sure}"
    yield ""


def _card(card: dict[str, Any]) -> Iterator[str]:
    within = card["toll_free_within"]
    toll_free = f"{card['toll_free']} ({within})" if within else card["toll_free"]
    others = (f"{other['phone']} ({other['confidence']} confidence)" for other in card["others"])
    state = {True: ", open now", False: ", closed now", None: ""}[card["open_now"]]
    yield card["title"]
    if card["answers"]:
        yield f"  answers  {card['answers']}"
    yield f"  phone    {', '.join(filter(None, (card['phone'], toll_free, *others))) or BLANK}"
    yield f"  e-mail   {card['email'] or BLANK}"
    yield f"  hours    {card['hours'] or BLANK}{state}"
    if card["source"]:
        yield f"  source   {card['source']}, {card['verified'] or 'undated'}"
