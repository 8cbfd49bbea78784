"""Organisations and the people in them: who may do what, and how they prove who they are."""
