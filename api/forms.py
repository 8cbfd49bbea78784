"""What a page says after a form was sent: a code in the address, words from this table, never text from the address."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi.responses import RedirectResponse

from api.languages import N_, gettext

DONE = {
    "subscribed": N_("Signed up. The next posting that matches will be mailed."),
    "paused": N_("Paused. Nothing is mailed until it is resumed."),
    "resumed": N_("Resumed. The next posting that matches will be mailed."),
    "ended": N_("Ended. Nothing more is mailed for this search."),
    "retried": N_("It will be tried again within a minute."),
    "accepted": N_("Accepted. What that look showed has been stored."),
    "rejected": N_("Rejected. That look changes nothing."),
    "confirmed": N_("Confirmed. It is used in answers from now on."),
    "refused": N_("Marked as wrong. It is not used in answers."),
    "added": N_("Added. Its text can be asked from now on."),
    "known": N_("This file was already here; nothing was stored twice."),
    "saved": N_("Saved."),
    "taken_off": N_("Taken off. What it said stays in the audit log."),
    "held": N_("Held. Nobody can dispose of it until the hold is lifted."),
    "lifted": N_("The hold is lifted."),
    "disposed": N_("Disposed of. The audit log keeps its name and the digests of its files."),
    "fees_decided": N_("Decided. Confirmed fees answer from now on."),
    "fees_imported": N_("The schedule is on file, each line confirmed."),
    "drafted": N_("Drafted. Read it through; nothing was sent yet."),
    "taken_out": N_("The personal data was taken out. Read it through before you send it."),
    "sent": N_("It is in the outbox and goes out within seconds."),
    "written": N_("Written down."),
    "corrected": N_("Kept for review. Thank you: this is how the router learns."),
    "closed": N_("Closed."),
    "password": N_("The password is set, and every other session of yours has ended."),
    "signed_out": N_("That session has ended."),
    "person_ended": N_("Taken out. Their sessions have ended."),
    "role_changed": N_("Changed. The new role counts from their next click on."),
    "revoked": N_("Revoked. The key no longer works."),
    "link_mailed": N_(
        "If somebody with this address belongs here, a link that signs them in is on its way; it works for half an hour."
    ),
    "passkey_removed": N_("Taken away. That device no longer signs you in here."),
    "factor_off": N_("The second factor is off. Payees can’t be shown until you set up another."),
    "change_requested": N_("Asked for. Next, call the payee on the number known before."),
    "called_back": N_("The call is recorded. Somebody else approves the change now."),
    "change_approved": N_("Approved. It takes effect after two days, unless somebody refuses it before."),
    "change_refused": N_("Refused. Nothing changes, and what was asked for is forgotten."),
    "planned": N_("Laid out anew from what is confirmed."),
    "obligation_closed": N_("Closed."),
    "open_sent": N_("What is open now is on its way."),
    "open_known": N_("What is open was sent for this search before, or nothing is open: nothing was sent."),
    "rotated": N_("The secret is new. The old one signs beside it for a week."),
    "replayed": N_("What it missed in the last 30 days is sent again."),
    "asked": N_("Thank you. If this address is not signed up for this already, a mail asks its owner to confirm."),
    "alerts_confirmed": N_("Confirmed. The next posting that matches will be mailed."),
    "paused_until": N_("Paused. Mails start again by themselves on the day you chose."),
    "allowed": N_("Allowed. The next alert is sent to this address again."),
    "breach_recorded": N_("Written down. The audit log notes it too."),
    "breach_noted": N_("Noted."),
    "taken_up": N_("Taken up. Decide whether to go for it when you have read it."),
    "moved_on": N_("Done."),
    "contract_made": N_("The contract is on file. Add its signed documents now."),
    "taken_back": N_("Taken back."),
    "ticked": N_("Noted."),
    "restored": N_("It is as it was before."),
    "person_restored": N_("Back again. They sign in anew."),
    "all_ended": N_("Ended. Nothing more is mailed to this address."),
}


# what can be taken back right after it was done: the code, and the form's address for the row `of`, beneath the page's own `path`
UNDO = {
    "paused": "/alerts/{of}/resume",
    "obligation_closed": "/obligations/{of}/reopen",
    "moved_on": "/pipeline/{of}/undo",
    "confirmed": "/terms/{of}/reconsider",
    "refused": "/terms/{of}/reconsider",
    "ended": "/alerts/{of}/restore",
    "closed": "/enquiries/{of}/reopen",
    "person_ended": "/account/people/{of}/restore",
    "rejected": "{path}/held/{of}/reconsider",
}


@dataclass(frozen=True, slots=True)
class Flash:
    """What a page says once, and where the form that takes it back is sent, if it can be."""

    words: str
    undo: str | None = None


def done(address: str, code: str, *, of: int | None = None) -> RedirectResponse:
    """To `address` with a GET (303), where `code`'s words are shown once, with the way back where there is one for the row `of`."""
    assert code in DONE
    query = f"done={code}&of={of}" if of is not None and code in UNDO else f"done={code}"
    return RedirectResponse(f"{address}{'&' if '?' in address else '?'}{query}", 303)


def flash(query: Mapping[str, str], path: str) -> Flash | None:
    """What a code in the address says, None for any other text; only a number of ours gets into the address of the undoing."""
    code, of = query.get("done", ""), query.get("of", "")
    if code not in DONE:
        return None
    known = code in UNDO and of.isascii() and of.isdecimal() and len(of) < 10
    return Flash(gettext(DONE[code]), UNDO[code].format(of=of, path=path) if known else None)
