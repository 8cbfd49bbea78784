"""Who writes, and on what errand: sellers, people who look for work, reporters, employers about their own account, thanks, machines.

Such people use every desk's words ("invoices", "claims", "contracts") without wanting any desk. What is found here is a feature beside the
words, of the whole message; the model decides how much it says.
"""

import re
from collections.abc import Iterator

_OURS = r"(?:our|my|this|an?|the)"
_TOOL = r"(?:software|app|platform|tool|ai|system|solution|solutions|service|services|product|products|agency|company|firm|startup|logiciel|plateforme)"
_PLACE = r"(?:worksafebc|wcb|your (?:organi[sz]ation|office|team|company|department|agency|board)|you|chez vous)"
_WORK = r"(?:job|jobs|position|positions|posting|opening|openings|vacanc(?:y|ies)|internship|co op|coop|practicum|summer term|poste|emploi|stage)"
_CLERK = r"(?:adjudicator|case manager|claims? (?:manager|officer|clerk|rep\w*)|clerk|analyst|specialist|bookkeeper|accountant|nurse|physio\w*|kinesiologist|ot|therapist|administrator|paralegal|buyer|assistant)"

ERRANDS = {
    "sells": rf"\b(?:we|i|who|that|which) (?:\w+ )?(?:sell|sells|supply|offer|offers|built|build|made|make|developed|provide|distribute|manufacture|import|represent|specialis\w+|specializ\w+|advance|automate\w*|help clinics|help practices|vendons|offrons|proposons)\b"
    rf"|\b(?:introduce|show you|present|pitch|offer you|demonstrate|demo|walk you through|tell you about) (?:\w+ ){{0,3}}?{_TOOL}\b|\b(?:demo|brochure|catalogue?|price list|free trial|discount|per cent off|% off|rabais|promotion|outsourc\w*|white paper|webinar|reseller|partnership)\b"
    rf"|\b{_OURS} (?:\w+ )?{_TOOL} (?:\w+ ){{0,2}}?(?:cuts?|saves?|helps?|automates?|speeds?|handles?|makes|finds|reduces|boosts|writes|permet)\b|\b(?:tired of|fed up with|struggling with|sick of|say goodbye to|stop losing)\b.{{0,60}}\b(?:we|our|try|let us)\b"
    r"|\b(?:interested in a|worth a|open to a|15|10|fifteen|ten|20|twenty) (?:quick |short )?(?:minute|minutes|call|chat|demo|meeting)\b|\b(?:half price|first month|first hour|no obligation|special rates?|best rates?|low rates?|starting at|from _money|only _money|reply yes|let us fix|pay per lead|per lead|get featured|be featured|renew here|order here|sign up here|save on|beat any|get your \w+ paid|who(?: is|'s)? your buyer|pilot)\b",
    "seeks_work": rf"\b(?:hiring|hire me|recruit\w*|resume|cv|cover letter|applicants?|job interview|embauch\w*|postul\w*|curriculum|job fair|career|careers|carriere)\b|\b(?:looking for|seek|seeking|apply for|applied for|application for|cherche) (?:\w+ ){{0,5}}?(?:{_WORK}|work\b|travail\b)"
    rf"|\b{_WORK} (?:\w+ ){{0,6}}?(?:at|with|in|for|chez) (?:\w+ ){{0,2}}?{_PLACE}|\b(?:any|are there|do you have|is there) (?:\w+ ){{0,2}}?(?:{_WORK}|work)\b|\bi (?:am|'m) (?:an? )?(?:\w+ ){{0,4}}?{_CLERK}\b.{{0,80}}\b(?:moving|relocat\w+|experience|years|take people|need people|looking|work for you)\b"
    r"|\b(?:take on|taking on|need) (?:any |retired |new |more |experienced )?\w+ (?:part time|full time|manager|managers|clerks?|staff|people)\b|\bwhat (?:qualifications|education|training|degree|does it take)\b.{0,60}\b(?:officer|adjudicator|case manager|clerk|become)\b|\b(?:salary|pay scale|union or non union|work from home policy|shadow|mentor)\b.{0,40}\b(?:you|your|wcb|worksafebc)\b",
    "press": r"\b(?:journalist\w*|reporter|newspaper|magazine|podcast\w*|radio|documentary|news ?room|cbc|ctv|globe and mail|vancouver sun|the province newspaper|editor|media request|press|spokesperson|interview with|comment (?:on|for|about)|story on|story about|article|feature on|column)\b",
    "research": r"\b(?:thesis|dissertation|term paper|phd|master s|masters|graduate student|research project|research study|study on|university|survey|data set|dataset|statistics|stats|numbers? of claims|literature)\b",
    "as_employer": r"\b(?:premiums?|assessment rate|classification unit|rate group|payroll (?:form|report|estimate)|experience rating|personal optional protection|employer account|compte d'employeur|cotisations?|register (?:my|our|a) (?:\w+ )?(?:company|business|firm|shop)|clearance letter for|do i need (?:wcb|coverage)|coverage for my|nanny|my employees|my crew|employer (?:registration|health)|remuneration|insure (?:my|the|a|our)|insured as|be insured|freelancer|volunteers?|nail studio|my restaurant|my shop|my caf\w+|in good standing|assessments? department)\b",
    "hazard": r"\b(?:unsafe|scaffold\w*|harness\w*|guard ?rails?|hard hats?|asbestos|fumes|mould|mold|forklifts?|trench\w*|near miss|no ventilation|exposed wires?|ladder|inspector|inspect|bullying|harass\w*|washroom|ppe|masks|safety (?:officer|committee|hazard|violation)|heat stress)\b",
    "tip": r"\b(?:neighbou?r|my ex|a guy i know|someone i know|a man i know|brother in law)\b.{0,80}\b(?:comp|benefits|wcb|claim|faking|pretend\w*|injur\w*|disability)\b|\b(?:tip line|report (?:a )?fraud|anonymous\w*|faking|cheat\w*)\b",
    "other_payer": r"\b(?:icbc|msp|sun life|sunlife|manulife|blue cross|canada life|green shield|desjardins|wsib|wcb alberta|cnesst|ei sickness|employment insurance|cpp|extended health|private insurance|service canada|revenue agency|veterans affairs)\b",
    "closes": r"^(?!.*(?:\?|\b(?:please|need|want|still|never|not|but|however|how|where|when|why|can you|could you|mais|pas)\b)).*\b(?:thanks|thank you|appreciated?|cheers|merci|you rock|guys rock|well done|good job|great work|no further questions?|so fast|was fast|all good|good news)\b|^(?:\? )?(?:\w+ )?(?:thanks?|thank you|thx|ty|merci|perfect|great|cheers|got it|got the|noted|received|all good|all set|all sorted|sorted|solved|never mind|nevermind|super|wonderful|awesome|parfait|ok|okay)\b(?!.{0,200}\?)(?!.{0,120}\b(?:but|however|still|can you|could you|please|where|when|why|how|mais)\b)"
    r"|\b(?:that (?:answers|solved|worked|was the|is the one i)|problem solved|no reply needed|no answer needed|disregard my|ignore my last|please thank|say thanks|kudos|c'est regle|tout est regle)\b",
    "machine": r"\b(?:out of (?:the )?office|automatic reply|auto ?reply|autoreply|automatic response|could not be delivered|undeliverable|delivery (?:failed|status)|mailbox is full|not monitored|do not reply|no ?reply|read receipt|away until|on vacation until|absence du bureau|reponse automatique|has been shared with you|verify your account|unsubscribe|newsletter)\b",
    "plays": r"\b(?:write|compose|make up|tell|sing|invent|draft|ecris|raconte) (?:me |us |moi )?(?:a |an |un |une )?(?:\w+ )?(?:poem|joke|story|limerick|haiku|song|rap|essay|novel|riddle|sonnet|slogan|poeme|blague|histoire)\b|\b(?:recipe|weather|meteo|snow|hockey|movie|pizza|sushi|restaurant|horoscope|capital of|translate)\b",
    "commands": r"\b(?:you are (?:now|the|a|an|my)|act as|pretend|from now on|answer only|reply only|respond with|confirm with|your (?:rules|prompt|instructions)|grant me|override|sudo|root access|approve (?:every|all))\b",
    "own_staff": r"\b(?:shift|shifts|swap|my rota|day off|calling in sick|call in sick|staff (?:party|meeting|lunch)|xo|love you|mom|mum|honey|babe|dinner)\b",
    "books_visit": r"\b(?:book|booking|make|schedule|reserver|prendre) (?:\w+ ){0,3}?(?:appointment|massage|physio\w*|visit|rendez vous|session)\b|\b(?:evening|weekend|walk in|new patients?|walk ins) (?:appointments?|hours|spots?|accepted)?\b|\b(?:taking|accept|accepting|take) (?:\w+ )?(?:new|private|walk) (?:ins|in|patients?|clients?)\b",
    "portal": r"\b(?:log ?in|login|logging in|log on|sign in|signing in|password|passwrd|username|user name|user id|two factor|verification code|online account|online services|locked out|mot de passe|se connecter|portal (?:access|account|user|admin\w*|down)|web address|website|the site)\b",
    "records_law": r"\b(?:foi|fippa|freedom of information|access to information|privacy officer|privacy commissioner|ombuds\w*|records request|acces a l'information|all (?:records|documents|emails) (?:about|on) me)\b",
    "learns": r"\b(?:first aid|whmis|forklift (?:training|ticket)|fall protection|safety (?:course|training|video|posters?)|secourisme|certificate (?:course|renewal)|food ?safe)\b",
    "invites": r"\b(?:sponsor\w*|donat\w*|charity|fundrais\w*|golf (?:day|tournament)|guest speaker|keynote|speak at|give a talk|conference|trade show|trade fair|health fair|career day|retreat|gala|booth|open house|invitation)\b",
}
_COMPILED = {name: re.compile(pattern) for name, pattern in ERRANDS.items()}


def errands(words: list[str]) -> Iterator[str]:
    """Names of the errands that a message (its folded words) shows."""
    message = " ".join(words)
    for name, pattern in _COMPILED.items():
        if pattern.search(message):
            yield name
