"""Every command: what it is for, where it lives, and what the list of commands says of it."""

from typing import NamedTuple


class Command(NamedTuple):
    """`where` is module:attribute; a Typer there is a group of commands, a function is one. `says` begins the command's own help."""

    where: str
    says: str
    panel: str = ""


PANELS = {
    "Set up and run": {
        "init": Command(
            "api.cli.init:init", "Set this installation up: configuration, keys, database, and a link for the first owner."
        ),
        "serve": Command("api.cli.serve:serve", "Serve the pages, look at each source in its rhythm, and send what is due."),
        "worker": Command(
            "api.cli.worker:worker",
            "Look at sources, run the jobs and send what is due, beside `serve`, on any number of machines.",
        ),
        "doctor": Command("api.cli.doctor:doctor", "Look at this installation and say what is missing."),
        "demo": Command("api.cli.demo:demo", "Run a portal, a mailbox and the service on this machine, and tell what happens."),
        "db": Command("api.cli.db:app", "The database's schema."),
    },
    "Watch": {
        "sources": Command("api.cli.sources:app", "How well each source can be seen, and why not."),
        "crawl": Command("api.cli.crawl:crawl", "Look at sources now: fetch, compare, store, and write the alerts that are due."),
        "import": Command("api.cli.crawl:import_", "Take in a saved answer of a portal as if it had just been fetched."),
        "parse": Command("api.cli.parse:parse", "Read a saved answer of a portal and list the postings in it."),
        "replay": Command(
            "api.cli.replay:replay", "Read saved answers in the order of their time and print every event they would have raised."
        ),
        "tenders": Command("api.cli.tenders:app", "The bids that are known."),
    },
    "Tell": {
        "subscribe": Command("api.cli.subscribe:subscribe", "Send alerts to an address."),
        "subscriptions": Command("api.cli.subscribe:subscriptions", "List who is told of what."),
        "deliveries": Command("api.cli.subscribe:deliveries", "List what was sent, to whom, and what waits or failed and why."),
        "outbox": Command(
            "api.cli.subscribe:outbox", "Count the deliveries in each state and name those that nobody takes care of."
        ),
        "mailbox": Command("api.cli.mailbox:mailbox", "List the mail that no handler took, newest first."),
        "dkim": Command("api.cli.dkim:dkim", "Print the DNS record to publish for the key in use, or for a new one."),
    },
    "Keep": {
        "contracts": Command("api.cli.contracts:app", "Signed contracts: what they say, as of a day, with page and quote."),
        "payees": Command("api.cli.payees:app", "Whom to pay: payee numbers and their bank details."),
    },
    "Ask": {
        "ask": Command("api.cli.ask:ask", "Which desk answers a question, why, and how to reach it."),
        "enquiries": Command("api.cli.enquiries:app", "Questions put to desks: drafts, answers, follow-ups."),
        "routes": Command("api.cli.routes:app", "Contacts that program pages state, proposed and decided."),
    },
    "People and safety": {
        "users": Command("api.cli.users:app", "Organisations and the people who may sign in."),
        "keys": Command("api.cli.keys:app", "Keys for programs that use the API."),
        "audit": Command("api.cli.audit:app", "The audit log."),
        "breaches": Command("api.cli.breaches:app", "The register of breaches, kept for 24 months and longer."),
        "backup": Command(
            "api.cli.backup:backup", "Save the database, the originals and the evidence, verified, while the service runs."
        ),
        "restore": Command(
            "api.cli.backup:restore", "Put a backup into an empty data folder (BIDKEEPER_DATA), or only verify it."
        ),
        "migrate-data": Command("api.cli.migrate_data:migrate_data", "Move every row, verified."),
    },
}
COMMANDS = {name: command._replace(panel=panel) for panel, held in PANELS.items() for name, command in held.items()}
