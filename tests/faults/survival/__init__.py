"""A cluster on one machine that is broken on purpose, and a judge who counts what became of the alerts.

    python -m tests.faults.survival --faults 500 --report docs/survival.md        (or: make faults)

`outside`: portals and a mail relay that play their parts. `server`: a PostgreSQL that can be killed, and cut off. `pooler`: the PgBouncer
that one node goes through. `nodes`: workers that can be killed and stopped. `injury`: what is done to them. `judge`: what must hold afterwards.
"""
