"""The two ways to the database: group commit by one thread (fast), a unit per thread hop (slow)."""
