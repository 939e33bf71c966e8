# `make run` and `make test` set up what they need: a virtual environment in .venv, and the C++ kernels in it.
SHELL := bash
.SHELLFLAGS := -o pipefail -ec
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest
# Tests wait for processes much of the time: four at once keep two cores busy. Neighbours in a file share what it sets up.
WORKERS ?= 4
PARALLEL = -n $(WORKERS) --dist worksteal
OUTSIDE := build/outside
SITE_PACKAGES := -c 'import sysconfig; print(sysconfig.get_path("purelib"))'
VERSIONS := .ci/constraints.txt
OUTSIDE_VERSIONS := .ci/outside.txt
OUTSIDE_PACKAGES := ipykernel marimo matplotlib mlflow nbclient pandas pyarrow tensorboard tensorboardX wandb
SOURCES := engine evaluators sandboxes problems tests .ci setup.py

.PHONY: run test quick check links docker browser outside outside-packages nightly bench docs screenshots newest clean

run: links
	$(BIN)/evolve run problems/online_bin_packing

test: links  ## everything that needs neither a Docker daemon nor a browser
	$(PYTEST) $(PARALLEL) -m "not docker and not browser"

quick: links
	$(PYTEST) $(PARALLEL) -m "not docker and not browser and not slow"

docker: links
	$(PYTEST) -m docker

browser: links
	$(PYTEST) -m browser

check: links  ## style and types
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy -p cladogen

outside: outside-packages  ## the tests that read with other projects' packages: trackers, pandas, notebooks
	CLADOGEN_OUTSIDE=1 $(OUTSIDE)/bin/python -m pytest tests/outside tests/trackers

outside-packages: links
	@test -x $(OUTSIDE)/bin/python || $(PYTHON) -m venv $(OUTSIDE)
	@$(OUTSIDE)/bin/python -m pip --disable-pip-version-check install --quiet --constraint $(OUTSIDE_VERSIONS) --constraint $(VERSIONS) $(OUTSIDE_PACKAGES)
	@printf '%s\n' $(CURDIR)/build/editable "$$($(BIN)/python $(SITE_PACKAGES))" > "$$($(OUTSIDE)/bin/python $(SITE_PACKAGES))/cladogen.pth"

nightly: links  ## an hour of hostile programs; root, for a Docker daemon of its own
	CLADOGEN_SOAK_MINUTES=60 $(PYTEST) -m nightly -k docker

bench: links  ## the tables of docs/, measured again
	for script in tests/benchmarks/bench_*.py; do $(BIN)/python $$script; done

docs: links  ## the site of docs/, in build/site
	@$(BIN)/python -c "import material" 2>/dev/null || $(PIP) install --quiet --constraint $(VERSIONS) 'mkdocs-material>=9.5'
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet

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
	rm -rf $(OUTSIDE) && $(MAKE) outside OUTSIDE_VERSIONS=/dev/null
	sed -n 1p .ci/outside.txt > build/versions
	$(OUTSIDE)/bin/python -m pip freeze | grep -iE "^($$(echo $(OUTSIDE_PACKAGES) | tr ' ' '|'))==" | sed 's/==/<=/' >> build/versions
	mv build/versions .ci/outside.txt

clean:
	rm -rf .venv build dist *.egg-info engine/_kernels*.so
