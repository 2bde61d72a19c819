"""The demo: two tenants with chargers, drivers and six weeks of history (`manage.py seed_demo`)."""
