"""Every setting of the product: from `BIDKEEPER_…` variables, else from `bidkeeper.toml` in the data folder (configuration.py)."""

from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from api.configuration import PREFIX, FileSource, VariableFiles

__all__ = ["NO_DIRECT_WAY", "PREFIX", "Settings"]

NO_DIRECT_WAY = "none"


class Settings(BaseSettings):
    """Read once at the edge and handed inwards; nothing below the edge looks at the environment."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    data: Path = Path("data")
    database_url: str = ""
    database_direct_url: str = Field(
        default="",
        description="the same PostgreSQL past a pooler, by which nodes wake each other; `none` when there is no such way",
    )
    store_url: str = Field(
        default="", description="fsspec address of a store that all nodes share for originals and evidence, as s3://bucket/folder"
    )
    sources_file: Path | None = Field(
        default=None, description="TOML of sources; without it <data>/sources.toml, else the shipped list"
    )
    public_url: str = Field(
        default="http://127.0.0.1:8000", description="where recipients reach the pages; links in mails begin with it"
    )
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)

    open_on_loopback: bool = Field(
        default=True, description="lets whoever sits at this machine in without signing in; only while listening on loopback"
    )
    public_sign_up: bool = Field(
        default=True, description="lets whoever comes ask for alerts; nothing but one question is mailed before they confirm"
    )
    secret: SecretStr = Field(
        default=SecretStr(""), description="signs the links in mails; without it one is made in the data folder"
    )

    metrics: bool = Field(default=False, description="shows /metrics to whoever reaches the service")
    metrics_token: SecretStr = Field(default=SecretStr(""), description="shows /metrics to whoever sends it")
    api_per_minute: int = Field(default=600, ge=1, description="requests a minute that each key or session may send to the API")

    oidc_issuer: str = Field(default="", description="address of an OpenID Connect provider that people may sign in through")
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_name: str = Field(default="", description="what the sign-in page calls it")

    keys_file: Path | None = Field(
        default=None, description="keys that wrap the payees' data keys; without it <data>/keys, which no backup holds"
    )

    watched_folder: Path | None = Field(
        default=None, description="files put here are put on file; sub-folders are named for contracts"
    )

    smtp_host: str = ""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_username: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_timeout: float = 30.0  # seconds
    smtp_fallbacks: SecretStr = Field(
        default=SecretStr(""),
        description="relays to use while the first is down, as smtp://name:password@host:587, parted by spaces",
    )
    smtp_connections: int = Field(default=20, ge=1, le=500, description="connections to the relay at most")
    mail_limits: str = Field(
        default="", description="per recipient domain: messages at once and a minute, as `gmail.com=3,100/min *=10`"
    )
    mail_warm_up: int = Field(
        default=0, ge=0, description="messages on a new sender's first day, half as many again each day after"
    )
    mail_warm_up_since: date | None = Field(default=None, description="the first day of the warm-up")
    bounce_mailbox: str = Field(
        default="", description="our mailbox that takes plus-addresses; what comes back is addressed to it by delivery"
    )
    relay_webhook_secret: SecretStr = Field(
        default=SecretStr(""), description="signs what a relay tells of bounces and complaints over HTTP"
    )
    dkim_key: SecretStr = Field(
        default=SecretStr(""), description="private key (PEM) that signs mail; `bidkeeper dkim` makes one"
    )
    dkim_selector: str = "bidkeeper"
    dkim_domain: str = Field(default="", description="whose signature it is; without it the sender's domain")
    mail_from: str = "Bidkeeper <bidkeeper@localhost>"
    mail_postal_address: str = Field(default="", description="sender's mailing address, which CASL wants in every message")
    reply_mailbox: str = Field(
        default="", description="our mailbox that takes plus-addresses; answers to enquiries come there too, beside the asker"
    )
    ask_address: str = Field(
        default="",
        description="where people of the clinic may mail a question; without it, reply_mailbox under the plus-address +ask",
    )

    mailbox_host: str = Field(default="", description="IMAP server of the mailbox that bounces and answers come to")
    mailbox_port: int = Field(default=993, ge=1, le=65535)
    mailbox_security: Literal["tls", "starttls", "none"] = "tls"
    mailbox_username: str = ""
    mailbox_password: SecretStr = SecretStr("")
    mailbox_folder: str = "INBOX"
    mailbox_timeout: float = 30.0  # seconds
    mailbox_stamped_by: str = Field(
        default="",
        description="server whose Authentication-Results are believed: mailed questions that it did not find genuine get no answer",
    )
    mailbox_maildir: Path | None = Field(default=None, description="a maildir on this machine, instead of an IMAP server")
    follow_up_days: int = Field(
        default=3, ge=1, le=60, description="business days after which an unanswered enquiry reminds its asker, then the owners"
    )
    operator_email: str = Field(default="", description="who hears when a source can't be seen")

    user_agent: str = "Bidkeeper/0.1 (+procurement watch for a health-care provider; contact not configured)"
    allow_loopback_sources: bool = Field(
        default=False, description="lets the crawler reach 127.0.0.1; for the demo and tests only"
    )
    evidence_days: int = Field(
        default=0, description="days that portals' answers are kept, whole months at a time; 0 keeps them for ever"
    )
    document_scanner: str = Field(
        default="", description="command that scans a fetched bid document, its path put last: status 0 is clean, 1 infected"
    )
    allow_loopback_connections: bool = Field(
        default=False, description="lets webhooks and Apprise reach 127.0.0.1; for tests and receivers on this very machine"
    )
    crawl_timeout: float = 600.0  # seconds a crawl process may take
    crawl_socket: Path | None = Field(
        default=None,
        description="socket behind which crawl processes of another OS user are started; without it they are children",
    )

    @field_validator("public_url")
    @classmethod
    def _whole(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"“{value}” is no address that people can open: write it as https://bids.clinic.example")
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _over_tls(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "localhost"}:
            raise ValueError("an identity provider is reached by https only")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic names them
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What was said last wins: code, then variables, then the files they name, then the configuration file."""
        return init_settings, env_settings, VariableFiles(settings_cls), FileSource(settings_cls, init_settings())

    @cached_property
    def url(self) -> str:
        """The database's SQLAlchemy address: the one given, else SQLite in the data folder."""
        return self.database_url or f"sqlite:///{self.data / 'bidkeeper.db'}"

    @property
    def archive(self) -> Path:
        """Folder of the evidence (WARC files)."""
        return self.data / "evidence"

    @property
    def trust(self) -> Path:
        """Folder of certificates (PEM or DER) that signatures in documents may lead to."""
        return self.data / "trust"

    @property
    def keys(self) -> Path:
        """File of the keys that wrap the payees' data keys."""
        return self.keys_file or self.data / "keys"

    @property
    def originals(self) -> Path:
        """Folder of the signed documents, each under its sha256."""
        return self.data / "originals"
