# Every job of the course by name. Each target does its own set-up; a second call does none again.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
READY := .venv/.ready
NAME ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo test pytest test-fast lint data lab build release probes reference attacks bench repeats check \
	submit repair collect grade formgrade feedback report export publish clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or name it: make PYTHON=/path/to/python3"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing the environment into .venv (some minutes, once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $@

setup: $(READY)  ## the environment: .venv with the packages of constraints.txt

demo: $(READY)  ## the main job: a class of thirty, released, graded, with feedback and a report
	@$(BIN)/course demo

# Tests and probes wait more than they compute, so both run at once; a failure of one waits for the other's end.
test: $(READY) data lint  ## everything: lint, all tests, and every probe
	@$(MAKE) --no-print-directory -j2 probes pytest

pytest: $(READY)  ## all tests, without lint and probes
	@$(BIN)/pytest

test-fast: $(READY)  ## lint and the tests that start no kernel: seconds
	@$(BIN)/ruff check .
	@$(BIN)/pytest -m "not kernel"

lint: $(READY)  ## ruff alone
	@$(BIN)/ruff check .

data: $(READY)  ## fetch and verify the data sets
	@$(BIN)/course data

lab: $(READY)  ## JupyterLab on the released notebooks, as students have it
	@JUPYTER_CONFIG_PATH=$(CURDIR)/grading/bundle/jupyter:$(CURDIR)/grading/bundle \
		$(BIN)/jupyter lab --ServerApp.root_dir=.

build: $(READY)  ## nbgrader's source notebooks from solutions/ (NAME=… for one)
	@$(BIN)/course build $(NAME)

release: $(READY)  ## the students' notebooks from solutions/ (NAME=… for one)
	@$(BIN)/course release $(NAME)

probes: $(READY)  ## grade the answers whose marks are known (NAME=… for one)
	@$(BIN)/course probes $(NAME)

reference: $(READY)  ## the reference notebook from scratch, training too: make reference NAME=w04_mnist SEEDS=3
	@$(BIN)/course reference $(NAME) --seeds $(or $(SEEDS),1)

attacks: $(READY)  ## put the attack suite to the engine: what each tried, what stopped it
	@$(BIN)/course attacks

bench: $(READY)  ## time stock nbgrader and this grader on the same classes: a quarter of an hour, nothing else running
	@$(BIN)/python -m benchmarks.throughput

repeats: $(READY)  ## grade all probes 20 times in random order: the same marks each time? (NAME=… for one; an hour)
	@$(BIN)/python -m benchmarks.repeats 20 $(NAME)

check: $(READY)  ## a notebook's visible checks, as students see them: make check NAME=…; with FILE=… the judge grades that file
	@$(if $(FILE),$(BIN)/course check $(NAME) $(FILE),$(BIN)/python -m common.handin check $(NAME))

submit: $(READY)  ## what students do: check assignments/NAME, write the file to hand in (NAME=…)
	@$(BIN)/python -m common.handin submit $(NAME)

repair: $(READY)  ## what students do: put lost or doubled cells of assignments/NAME back (NAME=…)
	@$(BIN)/python -m common.handin repair $(NAME)

collect: $(READY)  ## take what a class handed in: make collect NAME=… FROM=submissions.zip FORMAT=moodle (canvas, files)
	@$(BIN)/course collect $(NAME) "$(FROM)" --format $(or $(FORMAT),files)

grade: $(READY)  ## grade build/submitted into the gradebook (NAME=… for one)
	@$(BIN)/course grade $(NAME)

formgrade: $(READY)  ## nbgrader's formgrader on the gradebook: marks given by people
	@$(BIN)/jupyter lab --ServerApp.root_dir=. --LabApp.default_url=/formgrader

feedback: $(READY)  ## feedback pages for what has been graded (NAME=… for one)
	@$(BIN)/course feedback $(NAME)

report: $(READY)  ## the class report, build/report/index.html
	@$(BIN)/course report $(NAME)

export: $(READY)  ## the marks by the course's rules, build/export: FORMAT=moodle, canvas or plain (NAME=… for one)
	@$(BIN)/course export $(NAME) --format $(or $(FORMAT),plain)

publish: $(READY)  ## the students' bundle: make publish DIR=… (a folder, or a file that ends in .zip)
	@$(BIN)/course publish $(or $(DIR),build/students)

clean:  ## remove what is generated (the gradebook and submissions in build/ too)
	rm -rf build
