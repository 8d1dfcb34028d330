#!/usr/bin/env bash
# Makes the bundle for GPU boxes that have neither network nor Node. OUT=file.tar.gz; VULKAN=1 takes the Vulkan loader along.
set -euo pipefail
cd "$(dirname "$0")/.."
fail() { printf 'gpu-bundle: %s\n' "$1" >&2; exit 1; }
for tool in strip tar gzip; do
	command -v "$tool" >/dev/null || fail "$tool is missing (apt-get install binutils tar gzip)"
done
webgpu=$(bash app/bring-webgpu.sh) || fail 'the npm package webgpu cannot be had'

vulkan=
if [ -n "${VULKAN:-}" ]; then
	vulkan=$(ldconfig -p 2>/dev/null | awk '/libvulkan\.so\.1 .*x86-64/ {print $NF; exit}')
	if [ -z "$vulkan" ]; then
		mkdir -p .tools/vulkan
		(cd .tools/vulkan && apt-get download libvulkan1 >apt.log 2>&1 && dpkg -x libvulkan1_*.deb .) ||
			fail 'there is no libvulkan.so.1 here and its package cannot be had; apt-get install libvulkan1'
		vulkan=$(find .tools/vulkan -name 'libvulkan.so.1' | head -n 1)
	fi
fi
node app/gpu-bundle/make-bundle.ts --out "${OUT:-perennial-gpu.tar.gz}" --webgpu "$webgpu/node_modules/webgpu" ${vulkan:+--vulkan "$vulkan"}
