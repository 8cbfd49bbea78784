"""What fills the slots of the router's training phrases: names, places, amounts, numbers, trades, parts of the body."""

FIRST = (
    "Anna", "Raj", "Li", "Tom", "Maria", "Jean", "Ahmed", "Sofia", "Peter", "Kim", "Olga", "Luc", "Harpreet", "Dan", "Mei",
    "Carlos", "Ruth", "Ivan", "Nadia", "Scott", "Priya", "Marc", "Yuki", "Fatima", "Bill", "Joan",
)  # fmt: skip
LAST = (
    "Dosanjh", "Wu", "Tremblay", "Kowalski", "Ortiz", "Haddad", "McLeod", "Ng", "Sidhu", "Bergeron", "Fontaine", "Okafor",
    "Lindqvist", "Park", "Yamada", "Costa", "Reid", "Grewal", "Fehr", "Boyko", "Lam", "Sharma", "Novak", "Pelletier",
    "Quinn", "Atwal", "Roy", "Singh", "Chan", "Lee", "Martin", "Hill",
)  # fmt: skip
SLOTS: dict[str, tuple[str, ...]] = {
    "bank": (
        "RBC", "Scotiabank", "TD", "Vancity", "BMO", "the credit union", "CIBC", "Prospera",
    ),
    "month": (
        "January", "March", "April", "June", "last month", "September", "November", "décembre",
    ),
    "date": (
        "May 3", "the 15th", "Feb 28", "Oct 9", "2024-07-02", "last Tuesday", "the 1st", "Aug. 20", "12/04/24",
    ),
    "clinic": (
        "Ridgeline Physio", "Harbour Rehab", "Cedar Health", "Peak Recovery Inc.", "Valley OT Services", "the clinic",
    ),
    "city": (
        "Kamloops", "Nanaimo", "Terrace", "Langley", "Victoria", "Abbotsford", "Penticton", "Burnaby", "Fort St. John",
    ),
    "amount": (
        "$1,200", "$318.40", "$22,000", "640 dollars", "$95", "$4,080.10",
    ),
    "phone": (
        "604-555-0133", "(250) 555-0161", "778 555 0119", "236.555.0102",
    ),
    "code": (
        "1101500", "1900220", "1104010", "1700330",
    ),
    "n": (
        "2", "3", "six", "9", "12",
    ),
    "inv": (
        "A-2291", "#4471", "no. 88120", "10332",
    ),
    "claim": (
        "41887302", "38004417", "#40910022", "no. 39555180", "36120099",
    ),
    "contractno": (
        "HC-20419", "11-0934", "C2021-088",
    ),
    "payeeno": (
        "402118", "77310",
    ),
    "rfp": (
        "RFP #031-2025", "the rehab RFP", "bid 112-2024", "RFQ 009-2023",
    ),
    "time": (
        "2 pm", "9:30", "10 am",
    ),
    "job": (
        "roofer", "dishwasher", "nurse", "welder", "truck driver", "cook", "carpenter", "logger", "cashier", "care aide",
        "mechanic", "painter", "teacher", "firefighter", "millwright", "housekeeper", "electrician", "baker", "plumber",
        "paramedic", "labourer", "courier", "butcher", "farm worker", "landscaper", "bus driver",
    ),
    "body": (
        "knee", "shoulder", "wrist", "lower back", "neck", "ankle", "hip", "elbow", "thumb", "ribs", "hand", "foot", "eye",
        "jaw", "hearing", "groin", "finger", "head",
    ),
    "relative": (
        "wife", "husband", "son", "daughter", "mother", "father", "brother", "sister", "spouse", "partner", "uncle",
    ),
    "device": (
        "a wheelchair", "a knee brace", "a stair lift", "crutches", "a TENS unit", "hearing aids", "a standing desk",
        "custom insoles", "a walker", "a wrist splint", "grab bars", "a special mattress", "prism glasses", "work boots",
        "a recumbent bike",
    ),
    "care": (
        "an MRI", "surgery", "a nerve block", "a CT scan", "cortisone injections", "a shoulder scope", "a spinal fusion",
        "a psychiatric consult", "dental work", "an ultrasound", "a sleep study", "counselling", "an eye exam",
    ),
    "hurt": (
        "crushed", "burned", "cut", "twisted", "broke", "sprained", "hurt", "bruised", "strained", "smashed", "injured",
    ),
    "role": (
        "a kinesiologist", "an occupational therapist", "a physiotherapist", "a psychologist", "a counsellor",
        "a massage therapist", "a chiropractor", "a social worker", "a nurse", "a physio assistant", "a student",
        "a new graduate", "a dietitian", "an osteopath", "a recreation therapist", "a locum",
    ),
    "therapy": (
        "massage", "acupuncture", "pool therapy", "yoga", "dry needling", "mindfulness", "hypnosis", "biofeedback", "laser",
        "shockwave", "group education", "a gym session", "work simulation", "a home visit", "a job site visit",
        "driver training", "nutrition coaching", "art therapy", "pilates", "virtual reality",
    ),
    "matter": (
        "invoice", "billing", "payment", "claims", "contract", "procurement", "rehab", "referral", "case management", "clinic", "tender", "RFP", "reporting",
        "remittance", "payee", "fee", "credentialing", "disability", "return to work", "treatment", "vendor", "collections", "intake", "scheduling", "agreement",
    ),
    "matters": (
        "invoices", "late payments", "rejected bills", "claim files", "RFP answers", "contract renewals", "progress reports", "fee codes", "case notes",
        "remittances", "referrals", "treatment plans", "tenders", "vendor records", "claims", "clinic contracts", "discharge reports", "bank reconciliations",
        "proposals", "insurance certificates", "appeals", "payments",
    ),
    "clerk": (
        "claims adjudicator", "case manager", "billing clerk", "contract specialist", "buyer", "payment officer", "physiotherapist", "occupational therapist", "kinesiologist",
        "vocational consultant", "nurse advisor", "bookkeeper", "procurement officer", "client service rep", "psychologist", "claims officer", "accounts payable clerk", "invoice auditor",
    ),
    "service": (
        "a job site visit", "a no-show", "a phone call", "report writing", "a reassessment", "an early discharge",
    ),
}  # fmt: skip
