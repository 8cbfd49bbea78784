"""Mail that comes in: each message of a mailbox goes once to the first handler of a table that takes it.

`Mailbox` is what a place of mail can do (`imap.py`, `maildir.py`); `collect` reads one. A message stays in the inbox until its
handler's work is committed, then moves to the folder `DONE`; what nobody took, or could not be read, moves to `KEPT`, with a row
that says why. Put back into the inbox, it is tried again.
"""

from notifier.mailbox.collecting import Collected, Handler, collect, listed
from notifier.mailbox.mail import Mail
from notifier.mailbox.places import DONE, KEPT, Found, Mailbox, MailboxTrouble

__all__ = ["DONE", "KEPT", "Collected", "Found", "Handler", "Mail", "Mailbox", "MailboxTrouble", "collect", "listed"]
