"""Rules of the charging infrastructure: plain Python, no Django, no clock, no database."""
