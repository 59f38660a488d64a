# Volens: everything one does here, in a few verbs. Needs make and Python 3.11, nothing else; no compiler, no service.
#
#   make demo      the synthetic shop, end to end      ARGS="--no-serve", ARGS="--data FILE", ...
#   make test      the test suite                      ARGS="tests/unit -k consent", ...
#   make check     style, types, architecture          what CI runs, the same command
#   make bench     the numbers, with what bounds them  ARGS=...
#   make bench-audit  the log beside a Tessera log on the same disk, exports beside a scan (needs Go)
#   make bench-privacy  published numbers beside other tools, ten million rows, the ledger in PostgreSQL
#   make eval      quality on recorded data sets     VOLENS_DATASETS=DIR, ARGS="--only beauty", ...
#   make eval-unlike  the same beside simple recommenders, on recordings of other habits   ARGS="--only seasons,steps"
#   make eval-federated  models learnt on devices: privacy against quality, attacks (VOLENS_DATASETS)
#   make campaign  the long fault and property runs    (hours at most; a sample of each is in `make test`)
#   make features  what a consent engine can have  runs the command of each row, and records how it ended
#   make capabilities  what a personalisation engine can do, likewise
#   make fmt       formats the code, writes the generated documents anew

ARGS   ?=
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready-$(shell sed '/^\[tool/,$$d' pyproject.toml | cat requirements.lock - | cksum | tr ' ' '-')

.DEFAULT_GOAL := help
.PHONY: help demo test check bench bench-audit bench-privacy eval eval-unlike eval-federated campaign features capabilities fmt setup

help:
	@sed -n '/^#/!q; s/^# \{0,1\}//p' Makefile

demo: $(READY)
	$(BIN)/volens demo $(ARGS)

test: $(READY)
	$(BIN)/python -m pytest $(ARGS)

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache --no-logo
	$(BIN)/python -m tools.reference --check
	$(BIN)/python -m tools.page_policy --check

bench: $(READY)
	$(BIN)/python -m bench $(ARGS)

bench-audit: $(READY)
	$(BIN)/python -m bench.beside_tessera $(ARGS)

bench-privacy: $(READY)
	$(BIN)/python -m bench.privacy $(ARGS)

eval: $(READY)
	$(BIN)/python -m bench.quality $(ARGS)

eval-unlike: $(READY)
	$(BIN)/python -m bench.unlike $(ARGS)

eval-federated: $(READY)
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m bench.federated_quality $(ARGS)

campaign: $(READY)
	VOLENS_CAMPAIGN=full $(BIN)/python -m pytest --timeout 3600 tests/property tests/fault tests/journey \
	  tests/unit/privacy/measuring $(ARGS)

features: $(READY)
	$(BIN)/python -m tools.consent_features --run
	$(BIN)/python -m tools.reference

capabilities: $(READY)
	$(BIN)/python -m tools.capabilities --run
	$(BIN)/python -m tools.reference

fmt: $(READY)
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format .
	$(BIN)/python -m tools.reference
	$(BIN)/python -m tools.page_policy

setup: $(READY)

# Once per change of the lock or of what pyproject.toml says of the project: exactly the locked distributions, checked by hash, then the project itself.
$(READY):
	@test -n "$(PYTHON)" && "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
	  || { echo "Volens needs Python 3.11 (make PYTHON=/path/to/python3.11 ...)." >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "This Python has no ensurepip: install its venv package (Debian: apt-get install python3.11-venv)." >&2; exit 1; }
	test -x $(BIN)/python || "$(PYTHON)" -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@rm -f $(VENV)/.ready-*
	@touch $@
