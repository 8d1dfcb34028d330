#!/usr/bin/env bash
# Builds the native binding of TensorFlow.js against the libraries inside a TensorFlow wheel, with or without CUDA: build-native.sh <wheel> <folder>.
#
# The package's own download is libtensorflow 2.9.1 of 2022 (CUDA 11.2). The binding uses the C interface of TensorFlow, which newer wheels still carry:
# tensorflow_cpu for a CPU, tensorflow with its nvidia packages for a GPU. NODEDIR names the folder with include/node if it is not /usr.
set -euo pipefail
fail() { printf 'build-native: %s\n' "$1" >&2; exit 1; }
[ $# -eq 2 ] || fail 'usage: build-native.sh <TensorFlow wheel or installed tensorflow folder> <folder for node_modules>'
wheel=$1
mkdir -p "$2"
into=$(realpath "$2")

missing=()
[ -e "$wheel" ] || missing+=("the wheel $wheel (pip download tensorflow-cpu --no-deps)")
for tool in npm g++ make python3; do
	command -v "$tool" >/dev/null || missing+=("$tool")
done
[ -d "$wheel" ] || command -v unzip >/dev/null || missing+=(unzip)
headers=${NODEDIR:-/usr}
[ -e "$headers/include/node/node_api.h" ] || missing+=("Node's headers: $headers/include/node/node_api.h (the headers archive of nodejs.org; name its folder with NODEDIR=...)")
npm_home=$(dirname "$(realpath "$(command -v npm || echo /nowhere/npm)")")/..
gyp=
for candidate in "$npm_home/node_modules/node-gyp/bin/node-gyp.js" /usr/share/nodejs/node-gyp/bin/node-gyp.js; do
	[ ! -e "$candidate" ] || { gyp=$(realpath "$candidate"); break; }
done
[ -n "$gyp" ] || missing+=('node-gyp, which npm carries')
if [ ${#missing[@]} -gt 0 ]; then
	printf 'build-native: missing: %s\n' "${missing[@]}" >&2
	exit 1
fi

if [ -d "$wheel" ]; then
	tensorflow=$(realpath "$wheel")
else
	tensorflow="$into/$(basename "$wheel" .whl)/tensorflow"
	if [ ! -e "$tensorflow/unpacked" ]; then
		printf 'build-native: unpacking %s\n' "$wheel"
		mkdir -p "${tensorflow%/tensorflow}"
		unzip -q -o "$wheel" 'tensorflow/include/*' 'tensorflow/libtensorflow*' -d "${tensorflow%/tensorflow}" || fail "$wheel cannot be unpacked"
		touch "$tensorflow/unpacked"
	fi
fi
for library in libtensorflow_cc.so.2 libtensorflow_framework.so.2; do
	[ -e "$tensorflow/$library" ] || fail "$tensorflow has no $library: is it a wheel of TensorFlow 2 for Linux?"
done

package="$into/node_modules/@tensorflow/tfjs-node-gpu"
if [ ! -e "$package/package.json" ]; then
	printf 'build-native: bringing the package without its download\n'
	[ -e "$into/package.json" ] || printf '{"private": true}\n' >"$into/package.json"
	npm install --prefix "$into" --ignore-scripts --no-audit --no-fund --loglevel=error @tensorflow/tfjs-node-gpu@4.22.0 >"$into/npm.log" 2>&1 ||
		fail "npm could not install @tensorflow/tfjs-node-gpu@4.22.0; the log is in $into/npm.log"
fi

printf 'build-native: compiling\n'
rm -rf "$package/deps" "$package/build"
mkdir -p "$package/deps/lib"
ln -s "$tensorflow/include" "$package/deps/include"
# Names for the linker only. At run time the libraries are found where they lie, so that what they load beside themselves (CUDA) is found too.
ln -s "$tensorflow/libtensorflow_cc.so.2" "$package/deps/lib/libtensorflow.so"
ln -s "$tensorflow/libtensorflow_framework.so.2" "$package/deps/lib/libtensorflow_framework.so"
(cd "$package" && CXXFLAGS=-std=c++17 LDFLAGS="-Wl,-rpath,$tensorflow" node "$gyp" rebuild --nodedir="$headers" -- \
	-Dnapi_build_version=8 -Dmodule_name=tfjs_binding -Dmodule_path=./lib/napi-v8) >"$into/build.log" 2>&1 ||
	fail "the binding did not compile; the log is in $into/build.log"
printf 'build-native: built %s/lib/napi-v8/tfjs_binding.node against %s\n' "$package" "$tensorflow"
