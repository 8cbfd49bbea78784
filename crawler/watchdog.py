"""A crawl process ends with its parent: when that is gone, and when it has stood still for longer than its turn lasts.

The parent writes a byte into a pipe each time it has renewed its lease. So a host whose lease runs out is asked no more by the
time another process may take it, though the process that was responsible can't say so. That somebody reads what the crawl process
writes is watched too: that way it ends when the parent is a relay's, on the other side of a socket.
"""

import os
import select
from threading import Thread

GONE = 3  # exit status of a crawl process whose parent is not heard of any more


def obey(pipe: int, patience: float) -> None:
    """End this process once `pipe` is closed or silent for `patience` seconds."""
    Thread(target=_listen, args=(pipe, patience), name="watchdog", daemon=True).start()


def end_with_reader(out: int) -> None:
    """End this process once nobody holds the other end of `out`, a pipe or a socket."""
    Thread(target=_wait, args=(out,), name="reader gone", daemon=True).start()


def _wait(out: int) -> None:
    ends = select.poll()
    ends.register(out, 0)  # hang-ups and errors are told unasked
    ends.poll()
    os._exit(GONE)


def _listen(pipe: int, patience: float) -> None:
    while True:
        ready, _, _ = select.select([pipe], [], [], patience)
        if not ready or not os.read(pipe, 4096):
            os._exit(GONE)
