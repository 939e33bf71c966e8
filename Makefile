# `make run` and `make test` set up what they need: a virtual environment in .venv, and the C++ kernels in it.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest
VERSIONS := .ci/constraints.txt

.PHONY: run test quick check types docker browser bench newest clean

run: .venv/installed
	$(BIN)/evolve run problems/online_bin_packing

test: .venv/installed  ## everything that needs neither a Docker daemon nor a browser
	$(PYTEST) -n 2 -m "not docker and not browser"

quick: .venv/installed
	$(PYTEST) -n 2 -m "not docker and not browser and not slow"

docker: .venv/installed
	$(PYTEST) -m docker

browser: .venv/installed
	$(PYTEST) -m browser

check: .venv/installed types  ## style and types
	$(BIN)/ruff check engine evaluators sandboxes problems tests setup.py
	$(BIN)/ruff format --check engine evaluators sandboxes problems tests setup.py
	cd build/types && MYPYPATH=. ../../$(BIN)/mypy --config-file ../../pyproject.toml -p cladogen

# mypy does not read package-dir; a folder of links shows it the package as it is installed.
types:
	rm -rf build/types && mkdir -p build/types/cladogen
	ln -s $(CURDIR)/engine/* build/types/cladogen/
	ln -s $(CURDIR)/evaluators $(CURDIR)/sandboxes build/types/cladogen/

bench: .venv/installed  ## the tables of docs/, measured again
	for script in tests/benchmarks/bench_*.py; do $(BIN)/python $$script; done

.venv/installed: pyproject.toml setup.py $(VERSIONS) $(wildcard csrc/*)
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) install --quiet --constraint $(VERSIONS) --editable '.[dev]'
	touch $@

newest: .venv/installed  ## the newest versions of everything; kept in the list when the whole suite passes with them
	$(PIP) install --quiet --upgrade --upgrade-strategy eager --editable '.[dev]'
	$(MAKE) check test
	sed -n 1p $(VERSIONS) > build/versions
	$(PIP) freeze --exclude-editable | sed 's/==/<=/' >> build/versions
	mv build/versions $(VERSIONS)

clean:
	rm -rf .venv build dist *.egg-info engine/_kernels*.so
