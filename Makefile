# Two commands do all the set-up on a fresh machine: `make serve` and `make test`.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: serve install test test-frameworks test-milvus check eval eval-gate eval-pages report bench bench-scale load torture
.PHONY: install-locked lock audit clean

serve: install
	$(BIN)/wenbao serve

install: .venv/installed

.venv/installed: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make PYTHON=python3.12 serve")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

.venv/tested: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev,train]'
	touch $@

test: .venv/tested
	$(BIN)/python -m pytest -q

.venv-frameworks/installed:
	$(PYTHON) -m venv .venv-frameworks
	.venv-frameworks/bin/python -m pip install --quiet --disable-pip-version-check langchain-openai llama-index-llms-openai-like
	touch $@

test-frameworks: .venv/tested .venv-frameworks/installed
	FRAMEWORKS_PYTHON=.venv-frameworks/bin/python $(BIN)/python -m pytest -q tests/test_api_frameworks.py

test-milvus: .venv/tested
	$(BIN)/python -m pytest -q --engine milvus

check: .venv/tested
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q

eval: .venv/tested
	$(BIN)/python -m eval run

eval-gate: .venv/tested
	$(BIN)/python -m eval gate

eval-pages: .venv/tested
	$(BIN)/python -m eval pages

report: .venv/tested
	$(BIN)/python -m eval report

bench: .venv/tested
	$(BIN)/python -m eval bench

bench-scale: .venv/tested
	$(BIN)/python -m eval scale $(N) --articles $(ARTICLES)

load: .venv/tested
	$(BIN)/python -m eval load

.venv-tools/installed:
	$(PYTHON) -m venv .venv-tools
	.venv-tools/bin/python -m pip install --quiet --disable-pip-version-check 'uv==0.13.*' 'pip-audit==2.10.*'
	touch $@

install-locked:
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	touch .venv/installed

lock: .venv-tools/installed
	.venv-tools/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate --no-emit-index-url --no-emit-find-links -o requirements.lock

audit: .venv-tools/installed
	.venv-tools/bin/pip-audit --strict --disable-pip --require-hashes -r requirements.lock

torture: .venv/tested
	WENBAO_TORTURE=200 $(BIN)/python -m pytest -q tests/test_index_kill.py
	$(BIN)/python -m eval fuzz --cases 10000
	$(BIN)/python -m eval load --rate 20 --seconds 60 --reload 2

clean:
	rm -rf .venv .venv-frameworks .venv-tools build *.egg-info
