"""Dialects of OCPP: pure translation between payloads and the words of `apps.vocabulary`.

One package per version; versions do not know each other (2.1 may state its differences from
2.0.1). What they share is in `times.py` and `fields.py`.
"""
