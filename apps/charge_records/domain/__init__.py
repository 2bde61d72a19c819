"""Rules of charge records: plain Python, no Django, no clock, no database."""
