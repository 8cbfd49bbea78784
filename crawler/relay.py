"""Hands one crawl job to a crawl process of another OS user: `python -m crawler.relay SOCKET`, standard input to output.

The socket belongs to a service manager that starts `python -m crawler` for each connection with the connection as its
standard input and output (systemd: `Accept=yes`, `StandardInput=socket`). So the process that reads hostile pages can neither
read nor trace the one that holds database and keys, and neither of them needs a right to change users. The pulse of the job stays
on this side: when it is no longer felt this process ends, and with it the connection and the crawl.
"""

import json
import socket
import sys

from crawler.watchdog import obey


def main() -> None:
    """Status 1 with one sentence when nobody listens; ends when the other side has said all."""
    address, job = sys.argv[1], json.load(sys.stdin)
    if job["pulse"]:
        obey(*job["pulse"])
    with socket.socket(socket.AF_UNIX) as line:
        try:
            line.connect(address)
        except OSError as error:
            sys.exit(f"no crawl process can be started at {address}: {error.strerror} (is bidkeeper-crawl.socket running?)")
        line.sendall(json.dumps(job | {"pulse": None}).encode())
        line.shutdown(socket.SHUT_WR)
        while heard := line.recv(1 << 16):
            sys.stdout.buffer.write(heard)
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
