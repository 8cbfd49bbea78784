"""The JSON API: one module a resource, under /api/v1."""

from importlib import import_module

from fastapi import APIRouter

MODULES = (
    "tenders",
    "tender_documents",
    "ocds",
    "sources",
    "pursuits",
    "submissions",
    "contracts",
    "agreements",
    "contract_edits",
    "particulars",
    "obligations",
    "obligation_acts",
    "retention",
    "payees",
    "questions",
    "enquiries",
    "enquiry_acts",
    "subscriptions",
    "deliveries",
    "suppressions",
    "people",
    "keys",
    "audit",
    "breaches",
)
PUBLIC = ("sign_ups", "relay_events")  # for whoever comes


def routers() -> list[APIRouter]:
    """Every resource's routes."""
    return [import_module(f"api.json.{name}").router for name in MODULES]


def public_routers() -> list[APIRouter]:
    """The routes of anyone."""
    return [import_module(f"api.json.{name}").router for name in PUBLIC]
