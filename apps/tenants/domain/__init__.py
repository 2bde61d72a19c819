"""Rules about tenants in plain Python."""
