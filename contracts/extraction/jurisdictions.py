"""The law that governs a contract, by name: "the laws of the Province of British Columbia" → British Columbia."""

import re
from collections.abc import Iterator

STATES = (
    "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|District of Columbia|Florida|Georgia|Hawaii|"
    "Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|"
    "Missouri|Montana|Nebraska|Nevada|New Hampshire|New Jersey|New Mexico|New York|North Carolina|North Dakota|Ohio|"
    "Oklahoma|Oregon|Pennsylvania|Rhode Island|South Carolina|South Dakota|Tennessee|Texas|Utah|Vermont|Virginia|"
    "Washington|West Virginia|Wisconsin|Wyoming|Puerto Rico|Guam"
).split("|")
PROVINCES = (
    "Alberta|British Columbia|Manitoba|New Brunswick|Newfoundland and Labrador|Northwest Territories|Nova Scotia|Nunavut|"
    "Ontario|Prince Edward Island|Quebec|Saskatchewan|Yukon|New South Wales|Queensland|South Australia|Tasmania|Victoria|"
    "Western Australia"
).split("|")
COUNTRIES = (
    "Argentina|Australia|Austria|Bahamas|Bahrain|Barbados|Belgium|Bermuda|Brazil|British Virgin Islands|Bulgaria|Canada|"
    "Cayman Islands|Chile|Colombia|Costa Rica|Croatia|Cyprus|Czech Republic|Denmark|Dominican Republic|Ecuador|Egypt|"
    "England and Wales|England|Estonia|Finland|France|Germany|Ghana|Gibraltar|Greece|Guernsey|Hong Kong|Hungary|Iceland|India|"
    "Indonesia|Ireland|Isle of Man|Israel|Italy|Jamaica|Japan|Jersey|Jordan|Kazakhstan|Kenya|Kuwait|Latvia|Lebanon|"
    "Liechtenstein|Lithuania|Luxembourg|Macau|Malaysia|Malta|Marshall Islands|Mauritius|Mexico|Monaco|Morocco|Netherlands|"
    "New Zealand|Nicaragua|Nigeria|Northern Ireland|Norway|Oman|Pakistan|Panama|Papua New Guinea|Peru|Philippines|Poland|"
    "Portugal|Qatar|Romania|Russia|Saudi Arabia|Scotland|Serbia|Singapore|Slovakia|Slovenia|South Africa|South Korea|Spain|"
    "Sri Lanka|Sweden|Switzerland|Taiwan|Thailand|Trinidad and Tobago|Tunisia|Turkey|Ukraine|United Arab Emirates|"
    "United Kingdom|Uruguay|Venezuela|Vietnam|Wales|Zambia|Zimbabwe|United States"
).split("|")
ALIASES = {
    "people's republic of china": "People's Republic of China",
    "peoples republic of china": "People's Republic of China",
    "prc": "People's Republic of China",
    "p.r.c": "People's Republic of China",
    "p.r. china": "People's Republic of China",
    "china": "People's Republic of China",
    "republic of china": "Taiwan",
    "hong kong special administrative region": "Hong Kong",
    "english": "England",
    "england & wales": "England and Wales",
    "swiss": "Switzerland",
    "german": "Germany",
    "french": "France",
    "japanese": "Japan",
    "italian": "Italy",
    "spanish": "Spain",
    "danish": "Denmark",
    "norwegian": "Norway",
    "belgian": "Belgium",
    "chinese": "People's Republic of China",
    "r.o.c": "Taiwan",
    "dutch": "Netherlands",
    "holland": "Netherlands",
    "swedish": "Sweden",
    "israeli": "Israel",
    "canadian": "Canada",
    "indian": "India",
    "texan": "Texas",
    "québec": "Quebec",
    "russian federation": "Russia",
    "republic of korea": "South Korea",
    "korea": "South Korea",
    "viet nam": "Vietnam",
    "commonwealth of virginia": "Virginia",
    "b.c": "British Columbia",
    "great britain": "United Kingdom",
    "u.k": "United Kingdom",
    "united states of america": "United States",
}
NAMES = {name.lower(): name for name in (*STATES, *PROVINCES, *COUNTRIES)} | ALIASES
_ADJECTIVES = frozenset(
    "english swiss german french japanese italian spanish danish norwegian belgian chinese dutch swedish israeli canadian "
    "indian texan".split()
)
_NAME = "|".join(sorted((re.escape(name).replace(r"\ ", r"\s+") for name in NAMES), key=len, reverse=True))
_MENTION = re.compile(rf"(?:(?<![\w’'])|(?<=\bof))(?:{_NAME})(?!\w)", re.IGNORECASE)
_LAW = re.compile(r"\b(?:laws?|statutes?|legislation|regulations|jurisprudence)\b", re.IGNORECASE)
_GOVERNS = re.compile(
    r"govern|constru|interpret|subject\s+to|accordance|controlled|enforce|applicable\s+law|choice\s+of\s+law",
    re.IGNORECASE,
)
_TURN = re.compile(
    r"conflicts?[\s‑-]+of|choice[\s-]+of[\s-]+law\s+(?:rule|principle|provision)|without\s+(?:regard|giving|reference|application)"
    r"|venue|courts?\b|exclusive\s+jurisdiction|arbitrat|(?:irrespective|regardless)\s+of|excluding|Convention",
    re.IGNORECASE,
)
_OF = re.compile(
    r"\b(?:laws?|statutes?|legislation|regulations)\b[^.;]{0,70}?\b(?:of|in|for|from)\s*(?:the\s+)?(?:sovereign\s+)?(?:(?:state|commonwealth|province|country|republic|"
    r"kingdom|federal\s+republic|states?\s+of)\s+(?:of\s*)?(?:the\s+)?)?$",
    re.IGNORECASE,
)


