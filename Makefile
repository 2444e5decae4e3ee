# For contributors. Whoever only runs Hansa needs ./hansa and nothing here.
#
#   make check    format, lint, types, floors, tidy and the fast tests: before each commit
#   make test     everything, as a build machine does
#   make search   the properties with other examples on every run
#   make sim kill      the simulator          make sim ARGS="--seed 42"
#   make lending  a million random steps of the lending machine      make lending ARGS="--seed 7 --jobs 2"
#   make bench    the benchmarks         make bench ARGS="--help"
#   make devnet   four members, here     make devnet ARGS="--clock-rate 86400"
#   make lock     judge the dependencies anew (needs uv)
#   make wheels   fill ./wheels, for machines without a network
#   make format   let the formatter and the linter mend what they can
#   make clean    take away all that the tools left behind, and the private environment

PYTHON = .venv/bin/python
TOOLS = .venv/requirements-test.lock
ARGS =

.PHONY: check test search sim kill lending bench devnet lock wheels format clean

check: $(TOOLS)
	$(PYTHON) -m ruff format --check --output-format=concise
	$(PYTHON) -m ruff check
	$(PYTHON) -m mypy
	$(PYTHON) -m pytest -n 2 -q -m "not slow" $(ARGS)

test:
	./hansa test $(ARGS)

search: $(TOOLS)
	HANSA_HYPOTHESIS=search $(PYTHON) -m pytest -n 2 -q tests/properties tests/contracts tests/unit $(ARGS)

sim:
	./hansa sim $(ARGS)

kill: $(TOOLS)
	$(PYTHON) -m tests.campaigns.kill $(ARGS)

lending: $(TOOLS)
	$(PYTHON) -m tests.campaigns.lending $(ARGS)

bench:
	./hansa bench $(ARGS)

devnet:
	./hansa devnet $(ARGS)

# One lock for all systems and Pythons: markers say what is for whom. The second holds all of the first.
LOCK = uv pip compile --quiet --universal --python-version 3.11 --upgrade --generate-hashes \
       --no-header --no-annotate --no-emit-index-url --no-emit-find-links pyproject.toml
lock:
	$(LOCK) --output-file requirements.lock
	$(LOCK) --output-file requirements-test.lock --extra test --constraint requirements.lock

wheels:
	python3 -m pip download --require-hashes --no-deps --only-binary :all: \
	    --requirement requirements-test.lock --dest wheels

format: $(TOOLS)
	$(PYTHON) -m ruff check --fix
	$(PYTHON) -m ruff format

clean:
	rm -rf .venv .venv.lock .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(TOOLS): requirements-test.lock
	./hansa test --version
	@touch $@
