# make run    the app, in a virtual environment of its own
# make test   lint and tests
# make soak   the long attacks
# make bench  speed beside the shortest hand-written loop and the usual libraries

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& echo $$p && break; done)

.PHONY: run test soak bench

run: $(VENV)/installed
	$(BIN)/python -m streamlit run streamlit_app.py

test: $(VENV)/installed-dev
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m pytest -n 2 --dist loadfile

soak: $(VENV)/installed-dev
	$(BIN)/python -m pytest -m soak

bench: $(VENV)/installed-bench
	$(BIN)/python benchmarks/classify.py
	$(BIN)/python benchmarks/bundled.py
	$(BIN)/python benchmarks/explain.py
	$(BIN)/python benchmarks/finetune.py
	$(BIN)/python benchmarks/evaluate.py
	$(BIN)/python benchmarks/live_page.py
	$(BIN)/python benchmarks/lab.py
	$(BIN)/python benchmarks/index.py
	$(BIN)/python benchmarks/answers.py

# The marks are made last, so that an interrupted installation starts again.
$(VENV)/installed: requirements.txt $(VENV)/made
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

$(VENV)/installed-bench: requirements-bench.txt $(VENV)/installed-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-bench.txt
	@touch $@

$(VENV)/made:
	@test -n "$(PYTHON)" || { echo "Netlens needs Python 3.11, 3.12 or 3.13 on the PATH."; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	@touch $@
