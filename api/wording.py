"""What pages call the codes that the rooms store: terms, documents, changes, outcomes."""

from collections.abc import Callable, Iterable
from typing import Any

from api.languages import N_, gettext

# the kinds of the CUAD list (https://www.atticusprojectai.org/cuad) and our own
TERM_WORDS = {
    "affiliate_license_licensee": N_("Affiliate license licensee"),
    "affiliate_license_licensor": N_("Affiliate license licensor"),
    "agreement_date": N_("Agreement date"),
    "anti_assignment": N_("Anti assignment"),
    "audit_rights": N_("Audit rights"),
    "cap_on_liability": N_("Cap on liability"),
    "change_of_control": N_("Change of control"),
    "competitive_restriction_exception": N_("Competitive restriction exception"),
    "contract_number": N_("Contract number"),
    "covenant_not_to_sue": N_("Covenant not to sue"),
    "credential": N_("Credential"),
    "document_name": N_("Document name"),
    "effective_date": N_("Effective date"),
    "exclusivity": N_("Exclusivity"),
    "expiration_date": N_("Expiration date"),
    "extension_request": N_("Extension request"),
    "fee_code": N_("Fee code"),
    "governing_law": N_("Governing law"),
    "holdback": N_("Holdback"),
    "initial_term": N_("Initial term"),
    "insurance": N_("Insurance"),
    "insurance_amount": N_("Insurance amount"),
    "insurance_evidence": N_("Insurance evidence"),
    "insurance_type": N_("Insurance type"),
    "invoice_window": N_("Invoice window"),
    "ip_ownership_assignment": N_("IP ownership assignment"),
    "irrevocable_or_perpetual_license": N_("Irrevocable or perpetual license"),
    "joint_ip_ownership": N_("Joint ip ownership"),
    "license_grant": N_("License grant"),
    "liquidated_damages": N_("Liquidated damages"),
    "maximum_amount": N_("Maximum amount"),
    "minimum_commitment": N_("Minimum commitment"),
    "most_favored_nation": N_("Most favored nation"),
    "no_solicit_of_customers": N_("No solicit of customers"),
    "no_solicit_of_employees": N_("No solicit of employees"),
    "non_compete": N_("Non compete"),
    "non_disparagement": N_("Non disparagement"),
    "non_transferable_license": N_("Non transferable license"),
    "notice_address": N_("Notice address"),
    "notice_period_to_terminate_renewal": N_("Notice period to terminate renewal"),
    "option_to_renew": N_("Option to renew"),
    "parties": N_("Parties"),
    "post_termination_services": N_("Post termination services"),
    "premises": N_("Premises"),
    "price_restrictions": N_("Price restrictions"),
    "privacy_schedule": N_("Privacy schedule"),
    "records_retention": N_("Records retention"),
    "referral_acknowledgement": N_("Referral acknowledgement"),
    "renewal_term": N_("Renewal term"),
    "report_due": N_("Report due"),
    "revenue_profit_sharing": N_("Revenue profit sharing"),
    "rofr_rofo_rofn": N_("Right of first refusal, offer or negotiation"),
    "solicitation_number": N_("Solicitation number"),
    "source_code_escrow": N_("Source code escrow"),
    "termination_for_convenience": N_("Termination for convenience"),
    "third_party_beneficiary": N_("Third party beneficiary"),
    "uncapped_liability": N_("Uncapped liability"),
    "unlimited_all_you_can_eat_license": N_("Unlimited all you can eat license"),
    "volume_restriction": N_("Volume restriction"),
    "warranty_duration": N_("Warranty duration"),
}

DOCUMENT_WORDS = {
    "agreement": N_("Agreement"),
    "amendment": N_("Amendment"),
    "schedule": N_("Schedule"),
    "manual": N_("Manual"),
    "template": N_("Template"),
    "other": N_("Other"),
}

PAYEE_FIELD_WORDS = {
    "legal_name": N_("legal name"),
    "address": N_("address"),
    "remittance_email": N_("remittance mail"),
    "known_phone": N_("known telephone"),
    "language": N_("language of the mails"),
    "direct_deposit": N_("direct deposit"),
    "bank_account": N_("bank account"),
    "gst_number": N_("GST number"),
}

