"""Whom to pay: payee numbers, their secrets in the vault, and changes that take two persons, a call and a wait.

`records` holds the numbers and shows them masked, `steps` takes a change from the request to its effect, `keys` rotates and
erases, `sealing` is where ciphertext is made and opened. Every step and every reveal is in the audit log.
"""

from contracts.payees.keys import erase, rotate
from contracts.payees.records import create, masked, payee, payees, reveal, with_account
from contracts.payees.sealing import SECRET, Refused, Vault
from contracts.payees.steps import (
    COOLING_OFF,
    PLAIN,
    Notice,
    apply_due,
    approve,
    call_back,
    change,
    changes,
    needs_call,
    refuse,
    request_change,
    waiting,
)

__all__ = [
    "COOLING_OFF",
    "PLAIN",
    "SECRET",
    "Notice",
    "Refused",
    "Vault",
    "apply_due",
    "approve",
    "call_back",
    "change",
    "changes",
    "create",
    "erase",
    "masked",
    "needs_call",
    "payee",
    "payees",
    "refuse",
    "request_change",
    "reveal",
    "rotate",
    "waiting",
    "with_account",
]
