"""The front of the house: command line, pages, JSON, the clock, and the journeys that join the three rooms.

Only `api.journeys` knows more than one room at a time; every edge (a command, a request, a job) opens a session,
calls one function and commits once.
"""
