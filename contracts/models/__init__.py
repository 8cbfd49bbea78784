"""Tables of the keeping room. Every row carries its organisation and is reached only through it."""

from contracts.models.agreements import Contract, ContractAmendment, ContractParty, ContractSite, Credential, RenewalOption
from contracts.models.documents import Clause, Document, DocumentPage
from contracts.models.keeping import AuditEntry, AuditHead, LegalHold, RetentionRule
from contracts.models.paying import Payee, PayeeChange, Secret
from contracts.models.pursuits import Pursuit, PursuitStep, PursuitTask
from contracts.models.sayings import FeeItem, Obligation, Term

__all__ = [
    "AuditEntry",
    "AuditHead",
    "Clause",
    "Contract",
    "ContractAmendment",
    "ContractParty",
    "ContractSite",
    "Credential",
    "Document",
    "DocumentPage",
    "FeeItem",
    "LegalHold",
    "Obligation",
    "Payee",
    "PayeeChange",
    "Pursuit",
    "PursuitStep",
    "PursuitTask",
    "RenewalOption",
    "RetentionRule",
    "Secret",
    "Term",
]
