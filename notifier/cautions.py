"""What must be seen before a desk is chosen: danger to a person, orders given to a machine, things offered for sale.

A text is what somebody wants, never an instruction: sentences that give orders to a machine are left out, the rest is
routed.
"""

import re
from dataclasses import dataclass

from notifier.wording import fold

_SELF = r"(?:him|her|them|my|your|one)(?:self|selves)"
_DANGER = re.compile(
    rf"""\b(?:
      suicid\w* | (?:kill|hang|hurt|harm|shoot|cut|drown)(?:s|ing)?\s+{_SELF}\b(?!\s+(?:at\s+work|on\s+the\s+job|while|when|lifting|again\s+at))
    | self[-\s]harm\w* | (?:end|ending|take|taking)\s+(?:his|her|my|their)\s+(?:own\s+)?life | (?:end|ending)\s+it\s+all | better\s+off\s+dead
    | (?:want|wants|wanted|wish|wishes|going)\s+to\s+(?:die|be\s+dead|disappear\s+for\s+good) | (?:don'?t|doesn'?t|not)\s+(?:want\s+to\s+)?(?:live|be\s+alive)\s+(?:any\s?more|any\s+longer)
    | jump(?:ing|s)?\s+(?:off|from|in\s+front\s+of)\s+(?:a|the|his|her|my)\s+(?:bridge|roof|building|train|balcony|truck|bus) | (?:step|walk|drive|run)(?:s|ing)?\s+(?:(?:his|her|my|the)\s+(?:car|truck)\s+)?(?:in\s+front\s+of|into|off)\s+(?:a|the)\s+(?:train|bridge|cliff|truck|river|lake|sea|ocean|wall|traffic)
    | (?:nobody|no\s+one)\s+(?:would|will|is\s+going\s+to)\s+(?:even\s+)?(?:miss|notice)\s+(?:me|him|her|if\s+i)\b | (?:world|family|everyone|everybody)\s+(?:would\s+be|is|are)\s+better\s+(?:off\s+)?without\s+(?:me|him|her)
    | (?:goodbye|farewell|suicide)\s+(?:note|letter)s? | (?:wrote|written|left)\s+(?:a\s+)?goodbye | (?:gave|given|giving|gives)\s+away\s+(?:his|her|all\s+(?:his|her))\s+(?:dog|cat|pets?|tools|things|belongings|possessions) | noose
    | no\s+(?:reason|point)\s+(?:to\s+live|in\s+living|to\s+go\s+on\s+living) | (?:can'?t|cannot|can\s+not)\s+go\s+on\s+(?:living|like\s+this\s+any\s?more)
    | (?:took|taken|swallowed|take)\s+(?:(?:all|too\s+many|a\s+bottle\s+of)\s+(?:of\s+)?(?:his\s+|her\s+|my\s+|the\s+)?)(?:pills|tablets|meds|medication) | overdos\w*
    | (?:threat\w*|going|want\w*|will|plan\w*|gonna)\s+(?:\w+\s+){{0,3}}?(?:to\s+)?(?:shoot|stab|kill|murder|bomb|beat\s+up)\b(?!\s+(?:time|two|the\s+(?:invoice|contract|claim|project|deal)))
    | (?:has|have|with|brought|carries|carrying|got|waving|pulled)\s+(?:a\s+|his\s+|her\s+)?(?:loaded\s+)?(?:gun|rifle|knife|weapon|machete)\b | bomb\s+threat | there\s+is\s+a\s+bomb
    | not\s+breathing | no\s+pulse | unconscious\s+(?:in|at|on) | (?:burn|blow)\s+(?:down\s+|up\s+)?(?:your|the|this)\s+(?:office|building|clinic|place)
    | (?:attacked|assaulted|stabbed|strangl\w+|hit|punched)\s+(?:(?:our|the|my|a|his|her)\s+)(?:\w+\s+)?(?:therapist|receptionist|staff|physio\w*|nurse|colleague|case\s+manager|wife|spouse|partner)\b
    | cut\s+(?:his|her|my)\s+wrists? | you\s+will\s+(?:all\s+)?(?:be\s+sorry\s+when\s+i'?m\s+gone|read\s+about\s+me)
    | (?:can'?t|cannot|don'?t|do\s+not)\s+see\s+(?:a|any)\s+(?:other\s+)?way\s+out\b(?!\s+of\b) | see\s+no\s+(?:other\s+)?way\s+out\b(?!\s+of\b)
    | en\s+finir\s+avec\s+(?:la|sa|ma|cette)\s+vie | me\s+(?:tuer|suicider) | se\s+(?:tuer|suicider|faire\s+du\s+mal) | (?:veux|veut|envie\s+de|voudrait|voulait)\s+mourir | mettre\s+fin\s+a\s+(?:ses|mes|sa|ma)\s+(?:jours|vie) | menace\s+de\s+(?:tuer|frapper|se)
    )""",
    re.VERBOSE,
)
_NOT_DANGER = re.compile(
    r"suicide\s+(?:prevention|risk|screening)\s+(?:training|tool|course|policy|protocol|questionnaire|workshop)|overdose\s+(?:prevention|training)"
)
_ORDER = re.compile(
    r"""\b(?:ignor\w*|disregard|forget|override|bypass|oublie\w*)\s+(?:\w+\s+){0,3}?(?:instruction|prompt|rule|polic|guideline|consigne|directive|restriction|safeguard|filter)\w*
    | \b(?:ignore|forget|disregard)\s+(?:everything|all)\s+(?:above|before|you\s+(?:were|have|know)|previous|prior)
    | \byou\s+are\s+(?:now|no\s+longer)\s+(?:an?\s+|the\s+)?\w+ | \b(?:act|behave|respond|answer|speak)\s+as\s+(?:if\s+you\s+(?:are|were)|an?\s+|the\s+|my\s+|root\b|dan\b)
    | \bpretend\s+(?:to\s+be|you\s+are|that\s+you) | \bsystem\s*(?:prompt|override|message|instruction)s?\b | ^\s*(?:system|assistant|developer)\s*:
    | \b(?:developer|debug|god|admin|jailbreak)\s+mode\b | \bjailbreak\w*
    | \b(?:reveal|print|show|output|repeat|dump|display|leak|tell\s+me|give\s+me|list|send\s+me|affiche\w*)\s+(?:\w+\s+){0,4}?(?:prompt|instructions|api\s+keys?|passwords?|mot\s+de\s+passe|environment\s+variables|database|secrets?|(?:all|every|your)\s+(?:\w+\s+)?(?:bank\s+accounts?|payees?|users?|worker\s+names|social\s+insurance\s+numbers))\b
    | \b(?:classify|label|route|categori[sz]e|forward)\s+(?:this|it|everything|all|every|the)\b[^.?!]{0,60}\b(?:as|to|under|with\s+confidence)\b
    | \b(?:drop|delete|truncate)\s+(?:table|database)\b | <\s*/?\s*(?:script|s)\b | \[/?inst\] | \{\{.*\}\} | ;\s*-- | \bcurl\s+http | \bas\s+an?\s+(?:ai|language\s+model)\b
    | \bset\s+(?:the\s+)?(?:route|confidence|desk|label)\b | \bthe\s+(?:correct|right)\s+(?:label|route|answer|desk)\s+is\b""",
    re.VERBOSE,
)
_OFFER = re.compile(
    r"""\b(?:seo|google\s+rank\w*|backlinks?|first\s+page\s+of\s+google|bitcoin|btc|crypto\w*|forex|casino|viagra|lottery|inheritance|barrister|next\s+of\s+kin)\b
    | \b(?:free|no[-\s]obligation)\s+(?:quote|trial|demo|consultation|sample) | \b(?:limited|special|exclusive)[-\s](?:time\s+)?offer | \bclick\s+(?:here|the\s+link|below)\b
    | \b(?:we|i)\s+(?:sell|supply|manufacture|distribute|wholesale)\b | \b(?:wholesale|factory|unbeatable|lowest|low)\s+prices? | \bwe\s+guarantee\b | \bbuy\s+(?:now|one\s+get)
    | \b(?:our\s+catalogue|price\s+list\s+attached|book\s+a\s+(?:demo|call)|act\s+now|order\s+now|unsubscribe|desabonne\w*)\b
    | \b(?:boost|grow|double|improve|increase)\s+your\s+(?:practice|clinic|sales|revenue|traffic|business|website)
    | \b\d+\s?%\s+off\b | \byou\s+(?:have\s+|'ve\s+)?won\b | \bmillion\s+(?:dollars|usd|euros?|us)?\b.{0,60}\b(?:transfer|account|assist|kind)|\btransfer\s+of\b.{0,20}\bmillion""",
    re.VERBOSE,
)
_SENTENCE = re.compile(r"(?<=[.!?:;])\s+|\n+|\s-{2,}\s")
_FIGURE = re.compile(r"[a-z][0-9]|[0-9][a-z]")
_LEET = str.maketrans("0134578", "oieastb")


@dataclass(frozen=True)
class Caution:
    """What was seen: `rest` is the text with orders to a machine left out."""

    danger: bool
    orders: bool
    offer: bool
    rest: str


def look(text: str) -> Caution:
    """The cautions of one message (text as `plaintext.own_words` gives it)."""
    folded = fold(text)
    danger = bool(_DANGER.search(_NOT_DANGER.sub(" ", folded)))
    kept, ordered = [], False
    for sentence in _SENTENCE.split(text):
        said = fold(sentence)
        if _ORDER.search(said) or (_FIGURE.search(said) and _ORDER.search(said.translate(_LEET))):
            ordered = True
        else:
            kept.append(sentence)
    return Caution(danger, ordered, bool(_OFFER.search(folded)), " ".join(kept) if ordered else text)
