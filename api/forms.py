"""What a page says after a form was sent: a code in the address, words from this table, never text from the address."""

from fastapi.responses import RedirectResponse

DONE = {
    "subscribed": "Signed up. The next posting that matches will be mailed.",
    "paused": "Paused. Nothing is mailed until it is resumed.",
    "resumed": "Resumed. The next posting that matches will be mailed.",
    "ended": "Ended. Nothing more is mailed for this search.",
    "retried": "It will be tried again within a minute.",
    "accepted": "Accepted. What that look showed has been stored.",
    "rejected": "Rejected. That look changes nothing.",
    "confirmed": "Confirmed. It is used in answers from now on.",
    "refused": "Marked as wrong. It is not used in answers.",
    "added": "Added. Its text can be asked from now on.",
    "known": "This file was already here; nothing was stored twice.",
    "saved": "Saved.",
    "drafted": "Drafted. Read it through; nothing was sent yet.",
    "taken_out": "The personal data was taken out. Read it through before you send it.",
    "sent": "It is in the outbox and goes out within seconds.",
    "written": "Written down.",
    "corrected": "Kept for review. Thank you: this is how the router learns.",
    "closed": "Closed.",
    "password": "The password is set, and every other session of yours has ended.",
    "signed_out": "That session has ended.",
    "person_ended": "Taken out. Their sessions have ended.",
    "revoked": "Revoked. The key no longer works.",
    "link_mailed": "If somebody with this address belongs here, a link that signs them in is on its way; it works for half an hour.",
    "factor_off": "The second factor is off. Payees can’t be shown until you set up another.",
    "change_requested": "Asked for. Next, call the payee on the number known before.",
    "called_back": "The call is recorded. Somebody else approves the change now.",
    "change_approved": "Approved. It takes effect after two days, unless somebody refuses it before.",
    "change_refused": "Refused. Nothing changes, and what was asked for is forgotten.",
    "planned": "Laid out anew from what is confirmed.",
    "obligation_closed": "Closed.",
    "asked": "Thank you. If this address is not signed up for this already, a mail asks its owner to confirm.",
    "alerts_confirmed": "Confirmed. The next posting that matches will be mailed.",
    "paused_until": "Paused. Mails start again by themselves on the day you chose.",
    "all_ended": "Ended. Nothing more is mailed to this address.",
}


def done(address: str, code: str) -> RedirectResponse:
    """To `address` with a GET (303), where `code`'s words are shown once."""
    assert code in DONE
    return RedirectResponse(f"{address}{'&' if '?' in address else '?'}done={code}", 303)


def said(query: str | None) -> str | None:
    """The words for a code in the address, None for any other text."""
    return DONE.get(query or "")
