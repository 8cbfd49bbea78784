"""The journeys, each a straight line through the rooms; the only modules that know more than one of them.

posting → alert: `watch` looks at sources, `record` stores what was seen and writes the deliveries in the same transaction.
signed document → answer and question → desk meet in `ask`: the clinic's own contract first, then the desk.
change of a payee → the people who could stop it: `tell_of_payee`.
"""

from api.journeys.asking import Asked, ask, open_enquiry, references, take_routes
from api.journeys.checking import check_outbox, silence, standing
from api.journeys.finding import closings, mail_open, open_now, recent_news
from api.journeys.keeping import remind_of_duties, renewals, tell_of_payee, tender_of
from api.journeys.telling import news, remind, tell
from api.journeys.watching import fetch_documents, record, take_in, watch

__all__ = [
    "Asked",
    "ask",
    "check_outbox",
    "closings",
    "fetch_documents",
    "mail_open",
    "news",
    "open_enquiry",
    "open_now",
    "recent_news",
    "record",
    "references",
    "remind",
    "remind_of_duties",
    "renewals",
    "silence",
    "standing",
    "take_in",
    "take_routes",
    "tell",
    "tell_of_payee",
    "tender_of",
    "watch",
]
