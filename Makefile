# `make run` and `make test` set up what they need: a virtual environment in .venv, and the C++ kernels in it.
PYTHON ?= python3
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest

.PHONY: run test quick check types docker browser bench clean

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

.venv/installed: pyproject.toml setup.py $(wildcard csrc/*)
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

clean:
	rm -rf .venv build dist *.egg-info engine/_kernels*.so
