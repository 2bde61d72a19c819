"""Rules of the trail in plain Python."""
