"""The keeping room: signed documents, what they say on a given day, and whom to pay.

A file is kept byte for byte and read into pages; `extraction` proposes terms with page and quote, a person confirms;
`lookup` answers a question with the clause, or says that nothing is recorded. Imports neither sibling room;
`contracts.vocabulary` holds the words all rooms share.
"""
