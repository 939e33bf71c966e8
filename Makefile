# `make run` and `make test` set up what they need: a virtual environment in .venv, and the C++ kernels in it.
SHELL := bash
.SHELLFLAGS := -o pipefail -ec
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest
VERSIONS := .ci/constraints.txt
SOURCES := engine evaluators sandboxes problems tests .ci setup.py

.PHONY: run test quick check links docker browser bench screenshots newest clean

run: links
	$(BIN)/evolve run problems/online_bin_packing

test: links  ## everything that needs neither a Docker daemon nor a browser
	$(PYTEST) -n 2 -m "not docker and not browser"

quick: links
	$(PYTEST) -n 2 -m "not docker and not browser and not slow"

docker: links
	$(PYTEST) -m docker

browser: links
	$(PYTEST) -m browser

check: links  ## style and types
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy -p cladogen

bench: links  ## the tables of docs/, measured again
	for script in tests/benchmarks/bench_*.py; do $(BIN)/python $$script; done

screenshots: links  ## the pictures of docs/view.md, made again
	$(BIN)/python tests/browser/screenshots.py

# A file or folder that is new in engine/ itself gets its name in the installed package.
links: .venv/installed
	@$(BIN)/python .ci/links.py

.venv/installed: pyproject.toml setup.py .ci/links.py $(VERSIONS) $(wildcard csrc/*)
	@echo "setting up: a virtual environment in .venv"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "setting up: packages, and the C++ kernels at the end (a minute or two)"
	@$(PIP) install --constraint $(VERSIONS) --editable '.[dev]' \
	  | grep --line-buffered -E '^Collecting|^ +Building editable .* started|^(Installing|Successfully)'
	@touch $@

newest: links  ## the newest versions of everything; kept in the list when the whole suite passes with them
	$(PIP) install --quiet --upgrade --upgrade-strategy eager --editable '.[dev]'
	$(MAKE) check test
	sed -n 1p $(VERSIONS) > build/versions
	$(PIP) freeze --exclude-editable | sed 's/==/<=/' >> build/versions
	mv build/versions $(VERSIONS)

clean:
	rm -rf .venv build dist *.egg-info engine/_kernels*.so
