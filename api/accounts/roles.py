"""Who may do what: five roles and a short table."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What a person may do in their organisation."""

    OWNER = "owner"
    FINANCE = "finance"
    STAFF = "staff"
    READ_ONLY = "read-only"
    AUDITOR = "auditor"

    @property
    def writes(self) -> bool:
        """Whether this role changes anything but its own account."""
        return self not in {Role.READ_ONLY, Role.AUDITOR}

    @property
    def manages(self) -> bool:
        """Whether this role invites people and makes keys."""
        return self is Role.OWNER

    @property
    def pays(self) -> bool:
        """Whether this role sees payees and changes them."""
        return self in {Role.OWNER, Role.FINANCE}


@dataclass(frozen=True, slots=True)
class Principal:
    """On whose behalf a request acts: every private row is reached through `organisation_id`.

    `person_id` and `sign_in_id` are None for the local person and for a program, which has a `key_id`; `scopes` bind that key further.
    """

    organisation_id: int
    role: Role
    name: str = ""
    person_id: int | None = None
    sign_in_id: int | None = None
    key_id: int | None = None
    scopes: frozenset[str] = frozenset({"read", "write", "payees", "people"})
    has_second_factor: bool = False
    language: str = ""  # that the person chose for the pages; empty: none chosen
    proved_at: datetime | None = None  # when this session last showed the second factor

    @property
    def writes(self) -> bool:
        """Whether it may change the organisation's rows."""
        return self.role.writes and "write" in self.scopes

    @property
    def manages(self) -> bool:
        """Whether it handles people and keys: an owner, or a program that an owner gave this to."""
        return self.role.manages if self.key_id is None else "people" in self.scopes

    @property
    def pays(self) -> bool:
        """Whether it sees payees: owners and finance, or a program that an owner gave this to."""
        return self.role.pays if self.key_id is None else "payees" in self.scopes

    @property
    def audits(self) -> bool:
        """Whether it reads the audit log and the breach register."""
        return self.manages or (self.key_id is None and self.role is Role.AUDITOR)
