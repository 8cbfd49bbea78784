"""The telling room: who wants to hear of what, each message sent once, and each question's right desk.

`matching` finds the subscriptions a release concerns; `alerts` writes one delivery row each; `outbox` claims, sends and
records; `routing` says which desk answers a question and why. Imports neither sibling room.
"""
