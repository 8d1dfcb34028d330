#!/usr/bin/env bash
# Builds the native binding against a TensorFlow wheel (TF_WHEEL=path) and runs on it the gradients of every operation, the loader and a training.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -n "${TF_WHEEL:-}" ] || {
	printf 'verify-native: TF_WHEEL names no TensorFlow wheel; for instance: pip download tensorflow-cpu --no-deps, then make verify-native TF_WHEEL=tensorflow_cpu-....whl\n' >&2
	exit 1
}
bash app/build-native.sh "$TF_WHEEL" .tools/native
export TF_CPP_MIN_LOG_LEVEL=3 PERENNIAL_TEST_BACKEND=node PERENNIAL_TEST_NATIVE_DIRECTORY="$PWD/.tools/native"
node tests/run.ts tests/gradients.test.ts tests/train-frame.test.ts core/runtimes/tensorflow.test.ts
printf 'verify-native: the tests above ran on libtensorflow of %s\n' "$TF_WHEEL"
