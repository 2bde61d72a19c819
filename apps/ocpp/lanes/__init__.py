"""The two ways to the database: group commit by one thread (fast), one unit per thread hop (slow)."""
