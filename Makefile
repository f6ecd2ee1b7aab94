# Works as root and as an ordinary user, again and again, and asks nothing.
PYTHON ?= python3
PORT ?= 5050
# As root the database runs as a plain user, who could not reach a folder under /root.
DATA ?= $(if $(filter 0,$(shell id -u)),/var/lib/wuchuan,./var)

BIN := .venv/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --no-input
COMPILE := pip-compile --quiet --upgrade --generate-hashes --strip-extras --allow-unsafe --no-header \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host

define venv
	@$(PYTHON) -c 'import sys; sys.exit("需要 Python 3.11 或更新的版本。" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo '缺少 python3-venv;请管理员执行:apt-get install python3-venv'; exit 1; }
	@$(BIN)/pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
endef

define parts
	@$(BIN)/python -m layers.host.debian postgis
	@$(BIN)/python -m layers.host.debian fonts
	@$(BIN)/python -m app.vendor
endef

.PHONY: install install-dev run test test-all fuzz lint bench lock

install: .venv/installed
	$(parts)

install-dev: .venv/installed-dev
	$(parts)

.venv/installed: requirements.lock pyproject.toml
	$(venv)
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

.venv/installed-dev: requirements-dev.lock pyproject.toml
	$(venv)
	$(PIP) --require-hashes -r requirements-dev.lock
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@ .venv/installed

run: install
	@exec $(BIN)/wuchuan up --port "$(PORT)" --data "$(DATA)"

# Workers wait for the database, the browser and programs more than they compute: four of them on two cores. A file is
# one worker's, in the order of tests/conftest.py; and no process compiles again what another one has.
test: MARKS := not slow
test test-all: RUN := env -u PYTHONDONTWRITEBYTECODE $(BIN)/pytest -n 4 --dist loadfile --no-loadscope-reorder
test test-all: install-dev
	@$(BIN)/python -m layers.host.debian chromium
	@$(RUN) -m "$(MARKS)"; passed=$$?; $(BIN)/python -m layers.host.debian chromium; exit $$passed

fuzz: install-dev
	$(BIN)/python -m tests.fuzz 600

# Names, workflows and routes, cached answers, contracts, the cost of a change, docstrings.
RULES := tests/test_architecture.py tests/app/test_actor_first.py tests/app/test_answers.py tests/test_contracts.py \
	tests/test_change_cost.py tests/gis/test_docstrings.py

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.front
	$(BIN)/python -m tests.names
	$(BIN)/pytest -n 2 -m "not database" $(RULES)

bench: install-dev
	$(BIN)/python -m bench

# In a throw-away environment, so that pip-tools is nobody's dependency, and with Debian 12's Python 3.11.2, the oldest
# served: a newer one chooses releases that it refuses.
lock: PYTHON := /usr/bin/python3
lock:
	$(PYTHON) -m venv --clear build/lock
	build/lock/bin/pip install --quiet --disable-pip-version-check pip-tools
	build/lock/bin/$(COMPILE) --output-file requirements.lock pyproject.toml
	build/lock/bin/$(COMPILE) --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml
	rm -r build/lock
