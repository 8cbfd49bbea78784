"""The watching room: reads portals and says exactly what changed, with evidence.

A source (sources.toml) names a platform; the platform's spider turns an answer into postings; `normalise` turns a
posting into the tender it speaks of; `changes` compares it with what was known; `store` writes tender, release and
capture in one transaction. What could not be seen is a health state, never an event. Imports neither sibling room.
"""
