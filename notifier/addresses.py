"""Mail addresses as they are compared and kept."""

from email_validator import EmailNotValidError, validate_email


class InvalidAddress(ValueError):
    """Raised by `subscribe` for something that is no address of its channel; the sentence says why."""


def normal_address(address: str) -> str:
    """The address as it is compared and stored: the domain in lower case, international ones in their ASCII form."""
    try:
        # deliverability is the relay's business; the service must start without a network
        found = validate_email(address.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        reason = str(error).rstrip(".")
        raise InvalidAddress(f"{address.strip()[:80]!r} is not a mail address: {reason[:1].lower()}{reason[1:]}") from None
    return found.ascii_email or found.normalized
