# Each command is explained by `make help`. The work is done by tools/setup_env.py, which
# also serves machines without make; this file only finds a Python for it.

.DEFAULT_GOAL := help
.PHONY: help lab demo test test-browser check setup peers bench bench-widgets offline site page copies hub load-test lock clean

# PYTHON=... chooses another one than tools/find_python.sh would.
SETUP = @python=$$(sh tools/find_python.sh '$@' '$(PYTHON)') && "$$python" tools/setup_env.py

help: ## say what can be made
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-20s %s\n", $$1, $$2}'

lab: ## build the environment if needed, check it, open JupyterLab on notebook 01
	$(SETUP) lab $(ARGS)

demo: ## the controls alone, without code, in the browser: for the projector
	$(SETUP) demo $(ARGS)

test: ## build the environment if needed and run every test
	$(SETUP) test $(ARGS)

test-browser: ## only the tests that need a Chromium (part of make test)
	$(SETUP) test-browser $(ARGS)

check: ## check Python, packages, weights, a gradient, widgets and memory
	$(SETUP) check $(ARGS)

setup: ## only build the environment (.venv)
	$(SETUP) setup

peers: ## add other implementations of saliency, to compare ours with
	$(SETUP) peers

bench: ## time the methods against bare TensorFlow and the peers; some minutes, alone
	$(SETUP) bench $(ARGS)

bench-widgets: ## time the controls in a real browser; a minute, alone
	$(SETUP) bench-widgets $(ARGS)

offline: ## fill a folder for laptops without a network: TO=/media/stick/saliency ARGS="--for ..."
	$(SETUP) offline $(if $(TO),--to "$(TO)") $(ARGS)

site: ## build the site from the stored notebooks: build/site/html
	$(SETUP) site $(ARGS)

page: ## build the page that runs the networks in the browser (needs Node): build/page
	$(SETUP) page $(ARGS)

copies: ## notebooks for students and for teachers, and slides: build/copies
	$(SETUP) copies $(ARGS)

hub: ## build what a hub for a room needs: build/hub; deploy/README.md says how it starts
	$(SETUP) hub

load-test: ## simulated students against that hub, on this machine: ARGS="10 --pause 5 --faults"
	$(SETUP) load-test $(ARGS)

lock: ## for maintainers, with uv: write uv.lock and the requirements files anew
	python3 tools/lock.py $(ARGS)

clean: ## remove the environment and everything else that was built
	rm -rf .venv build *.egg-info .pytest_cache .ruff_cache .hypothesis .coverage htmlcov
	find . -name __pycache__ -o -name .ipynb_checkpoints | xargs rm -rf
