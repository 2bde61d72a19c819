"""Rules about people in plain Python."""
