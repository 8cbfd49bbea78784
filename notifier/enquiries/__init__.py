"""Enquiries as rows: a draft from a question, edited, sent or telephoned, its replies, follow-ups, corrections and close.

`acts.py` holds what a person does with one, `mail.py` the mails out and in,
`following.py` what happens while a desk is silent, `rows.py` every query. Every function takes the
organisation with it and flushes; the edge commits. What may be done when stands in `lifecycle.py`.
"""

from notifier.enquiries.acts import answer, call, close, draft, edit, escalate, flags, note, reopen, review, take_out, wrong_desk
from notifier.enquiries.following import follow_up, put_off
from notifier.enquiries.mail import Flagged, Posting, Unsendable, bounced, receive, send, take
from notifier.enquiries.rows import corrections, find_one, messages, overdue, search

__all__ = [
    "Flagged",
    "Posting",
    "Unsendable",
    "answer",
    "bounced",
    "call",
    "close",
    "corrections",
    "draft",
    "edit",
    "escalate",
    "find_one",
    "flags",
    "follow_up",
    "messages",
    "note",
    "overdue",
    "put_off",
    "receive",
    "reopen",
    "review",
    "search",
    "send",
    "take",
    "take_out",
    "wrong_desk",
]
