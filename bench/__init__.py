"""Each figure we claim, measured beside its reference in one run."""
