"""The pages: one module a subject, each over at most one room's store, usable without scripts."""

from importlib import import_module

from fastapi import APIRouter

MODULES = (
    "today",
    "lists",
    "tenders",
    "tender_documents",
    "tender",
    "pipeline",
    "sources",
    "quarantine",
    "contracts",
    "particulars",
    "comparison",
    "fee_review",
    "retention",
    "review",
    "contract_facts",
    "ask",
    "contacts",
    "enquiries",
    "enquiry",
    "alerts",
    "deliveries",
    "messages",
    "consents",
    "alert",
    "suppressions",
    "account",
    "people",
    "second_factor",
    "passkeys",
    "payees",
    "obligations",
    "audit",
    "breaches",
    "programs",
    "settings",
    "about",
)
# for whoever comes: probes, people with a mail of ours in hand, people at the door
PUBLIC = (
    "health",
    "metrics",
    "unsubscribe",
    "sign_in",
    "sign_in_code",
    "sign_in_passkey",
    "sign_in_provider",
    "sign_up",
    "confirm",
    "my_alerts",
    "feeds",
    "language",
    "help",
)


def routers() -> list[APIRouter]:
    """The pages of someone known."""
    return [import_module(f"api.pages.{name}").router for name in MODULES]


def public_routers() -> list[APIRouter]:
    """The pages of anyone."""
    return [import_module(f"api.pages.{name}").router for name in PUBLIC]
