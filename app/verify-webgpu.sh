#!/usr/bin/env bash
# Runs the gradients of every operation and a small training on WebGPU, on SwiftShader: Vulkan in software, as Debian's chromium carries it.
# No GPU is needed and none is used. SWIFTSHADER names another libvk_swiftshader.so.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { printf 'verify-webgpu: %s\n' "$1" >&2; exit 1; }
swiftshader=${SWIFTSHADER:-/usr/lib/chromium/libvk_swiftshader.so}
[ -e "$swiftshader" ] || fail "there is no $swiftshader; install Debian's chromium (apt-get install chromium-common), or name a libvk_swiftshader.so: SWIFTSHADER=..."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '{"file_format_version": "1.0.0", "ICD": {"library_path": "%s", "api_version": "1.3.0"}}\n' "$(realpath "$swiftshader")" >"$work/icd.json"
if ! ldconfig -p 2>/dev/null | grep -q 'libvulkan\.so\.1 '; then
	loader=$(dirname "$(realpath "$swiftshader")")/libvulkan.so.1
	[ -e "$loader" ] || fail "there is no libvulkan.so.1; install the Vulkan loader (apt-get install libvulkan1)"
	ln -s "$loader" "$work/libvulkan.so.1"
fi

directory=$(bash app/bring-webgpu.sh) || fail 'the npm package webgpu cannot be had'
export VK_DRIVER_FILES="$work/icd.json" VK_ICD_FILENAMES="$work/icd.json" LD_LIBRARY_PATH="$work${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export PERENNIAL_TEST_BACKEND=webgpu PERENNIAL_TEST_NATIVE_DIRECTORY="$directory"
node tests/run.ts tests/gradients.test.ts tests/train-frame.test.ts core/runtimes/tensorflow.test.ts
printf 'verify-webgpu: the tests above ran on SwiftShader (%s)\n' "$swiftshader"
