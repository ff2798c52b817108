# What people do with this repository, on a machine that has only python3 (3.11 to 3.13) and make.
# Every target sets up what it needs in $(VENV); `make help` lists them.

VENV ?= .venv
WORKERS ?= 2
TESTS ?= tests
STUDY ?= lidfob_vs_libf4
RESULTS := results/$(STUDY).zarr

BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest

# Never let uv fetch a Python of its own; PyBaMM (extra `peers`) reports its use over the network unless told not to.
export UV_PYTHON_DOWNLOADS := never
export PYBAMM_DISABLE_TELEMETRY := true
export NO_MKDOCS_2_WARNING := 1

.DEFAULT_GOAL := help
.PHONY: help screen test test-slow test-gpu test-all lint format types bench docs schema wheel constraints clean

help:  ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

# --- environment: one stamp per extra, renewed when pyproject.toml or constraints.txt changes ---
# Compiling every file of jax and scipy to bytecode takes pip longer than everything else; Python compiles what it imports.

$(BIN)/python:
	@python=$${PYTHON:-$$(sh .ci/find-python)} || exit 1; \
	echo "creating $(VENV) with $$python"; \
	"$$python" -m venv $(VENV)

define install
	@echo "installing sei-screening$(1) into $(VENV)"; \
	if command -v uv >/dev/null 2>&1; then uv pip install --quiet --python $(BIN)/python -c constraints.txt -e '.$(1)'; \
	else $(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check -c constraints.txt -e '.$(1)'; fi
	@touch $@
endef

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(call install,)

$(VENV)/.installed-%: pyproject.toml constraints.txt | $(BIN)/python
	$(call install,[$*])

# --- what people do ---

screen: $(VENV)/.installed-fast  ## screen the LiDFOB film against the LiBF4 film: zarr store, ranked table, plots, report
	$(BIN)/sei-screen run experiments/$(STUDY).toml --out $(RESULTS) --overwrite
	$(BIN)/sei-screen show $(RESULTS) --top 10 --plot $(RESULTS:.zarr=.png)
	$(BIN)/sei-screen report $(RESULTS) --html $(RESULTS:.zarr=.html)
	$(BIN)/sei-screen simulate experiments/$(STUDY).toml --candidate 0 --plot $(RESULTS:.zarr=_candidate_0.png)
	@echo "page: $(RESULTS:.zarr=.html); next: source $(BIN)/activate && sei-screen show $(RESULTS) --per-film"

test: $(VENV)/.installed-dev  ## the ordinary tests, in parallel
	$(PYTEST) -n $(WORKERS) --dist loadfile -m "not slow and not bench" $(TESTS)

test-slow: $(VENV)/.installed-dev  ## the tests marked slow (pytest's exit code 5: there are none)
	$(PYTEST) -n $(WORKERS) --dist loadfile -m "slow and not bench" $(TESTS) || [ $$? -eq 5 ]

test-gpu: $(VENV)/.installed-dev $(VENV)/.installed-gpu  ## on a machine with an NVIDIA GPU: its own tests, and the numerics on it
	$(PYTEST) -m "gpu or not slow and not bench" tests/pipeline/test_gpu.py tests/numerics

test-all:  ## the ordinary tests on each supported Python found, in .venv-3.11 and .venv-3.12
	@for version in 3.11 3.12; do \
	  if python=$$(sh .ci/find-python $$version); then \
	    echo "== Python $$version"; $(MAKE) --no-print-directory test VENV=.venv-$$version PYTHON="$$python" || exit 1; \
	  fi; \
	done

lint: $(VENV)/.installed-dev  ## style: ruff check and ruff format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.installed-dev  ## let ruff fix and format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/.installed-dev  ## static types of kernels and screening
	$(BIN)/pyright --pythonpath $(BIN)/python

bench: $(VENV)/.installed-dev  ## speed and memory, printed with the error reached
	$(BIN)/sei-screen bench

docs: $(VENV)/.installed-docs  ## build the documentation into site/
	$(BIN)/mkdocs build --strict --quiet

schema: $(VENV)/.installed  ## write the documentation's tables of keys and variables again, from the models
	$(BIN)/python docs/generate_schema.py

wheel: $(VENV)/.installed-dev  ## build the wheel into dist/ and check that studies and tables are in it
	rm -rf dist
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .
	$(BIN)/python .ci/check_wheel.py dist

constraints:  ## resolve all dependencies again and rewrite constraints.txt
	oldest=$$(sh .ci/find-python 3.11) && newest=$$(sh .ci/find-python 3.12) && \
	python3 .ci/pin.py "$$oldest" "$$newest" > constraints.new && mv constraints.new constraints.txt

clean:  ## remove environments, builds, caches and results
	rm -rf .venv .venv-* build dist site results .cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
