"""The same request from somebody else: polite, hurried, misspelt, noted from a telephone, forwarded, buried in small talk.

What surrounds a request tells nothing about its desk, so a bookkeeper's greeting stands before a clinical question too: the model
must not learn a desk from who writes.
"""

import re
from random import Random

_OPENINGS = (
    "Hello, ", "Hi there, ", "Good morning. ", "Hi, ", "Hey ", "Dear Sir or Madam, ", "Good afternoon,\n", "Quick question: ", "Hoping you can help. ",
    "Sorry to bother you, ", "Hi, it's reception at the clinic. ", "I work at a rehab clinic in Kelowna. ", "Second request! ", "To whom it may concern, ",
    "I'm the new office manager and trying to sort things out. ", "Our accountant asked me to find out: ", "My boss wants to know ", "As discussed by phone, ",
    "Hello team, hope you are well. ", "Hi all,\n\n", "Good day, my name is Erin and I manage a clinic in Duncan. ", "I am a physiotherapist in Quesnel. ",
    "I do the billing for three clinics. ", "I'm an occupational therapist and clinic owner. ", "I look after contracts for our group. ", "Our claims coordinator is away this week. ",
    "We have been a WorkSafeBC provider since 2009. ", "I'm asking for a colleague. ", "I tried the phone first. ", "Third email about this. ", "Not sure if this is the right address. ",
    "Your website didn't help. ", "Payment Services told me to ask you. ", "Procurement said you would know. ", "The Claims Call Centre sent me here. ", "I was told Health Care Programs could help. ",
    "Further to our call on Tuesday, ", "Could you please help me with the following. ", "New here, so bear with me. ", "Small thing: ", "I hope this reaches the right person. ",
    "Writing on behalf of the clinic director. ", "We're an OR2 provider in Terrace. ", "We run hand therapy and OR1 at two sites. ", "Happy Monday! ", "URGENT ", "Question for you: ",
    "I'm helping out at the front desk. ", "Following up on my voicemail. ", "I can't find this anywhere in the portal or in the manual. ", "Our contract started last year. ",
)  # fmt: skip
_GREETINGS = ("Hello, ", "Hi, ", "Hi there, ", "Hey ", "Good morning. ", "Bonjour, ", "Dear Sir or Madam, ", "Sorry, ", "ok ")
_THANKS = (" Thanks!", " thx", " Merci", " please", " Thank you", " !!", " Sent from my iPhone")
_CLOSINGS = (
    " Thanks!", " Thank you, Dana", " Please advise.", " thx", "\n\nRegards,\nOffice Manager\nphone 604-555-0117", " Many thanks in advance.", " asap pls",
    " Call me at 250-555-0188.", " Nobody answers my calls and I am losing patience.", " This is getting ridiculous.", " Have a great day", " Appreciate it",
    "\n\nSent from my iPhone", " Who can help?", " Who do I talk to?", " Let me know.", " Could you point me in the right direction?", " Who should I contact?",
    " I have already left two messages.", " It's quite urgent.", " No rush.", " Please reply by email, our phones are down.", "\n\nKind regards,\nBilling Department\nHarbour Rehab",
    "\n\nBest,\nSam Reid, Clinic Director", "\n-- \nClaims and Contracts Coordinator", " Thank you for your patience with us.", " I've been on hold for an hour.", " We'd like to get it right.",
    " What's the best number to call?", " Anything else you need from us, just ask.", " Cheers", " The manual doesn't say.", " My manager needs it by noon.", " ty", " pls & thank you",
    " We work with a lot of injured workers and want to do this properly.", "\n\nThis email is confidential and intended only for the addressee.",
)  # fmt: skip
_FRENCH_OPENINGS = (
    "Bonjour, ", "Bonjour,\n", "Bonjour Madame, Monsieur, ", "Allô, ", "Bon matin, ", "Je travaille dans une clinique à Surrey. ", "Petite question: ", "Excusez-moi, ",
    "Je vous écris au nom de la clinique. ", "Deuxième message: ",
)  # fmt: skip
_FRENCH_CLOSINGS = (
    " Merci.",
    " Merci d'avance.",
    " Cordialement",
    " svp",
    " C'est urgent.",
    "\n\nBien à vous,\nLuc",
    " À qui dois-je m'adresser?",
    " Merci beaucoup!",
)
_PHONED = (
    "caller: ", "VM - ", "phone msg: ", "Tel: ", "Clinic called, ", "msg from front desk - ", "voicemail from Jo at a clinic: ", "Phone message, 10:40: ", "Left on machine: ",
    "Physio clinic on line 2. ", "Called twice: ", "while you were out: ",
)  # fmt: skip
_ASIDES = (
    "We are a small clinic with four staff.", "I took over this desk in March.", "It was simpler in the old system.", "My predecessor left no notes.", "We love working with you otherwise.",
    "The snow kept half of our staff at home.", "I looked in the manual and on the website.", "The person I normally call is on holiday.", "We had a similar thing two years ago.",
    "I attach nothing, tell me if you need something.", "I was transferred four times.", "We use Jane for our records.", "Our office is open until five.", "It has been a long week.",
    "The clinic has two sites.", "Our team has two physios and a kinesiologist.", "I'm cc'ing our director.", "There's no hurry, but I would like to know.", "It came up in our meeting today.",
    "Somebody told us one thing and somebody else another.",
)  # fmt: skip
_JOINS = (
    " Also, ",
    " And another thing: ",
    " While I have you: ",
    "\n\nPS: ",
    "\n\nSecond question: ",
    " On another note, ",
    " Plus: ",
    " and ",
    "\n2) ",
    " One more: ",
    " By the way, ",
)
_FORWARDS = (
    "see below\n\n-----Original Message-----\nFrom: Front Desk <desk@clinic.example>\nSent: Tuesday\nTo: Office\nSubject: question\n\n{text}",
    "FYI\n\n---------- Forwarded message ---------\nFrom: Kim <kim@clinic.example>\nDate: Mon\nSubject: fw\nTo: <office@clinic.example>\n\n{text}",
    "Subject: help please\n\n{text}",
    "{text}\n\nOn Mon, Pat wrote:\n> Thanks for your message, we will get back to you.",
    "Re: your message\n{text}\n\nFrom: no-reply@example.org\nSubject: we received your message\nThank you for writing.",
)  # fmt: skip
_FRENCH = re.compile(
    r"\b(?:nous|notre|nos|pour|est-ce|les?|la|des|du|une?|comment|quel(?:le)?s?|où|je|vous|mon|svp|au|à|est)\b", re.IGNORECASE
)


