# Everything a person or a build machine runs. `make help` lists it.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help install faults load run demo test check bench train messages docs audit sbom browser lock clean

help: ## list these commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

$(VENV)/installed: requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing Bidkeeper into $(VENV) (a minute or two, once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

install: $(VENV)/installed ## install Bidkeeper and what it needs into .venv

run: $(VENV)/installed ## start the service on http://127.0.0.1:8000 with its data in ./data
	$(BIN)/bidkeeper serve

demo: $(VENV)/installed ## the whole story on this machine: a portal, a mailbox and the service
	$(BIN)/bidkeeper demo

browser: ## install a system Chromium if none is here (needs root, or says what is missing)
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	 { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq chromium >/dev/null; } || \
	 echo "no Chromium here: browser tests are skipped (install it with: sudo apt-get install chromium)"

test: $(VENV)/installed-dev browser ## every test, fast ones first, a file at a time on each core
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

check: $(VENV)/installed-dev ## lint, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

faults: $(VENV)/installed-dev ## three nodes and a server broken 500 times on purpose (FAULTS=n), a report in docs/survival.md
	$(BIN)/python -m tests.faults.survival --faults $(or $(FAULTS),500) --report docs/survival.md

load: $(VENV)/installed-dev ## a million tenders (SCALE=0.1 for a tenth): sizes, plans and times, a report in docs/load.md
	$(BIN)/python -m bench.load --scale $(or $(SCALE),1) --report docs/load.md

bench: $(VENV)/installed-dev ## each figure we claim, beside its reference from the same run (LARGE=1 for a million rows)
	$(BIN)/python -m bench $(if $(LARGE),--large)

train: $(VENV)/installed-dev ## make the shipped models again from their training data
	$(BIN)/python -m bench.train

images: $(VENV)/installed-dev browser ## take the pictures of the README and the manual again
	BIDKEEPER_IMAGES=docs/images $(BIN)/python -m pytest -q tests/browser/test_images.py

messages: $(VENV)/installed ## collect the texts that pages mark into the translation catalogues
	$(BIN)/python -m api.translations

docs: $(VENV)/installed-dev ## the manual as a site, in build/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet
	@echo "open build/site/index.html"

audit: $(VENV)/installed-dev ## known vulnerabilities in what is locked (ADVISORIES=FILE looks in a stored database)
	$(BIN)/python deploy/audit.py $(if $(ADVISORIES),--advisories $(ADVISORIES))

sbom: $(VENV)/installed-dev ## the list of parts (CycloneDX), in build/sbom.json
	@mkdir -p build
	$(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible --of JSON -o build/sbom.json requirements.lock
	@echo "wrote build/sbom.json"

lock: ## solve the dependencies again (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --extra dev pyproject.toml -o requirements-dev.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header -c requirements-dev.lock pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --extra s3 -c requirements-dev.lock pyproject.toml -o requirements-s3.lock

clean: ## remove what was built, never ./data
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
