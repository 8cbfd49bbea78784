"""The data of the shipped models; see docs/extraction.md for where each comes from."""
