"""Open bids that close within two weeks, by the typed client: BIDKEEPER_REMOTE=https://… BIDKEEPER_REMOTE_KEY=bk_… python examples/open_tenders.py"""

import os

from api.client import Client, Tender


def soon(client: Client, *, days: int = 14) -> list[Tender]:
    """The tenders, soonest first."""
    return list(client.tenders(status=["open"], within=days, sort="closes"))


def line(tender: Tender) -> str:
    """One tender as a line."""
    return f"{tender['closes'] or 'no time given':20}  {tender['number'] or '':12}  {tender['title']}"


def main() -> None:
    with Client(os.environ["BIDKEEPER_REMOTE"], os.environ["BIDKEEPER_REMOTE_KEY"]) as client:
        for tender in soon(client):
            print(line(tender))


if __name__ == "__main__":
    main()
