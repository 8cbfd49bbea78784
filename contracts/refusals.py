"""Why a file can't be read: one class and one sentence each, saying what, and what to do about it.

A reader in the sandbox raises one without a name; `documents.read` raises it again with the file's name in it.
"""


class Unreadable(ValueError):
    """Raised when a file can't be read; the text is the sentence to show."""

    sentence = "{name} can't be read{detail}."
    is_refusal = True  # the sandbox hands these over by name

    def __init__(self, name: str = "the file", detail: str = "") -> None:
        self.detail = detail
        super().__init__(self.sentence.format(name=name, detail=detail))


class Missing(Unreadable):
    """Raised when there is no such file."""

    sentence = "{name} can't be opened ({detail}): check the path."


class Empty(Unreadable):
    """Raised when a file holds nothing."""

    sentence = "{name} is empty: nothing was stored."


class TooLarge(Unreadable):
    """Raised when a file is larger than what is accepted."""

    sentence = "{name} is too large ({detail}): split it and add the parts."


class UnknownFormat(Unreadable):
    """Raised when a file is none of the formats read."""

    sentence = "{name} is {detail}, which is not read: add a PDF, DOCX, TXT, PNG, JPEG or TIFF file."


class NotAPdf(Unreadable):
    """Raised when a file is called .pdf and is something else."""

    sentence = "{name} is not a PDF although its name says so: it begins with {detail}."


class NotADocx(Unreadable):
    """Raised when a file is called .docx and is something else."""

    sentence = "{name} is not a DOCX document ({detail}): open it in a word processor and save it as DOCX."


class HasMacros(Unreadable):
    """Raised when a word-processor file is of the kind that runs macros."""

    sentence = "{name} is a document with macros, which are never run here: save it as plain DOCX, or as PDF, and add that."


class NotText(Unreadable):
    """Raised when a file is called .txt and holds bytes that are no text in UTF-8, UTF-16 or Windows-1252."""

    sentence = "{name} is not text in UTF-8, UTF-16 or Windows-1252: {detail}."


class Encrypted(Unreadable):
    """Raised when a file can be opened only with a password."""

    sentence = "{name} is encrypted: open it with its password, save a copy without one, and add the copy."


class Damaged(Unreadable):
    """Raised when a file begins as its format does and can't be parsed."""

    sentence = "{name} is damaged{detail}: get the file again from whoever sent it."


class TooManyPages(Unreadable):
    """Raised when a document has more pages than are read."""

    sentence = "{name} has {detail}: split it and add the parts."


class TooCostly(Unreadable):
    """Raised when reading needs more time or memory than a file may have; bombs end here."""

    sentence = "{name} needs more time or memory than a document may have, so it was not read: save it again as a plain PDF."


REFUSALS: dict[str, type[Unreadable]] = {kind.__name__: kind for kind in Unreadable.__subclasses__()}
