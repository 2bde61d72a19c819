"""Plain words that every room speaks: events, answers, commands, identifiers, quantities.

No Django, no clock, no database; nothing here imports another room.
"""
