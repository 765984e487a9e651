#!/bin/sh
# Install what test_mpi in tests/backends/test_sweep.py needs beside mpi4py, on Debian and Ubuntu.
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends openmpi-bin libopenmpi-dev
mpirun --version