def governing_law(clause: str) -> str | None:
    """The jurisdiction whose law governs, as a clause says; None when the clause names none beside its law.

    A place named for a court's or arbitrator's seat, in a conflict-of-laws rule or in a statute's title is not the answer;
    a territory named with its country ("Ontario and the federal laws of Canada") is the territory.
    """
    scored = sorted(
        (-_weight(clause, start, end), start, name) for start, end, name in mentions(clause) if _weight(clause, start, end) > 0
    )
    return scored[0][2] if scored else None


def mentions(text: str) -> Iterator[tuple[int, int, str]]:
    """Every place of the list that a text names: start, end (code points) and the usual name."""
    for match in _MENTION.finditer(text):
        key = re.sub(r"\s+", " ", match[0].lower())
        if key in {"prc", "georgia", "jersey", "turkey", "victoria", "jordan"} and match[0].islower():
            continue
        yield match.start(), match.end(), NAMES[key]


def _weight(clause: str, start: int, end: int) -> float:
    before, after = clause[:start], clause[end : end + 40]
    sentence = re.split(r"(?<=[a-z)])[.;]\s", before)[-1]
    law_follows = bool(re.match(r"['’]?s?\s+(?:\w+\s+){0,2}laws?\b", after, re.IGNORECASE)) or bool(
        re.search(
            r"\blaws?\s+(?:thereof|of\s+(?:such|said|that)\s+(?:state|province))",
            clause[end : end + 120],
            re.IGNORECASE,
        )
    )
    if clause[start:end].lower() in _ADJECTIVES and not law_follows:
        return 0.0
    if not (_LAW.search(sentence) or law_follows):
        return 0.0
    weight = 0.2
    weight += 1.0 if _OF.search(before[-120:]) or law_follows else 0.0
    weight += 0.6 if _GOVERNS.search(sentence) or _GOVERNS.search(clause[end : end + 160]) else 0.0
    weight -= 0.9 if _TURN.search(sentence) else 0.0
    if NAMES.get(clause[start:end].lower()) == "United States":
        weight -= 0.3  # "the laws of the United States and of the State of Texas": the state's contract law
    if re.match(
        r"\s+(?:General\s+Obligations|Civil|Commercial|Uniform|Business|Code|Corporation|Limited|Franchise|Securities)",
        after,
    ):
        weight -= 0.8
    return weight
