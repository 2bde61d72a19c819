"""Figures of the whole system against their targets and a floor of the same run (`make bench`)."""
