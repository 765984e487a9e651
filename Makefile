# make demo   install into .venv, simulate examples/cuba.py, write a raster plot
# make test   install what the tests need into .venv, check the code, run all tests
# make build  compile the native parts again after editing a .pyx file
# make clean  remove .venv and what was built
#
# Another Python: make PYTHON=python3.12 demo

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
NATIVE := setup.py pyproject.toml $(wildcard brainsim/*.pyx brainsim/*.pxd codegen/include/*.h)

.PHONY: demo test build clean
.DELETE_ON_ERROR:

demo: $(VENV)/.installed-demo
	$(RUN) examples/cuba.py

test: $(VENV)/.installed-test
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	$(RUN) -m pytest -n auto --dist loadgroup

build:
	rm -f $(VENV)/.installed-*
	$(MAKE) $(VENV)/.installed-test

clean:
	rm -rf $(VENV) build dist brainsim_snn.egg-info brainsim/*.c brainsim/*.so

$(VENV)/.installed-demo: EXTRAS := plot,progress
$(VENV)/.installed-test: EXTRAS := plot,progress,test
$(VENV)/.installed-%: $(VENV)/.made $(NATIVE)
	@echo "installing brainsim and what it needs into $(VENV); the first time takes a minute or two"
	$(RUN) -m pip install --quiet --disable-pip-version-check -e ".[$(EXTRAS)]"
	@$(RUN) -c "import brainsim.scheduler" || { \
	  echo; \
	  echo "The native parts of brainsim were not compiled. They need a C compiler and the headers"; \
	  echo "of Python. On Debian or Ubuntu: apt install gcc python3-dev, then make build."; \
	  echo; }
	@touch $@

# Debian ships the standard library's venv without pip unless python3-venv is installed; then the pip
# of the system, or virtualenv, can put one there.
$(VENV)/.made:
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || { \
	  echo "brainsim needs Python 3.11 or newer. If you have one, name it: make PYTHON=python3.12"; \
	  exit 1; }
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 \
	  || { rm -rf $(VENV); $(PYTHON) -m venv --without-pip $(VENV) 2>/dev/null \
	       && $(PYTHON) -m pip --python $(RUN) install --quiet pip 2>/dev/null; } \
	  || { rm -rf $(VENV); $(PYTHON) -m virtualenv --quiet $(VENV) 2>/dev/null; } \
	  || { rm -rf $(VENV); \
	       echo "$(PYTHON) cannot make a virtual environment, which needs one of python3-venv,"; \
	       echo "python3-pip, virtualenv. On Debian or Ubuntu: apt install python3-venv"; \
	       exit 1; }
	@touch $@
