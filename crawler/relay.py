"""Hands one crawl job to a crawl process of another OS user: `python -m crawler.relay SOCKET`, standard input to output.

The socket belongs to a service manager that starts `python -m crawler` for each connection with the connection as its
standard input and output (systemd: `Accept=yes`, `StandardInput=socket`). So the process that reads hostile pages can neither
read nor trace the one that holds database and keys, and neither of them needs a right to change users.
"""

import shutil
import socket
import sys


def main() -> None:
    """Status 1 with one sentence when nobody listens; ends when the other side has said all."""
    address = sys.argv[1]
    with socket.socket(socket.AF_UNIX) as line:
        try:
            line.connect(address)
        except OSError as error:
            sys.exit(f"no crawl process can be started at {address}: {error.strerror} (is bidkeeper-crawl.socket running?)")
        with line.makefile("wb") as there:
            shutil.copyfileobj(sys.stdin.buffer, there)
        line.shutdown(socket.SHUT_WR)
        while heard := line.recv(1 << 16):
            sys.stdout.buffer.write(heard)
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
