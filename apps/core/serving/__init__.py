"""One process that does it all: server, worker, beat and demo chargers (`manage.py serve`)."""