def voiced(text: str, random: Random, *, wrap: bool = True, about_us: bool = True) -> str:
    """One request in another voice; without `wrap` only its letters change, without `about_us` it says nothing of a clinic."""
    french = len(_FRENCH.findall(text)) >= 2
    openings, closings = (_FRENCH_OPENINGS, _FRENCH_CLOSINGS) if french else (_OPENINGS, _CLOSINGS)
    if wrap and not about_us:
        if random.random() < 0.5:
            text = random.choice(_GREETINGS) + text
        if random.random() < 0.3:
            text += random.choice(_THANKS)
    elif wrap:
        roll = random.random()
        if roll < 0.4:
            text = random.choice(openings) + text
            if random.random() < 0.5:
                text += random.choice(closings)
        elif roll < 0.48 and not french:
            text = random.choice(_PHONED) + text[0].lower() + text[1:]
        elif roll < 0.62:
            text += random.choice(closings)
        elif roll < 0.7 and not french:
            text = f"{random.choice(openings)}{random.choice(_ASIDES)} {text} {random.choice(_ASIDES)}{random.choice(closings)}"
        elif roll < 0.76:
            text = random.choice(_FORWARDS).format(text=text)
    if random.random() < 0.25:
        text = text.lower().replace("?", "")
    if random.random() < 0.25:
        text = _misspelt(text, random)
    return text


def joined(first: str, second: str, random: Random) -> str:
    """Two requests in one message, the first asked first."""
    return f"{first.rstrip(' .')}{'' if first.endswith('?') else '.'}{random.choice(_JOINS)}{second}"


def _misspelt(text: str, random: Random) -> str:
    words = text.split(" ")
    for _ in range(1 + len(words) // 10):
        index = random.randrange(len(words))
        word = words[index]
        if len(word) > 4 and word.isalpha():
            at = random.randrange(1, len(word) - 1)
            words[index] = random.choice(
                (
                    word[:at] + word[at + 1 :],
                    word[:at] + word[at + 1] + word[at] + word[at + 2 :],
                    word[:at] + word[at] + word[at:],
                )
            )
    return " ".join(words)
