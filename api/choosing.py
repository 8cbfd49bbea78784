"""The form in which a person chooses how they are told, on whichever page it stands."""

from typing import Any

from pydantic import BaseModel, Field

from api.languages import N_
from notifier.marks import LEADS, Lead

FREQUENCIES = (
    ("instant", N_("At once")),
    ("hourly", N_("Every hour, gathered")),
    ("daily", N_("Once a day, gathered")),
    ("weekly", N_("Once a week, gathered")),
)
WEEKDAYS = tuple(
    enumerate(
        (
            N_("Monday"),
            N_("Tuesday"),
            N_("Wednesday"),
            N_("Thursday"),
            N_("Friday"),
            N_("Saturday"),
            N_("Sunday"),
        )
    )
)
ZONES = (
    "America/Vancouver",
    "America/Edmonton",
    "America/Regina",
    "America/Winnipeg",
    "America/Toronto",
    "America/Halifax",
    "America/St_Johns",
)


class ChoiceForm(BaseModel):
    """What was chosen; what the form did not offer is None. A box that is not ticked says so only where `whole` is sent."""

    language: str | None = Field(default=None, max_length=5)
    frequency: str | None = Field(default=None, max_length=20)
    deliver_at: str | None = Field(default=None, max_length=10)
    weekday: int | None = None
    zone: str | None = Field(default=None, max_length=60)
    quiet_from: str | None = Field(default=None, max_length=10)
    quiet_until: str | None = Field(default=None, max_length=10)
    workdays: str = Field(default="", max_length=10)
    reminders: list[str] = Field(default_factory=list, max_length=20)
    whole: str = Field(default="", max_length=10)

    def choices(self) -> dict[str, Any]:
        """The choices as `notifier.choices` takes them."""
        chosen: dict[str, Any] = {
            name: value or None
            for name, value in (("language", self.language), ("frequency", self.frequency), ("zone", self.zone))
        }
        chosen |= {"deliver_at": self.deliver_at or None, "weekday": self.weekday, "quiet": self._quiet()}
        if self.whole:
            chosen |= {"workdays": self.workdays == "yes", "reminders": self.reminders}
        return chosen

    def _quiet(self) -> str | None:
        if self.quiet_from is None and self.quiet_until is None:
            return None
        return f"{self.quiet_from or ''}-{self.quiet_until or ''}" if self.quiet_from or self.quiet_until else ""


def lead_words(lead: Lead) -> tuple[str, int]:
    """The unit and number of a lead, for a page to say."""
    return ("hours", int(lead[:-1])) if isinstance(lead, str) else ("days", lead)


OFFERED = {
    "frequencies": FREQUENCIES,
    "weekdays": WEEKDAYS,
    "zones": ZONES,
    "leads": [(lead, *lead_words(lead)) for lead in LEADS],
}
