# `make build` makes build/hub from the seeds; `make test` runs every check. Each sets up what it needs on a machine that
# has git, make and Python 3.11 or later: uv into .uv, the locked packages into .venv, both inside this folder.

PYTHON ?= python3
UV_VERSION := 0.13.9
UV := .uv/bin/uv
RUN := .venv/bin
# A process a core, and one thread in each: with more, those of polars and PyTorch wait for each other, and the tests of
# polars' tables take a quarter more processor time, the training of a BERT three times as much.
PYTEST := OMP_NUM_THREADS=1 POLARS_MAX_THREADS=1 $(RUN)/pytest -n 2

.PHONY: build validate test lint quick extras examples report generate screenshots clean

build: .venv/.build
	$(RUN)/variorum build

validate: .venv/.build
	$(RUN)/variorum validate

test: lint .venv/.torch .venv/.browser
	$(RUN)/variorum validate
	$(RUN)/variorum schema --check
	$(RUN)/variorum card --check
	$(UV) build --quiet --out-dir dist
	$(RUN)/check-wheel-contents dist/*.whl
	$(PYTEST) --dist worksteal

# What is said of the code without running it.
lint: .venv/.test
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/mypy

# Some tests, as `make quick TESTS=tests/test_rules.py`; without TESTS all that take less than five seconds each.
quick: .venv/.test
	$(PYTEST) --dist worksteal -m "not server and not slow" $(TESTS)

# Label Studio's client, spaCy, the explorer, Ray and all else that `make build` does without, into .venv.
extras: .venv/.test

# What the scripts in examples/ need, PyTorch among it.
examples: .venv/.torch

# The explorer, build/report/index.html.
report: .venv/.test
	$(RUN)/variorum report

# Writes every generated file anew and formats the code.
generate: .venv/.test
	$(RUN)/variorum schema
	$(RUN)/variorum card
	VARIORUM_DOCS=1 $(RUN)/pytest --quiet tests/test_docs.py tests/convert/test_table.py
	$(RUN)/ruff format .

# The pictures of the annotators' page and of the README, taken by the tests that do what they show.
screenshots: .venv/.test .venv/.browser
	VARIORUM_SCREENSHOTS=annotations/guidelines $(RUN)/pytest tests/label_studio/test_end_to_end.py
	VARIORUM_SCREENSHOTS=docs $(RUN)/pytest tests/report/test_browser.py -k picture

clean:
	rm -rf build dist .venv .uv

# The package is installed as a wheel, not in place: what is run and tested is what ships.
SOURCES := $(shell find src -type f -not -name '*.pyc') pyproject.toml uv.lock
INSTALL := UV_PROJECT_ENVIRONMENT=.venv $(UV) sync --quiet --locked --no-editable --compile-bytecode --reinstall-package variorum

$(UV):
	$(PYTHON) -m venv .uv
	.uv/bin/python -m pip install --quiet uv==$(UV_VERSION)

.venv/.build: $(UV) $(SOURCES)
	$(INSTALL) --no-dev --extra hub
	touch $@ && rm -f .venv/.test

.venv/.test: $(UV) $(SOURCES)
	$(INSTALL) --inexact --group examples --extra hub --extra label-studio --extra preannotation --extra embedding --extra report --extra convert --extra ray
	touch $@ && touch .venv/.build

# PyTorch for the examples, by pip and not in the lock: it takes the build for the CPU (200 MB) where pip is set up to find
# one; PyPI alone has CUDA in the one for Linux (3 GB), which works too.
# `--inexact` above leaves it where it is when sources change.
.venv/.torch: .venv/.test
	.uv/bin/python -m pip --python $(RUN)/python install --quiet torch==2.13.0
	touch $@

# A Chromium for the tests: the one there is, or the system's, or the one that Playwright brings.
.venv/.browser: .venv/.test
	command -v chromium || command -v chromium-browser || command -v google-chrome \
		|| { command -v apt-get && [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq chromium; } \
		|| $(RUN)/playwright install --with-deps chromium
	touch $@
