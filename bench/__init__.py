"""Figures of the charger gateway, as ratios to a floor of the same run (`make bench`)."""
