"""Calibration law: signed records read, verified on their exact bytes and judged (DOMAIN 1)."""
