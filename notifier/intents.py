"""What a sentence does, in the order of the routing policy: its patterns are features beside the words, not decisions.

The order is the policy's: money that went missing comes before records, records before the contract as a paper, that before one person's
claim, and that before what any provider may or must do.
"""

import re
from collections.abc import Iterator

_BILL = r"(?:invoic\w*|bill|bills|billed|billing|rebill\w*|factur\w*|remittance\w*|eft|overpay\w*)"
_PAID = r"(?:paid|pay|payment|payments|_paye|deposited|reimbursed|cheque|deposit)"
_PAPER = r"(?:contract|contracts|agreement|agreements|contrat|entente|amendment|renewal)"
_ONE = r"(?:_person|_claimno|(?:the|our|my|this|that|one of our) (?:\w+ )?(?:worker|patient|client|claimant|pt|man|woman|lady|guy)\b(?! s\b)|he|she|him|his|her)"
_ANYONE = r"(?:workers|patients|clients|someone|anyone|a worker|each worker|every worker|a client|a patient|any worker|clinics|providers|therapists|clinicians)"

INTENTS = {
    "money_state": rf"\b(?:not|never|still|yet|only|twice|n't|hasn't|haven't|wasn't|weren't|isn't|been|was|were|got|get|already|nothing) (?:\w+ ){{0,3}}?{_PAID}\b"
    rf"|\b{_PAID} (?:\w+ ){{0,3}}?(?:twice|late|missing|short|less|wrong|instead|status|yet|never|not|hasn't|where)\b|\b(?:owe|owes|owed|owing|unpaid|overdue|impayee?s?|short paid|underpaid|overpaid)\b",
    "bill_doing": rf"\b(?:submit|send|sent|sending|file|fax|faxed|correct|fix|cancel|void|delete|resubmit|enter|upload|put|make|do) (?:\w+ ){{0,4}}?{_BILL}\b|\b(?:how|where|when|which) (?:\w+ ){{0,4}}?{_BILL}\b",
    "bill_refused": rf"\b{_BILL} (?:\w+ ){{0,6}}?(?:reject\w*|denied|refused|returned|declined|bounced|back|cut|reduced|error)\b|\b(?:reject\w*|denied|refused|returned|declined) (?:\w+ ){{0,4}}?{_BILL}\b",
    "record_change": r"\b(?:chang\w*|updat\w*|correct|fix|switch\w*|replace|remove|add|new|moved|wrong|old) (?:\w+ ){0,5}?(?:bank\w*|account|deposit|address|name|phone|fax|email|contact|signing|officer|gst|payee|vendor|supplier|records?|file|profile)\b",
    "paper": rf"\b(?:copy|copies|number|sign|signed|signing|signature|expir\w*|renew\w*|end|ends|start|terminat\w*|assign\w*|transfer\w*|amend\w*|add\w*|remove|resend|countersigned|date) (?:\w+ ){{0,6}}?{_PAPER}\b"
    rf"|\b{_PAPER} (?:\w+ ){{0,5}}?(?:expir\w*|end|ends|renew\w*|copy|number|signed|sign|assign\w*|transfer\w*|terminat\w*|in effect|in force)\b",
    "bidding": r"\b(?:rfp|rfq|bid|bids|bidding|tender|proposal|addendum|addenda|solicitation|debrief|become a provider|bid opportunities|_tenderno)\b",
    "one_person": rf"\b{_ONE}\b",
    "claim_of_one": rf"\bclaims?\b(?:.{{0,60}})\b{_ONE}\b|\b{_ONE}\b(?:.{{0,60}})\bclaims?\b|\b(?:the|his|her|my|this|whose) (?:wcb )?(?:claim|file)\b",
    "decision_of_one": rf"\b(?:approv\w*|authoriz\w*|grant\w*|accept\w*|decid\w*|decision|fund\w*|cover\w*) (?:.{{0,60}})\b{_ONE}\b|\b{_ONE}\b(?:.{{0,60}})\b(?:approv\w*|authoriz\w*|grant\w*|accepted|decided|decision)\b",
    "anyone": rf"\b{_ANYONE}\b",
    "may_must": r"\b(?:can|may|must|should|do|does|are|could|is it|would) (?:we|clinics|a|an|our|the team|the clinic|providers|therapists|each|every|all|workers|one|the \w+|the \w+ \w+) (?:\w+ ){0,2}?(?:allowed|permitted|have to|need to|required|ok|expected|be|use|provide|do|give|run|accept|deliver|offer|share|bill|charge)\b|\b(?:required|mandatory|permitted|allowed|obliged|expected)\b",
    "how_much_rule": r"\b(?:how (?:many|much|often|soon|long|detailed|far)|maximum|minimum|limit|cap|deadline|within (?:\w+ )?(?:days|weeks|hours)|due|ratio|criteria|definition|mean|means|meant)\b",
    "fee_of": r"\b(?:fee|fees|rate|rates|tarif|code|codes|_code) (?:for|of|under|include\w*|pour|cover\w*|description|definition)\b|\bwhat (?:is|s|does) (?:\w+ ){0,4}?(?:fee|rate|code|_code)\b",
    "signing_in": r"\b(?:log(?:ging)? ?(?:in|on)|login|sign(?:ing)? in|password|username|user id|locked out|verification code|connecter|mot de passe)\b",
    "site_fault": r"\b(?:portal|portail|website|site|page) (?:\w+ ){0,4}?(?:down|slow|error|crash\w*|freez\w*|load\w*|spin\w*|blank|working|broken)\b",
    "asks_person": r"\b(?:who (?:is|s|owns|handles|looks)|reach|phone|call|contact|speak|talk) (?:\w+ ){0,5}?(?:case manager|claim owner|officer|adjudicator|manager|nurse)\b",
}
_COMPILED = {name: re.compile(pattern) for name, pattern in INTENTS.items()}
_ORDER = ("bill_refused", "money_state", "bill_doing", "record_change", "bidding", "paper", "decision_of_one", "claim_of_one", "one_person", "fee_of", "how_much_rule", "may_must", "signing_in", "site_fault")  # fmt: skip


def intents(words: list[str]) -> Iterator[str]:
    """Names of what a sentence (folded words) does, then `first_…`: the one that the policy names first."""
    sentence = " ".join(words)
    found = [name for name, pattern in _COMPILED.items() if pattern.search(sentence)]
    yield from found
    first = next((name for name in _ORDER if name in found), None)
    if first:
        yield f"first_{first}"
        if "one_person" not in found and "anyone" in found:
            yield f"anyone_{first}"
