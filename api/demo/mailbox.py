"""An SMTP server on loopback that keeps what it is given, and a page that shows it."""

from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import escape
from typing import Any

from aiosmtpd.controller import Controller
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route


@dataclass
class Mailbox:
    """Every message accepted, in order; `to` is the envelope's recipient, not the header."""

    mails: list[tuple[str, EmailMessage]] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep the message for each recipient it was accepted for."""
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.extend((recipient, message) for recipient in envelope.rcpt_tos)
        return "250 2.0.0 kept"

    def controller(self, port: int) -> Controller:
        """The server, not yet started."""
        return Controller(self, hostname="127.0.0.1", port=port)

    def to_json(self) -> list[dict[str, str]]:
        """The mails as {to, subject, message_id}."""
        return [{"to": to, "subject": str(mail["Subject"]), "message_id": str(mail["Message-ID"])} for to, mail in self.mails]

    def routes(self) -> list[Route]:
        """The pages of the mailbox."""
        return [Route("/", self.index), Route("/mail/{n:int}", self.show)]

    def app(self) -> Starlette:
        """The mailbox as an ASGI application."""
        return Starlette(routes=self.routes())

    async def index(self, _request: Request) -> Response:
        """All mails, newest first."""
        rows = "".join(
            f"<li><a href='/mail/{n}'>{escape(str(mail['Subject']))}</a> <small>to {escape(to)}</small></li>"
            for n, (to, mail) in reversed(list(enumerate(self.mails)))
        )
        return HTMLResponse(_page("Mailbox", f"<h1>Mailbox</h1><ol>{rows or '<li>No mail yet.</li>'}</ol>", refresh=True))

    async def show(self, request: Request) -> Response:
        """One mail: its headers, its text, and the HTML part in a frame that may load nothing."""
        n = request.path_params["n"]
        if n >= len(self.mails):
            return HTMLResponse(_page("Mailbox", "<p>There is no such mail. <a href='/'>All mails</a></p>"), status_code=404)
        to, mail = self.mails[n]
        headers = "".join(f"<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>" for name, value in mail.items())
        plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
        text = f"<h2>Text</h2><pre>{escape(plain.get_content())}</pre>" if plain else ""
        frame = (
            f"<h2>HTML</h2><iframe sandbox title='HTML part' srcdoc=\"{escape(html.get_content())}\"></iframe>" if html else ""
        )
        return HTMLResponse(
            _page(
                str(mail["Subject"]),
                f"<p><a href='/'>All mails</a></p><h1>{escape(str(mail['Subject']))}</h1>"
                f"<p>to {escape(to)}</p>{frame}{text}<h2>Headers</h2><dl>{headers}</dl>",
            )
        )


def _page(title: str, body: str, *, refresh: bool = False) -> str:
    style = (
        "body{font:1rem/1.5 system-ui;max-width:46rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
        "pre{white-space:pre-wrap}iframe{width:100%;height:34rem;border:1px solid #8888}dt{font-weight:600}dd{overflow-wrap:anywhere}"
    )
    again = "<meta http-equiv='refresh' content='3'>" if refresh else ""
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><meta name='viewport' content='width=device-width'>{again}"
        f"<title>{escape(title)}</title><style>{style}</style></head><body>{body}</body></html>"
    )
