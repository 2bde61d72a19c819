# run      serve two demo tenants with 20 simulated chargers (HOST, PORT, DATA_DIR)
# test     all tests (PYTEST_ARGS, DATABASE_URL, REDIS_URL)
# lint     style, import contracts, types, missing migrations
# bench    figures beside their targets and a floor (BENCH_ARGS="--only mix,load", DATABASE_URL)
# messages collect strings (with gettext installed) and compile the catalogues
# clean    forget the data of DATA_DIR and all caches
# setup    virtual environment with the locked requirements; setup-dev: with the tools of developers
# lock     resolve requirements/*.in anew

SHELL := /bin/sh
PY := .venv/bin/python
HOST ?= 127.0.0.1
PORT ?= 8000
DATA_DIR ?= $(CURDIR)/.data
LANGUAGES := da de en es fr hu it nl sv
PYTEST_ARGS ?=
BENCH_ARGS ?=
# Parallel test processes, each with a database of its own; 0 runs all in one process.
TEST_WORKERS ?= 2
export HOST PORT DATA_DIR

.PHONY: run test lint bench messages clean setup setup-dev lock types

run: setup
	@exec $(PY) manage.py serve --demo

setup:
	@tools/setup.sh base

setup-dev:
	@tools/setup.sh dev

test: setup-dev
	@$(PY) -m pytest $(if $(filter-out 0,$(TEST_WORKERS)),-n $(TEST_WORKERS)) $(PYTEST_ARGS)

lint: setup-dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/lint-imports
	$(PY) manage.py makemigrations --check --dry-run

types: setup-dev
	.venv/bin/mypy

bench: setup-dev
	@$(PY) -m bench $(BENCH_ARGS)

messages: setup-dev
	@if command -v xgettext >/dev/null; then \
		$(PY) manage.py makemessages --no-obsolete --add-location file --extension html,txt,py \
			--ignore '.venv/*' --ignore 'tests/*' --ignore 'bench/*' $(addprefix -l ,$(LANGUAGES)); \
	else \
		echo "Strings were not collected: xgettext is missing (apt-get install gettext)."; \
	fi
	@$(PY) tools/compile_messages.py

clean:
	@if [ -x $(PY) ]; then $(PY) -m config.forget_data; fi
	@rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage htmlcov
	@rm -rf test-results
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

lock:
	tools/lock.sh