CHANGE_WORDS = {
    "requested": N_("Asked for"),
    "called_back": N_("Called back"),
    "approved": N_("Approved"),
    "applied": N_("Applied"),
    "refused": N_("Refused"),
    "withdrawn": N_("Withdrawn"),
}


STAGE_WORDS = {
    "watching": N_("Watching"),
    "preparing": N_("Preparing"),
    "submitted": N_("Submitted"),
    "won": N_("Won"),
    "lost": N_("Lost"),
    "declined": N_("Let pass"),
}
STAGE_TONES = {"watching": "info", "preparing": "warn", "submitted": "info", "won": "good", "lost": "quiet", "declined": "quiet"}

PURSUIT_STEP_WORDS = {
    "take_up": N_("Taken up"),
    "plan": N_("Owner or day set"),
    "go": N_("Go: we prepare a bid"),
    "no_go": N_("No-go: we let it pass"),
    "submit": N_("Submitted"),
    "win": N_("Won"),
    "lose": N_("Lost"),
    "contract": N_("Became a contract"),
    "undo": N_("Last step taken back"),
}


def term_words(kind: str) -> str:
    """The name of a kind of term; one that is not in the table by its own code."""
    return gettext(TERM_WORDS.get(kind, "")) or kind.replace("_", " ").capitalize()


def payee_fields(names: Iterable[str]) -> str:
    """The fields that a change is about, by their names."""
    return ", ".join(gettext(PAYEE_FIELD_WORDS.get(name, "")) or name.replace("_", " ") for name in names)


POINT_WORDS = {
    "published": N_("Published"),
    "told": N_("Change"),
    "recorded": N_("Recorded"),
    "closes": N_("Closing"),
    "now": N_("Now"),
}

# the kinds of messages, which are the folders of their templates
MESSAGE_WORDS = {
    "news": N_("News of a tender"),
    "reminder": N_("Reminder before a closing"),
    "digest": N_("Gathered news"),
    "open": N_("What is open already"),
    "obligation": N_("Something a contract makes due"),
    "channel_off": N_("A channel was switched off"),
    "health": N_("A source’s health"),
    "outbox_audit": N_("What the daily audit of messages found"),
    "confirm": N_("Question before the first alert"),
    "sign_in": N_("Link to sign in"),
    "invitation": N_("Invitation"),
    "enquiry": N_("Enquiry to a desk"),
    "payee_change": N_("Change of a payee"),
    "desk_card": N_("Answer to a mailed question"),
    "follow_up": N_("A desk that is silent"),
}
CHANNEL_WORDS = {"email": N_("mail"), "webhook": N_("webhook"), "apprise": "Apprise"}
CONFIDENCE_WORDS = (N_("high"), N_("medium"), N_("low"), N_("unknown"))  # how far a contact's source is trusted


def channel_words(channel: str) -> str:
    """The name of a channel; one that is not in the table by its own code."""
    return gettext(CHANNEL_WORDS.get(channel, channel))


def message_kind(kind: str) -> str:
    """The name of a kind of message; one that is not in the table by its own code."""
    return gettext(MESSAGE_WORDS.get(kind, "")) or kind.replace("_", " ").capitalize()


def message_words(news: Any) -> str:
    """What a message (its Notification) is about: the title or subject that it carries, else its kind."""
    return str(news.content.get("title") or news.content.get("subject") or message_kind(news.kind))


LEVEL_WORDS = {"good": N_("Good"), "advice": N_("Advice"), "missing": N_("Missing")}

TABLES = {
    "LEVEL_WORDS": LEVEL_WORDS,
    "POINT_WORDS": POINT_WORDS,
    "DOCUMENT_WORDS": DOCUMENT_WORDS,
    "CHANGE_WORDS": CHANGE_WORDS,
    "STAGE_WORDS": STAGE_WORDS,
    "STAGE_TONES": STAGE_TONES,
    "PURSUIT_STEP_WORDS": PURSUIT_STEP_WORDS,
}
FILTERS: dict[str, Callable[..., str]] = {
    "term_words": term_words,
    "payee_fields": payee_fields,
    "message_kind": message_kind,
    "message_words": message_words,
    "channel_words": channel_words,
}
