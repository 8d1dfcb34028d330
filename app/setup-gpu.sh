#!/usr/bin/env bash
# Tries to bring the optional training runtimes into .tools/gpu: tfjs-node-gpu (downloads libtensorflow) and webgpu (Dawn).
# Either may be out of reach, behind a closed network for instance; that is said in one line and is no failure.
set -uo pipefail
cd "$(dirname "$0")/.."
mkdir -p .tools/gpu
[ -e .tools/gpu/package.json ] || printf '{"private": true, "allowScripts": {"@tensorflow/tfjs-node-gpu": true, "webgpu": false, "core-js": false}}\n' >.tools/gpu/package.json

bring() { # name@version, module to probe, what to say
	if timeout 600 npm install --prefix .tools/gpu --no-audit --no-fund --loglevel=error "$1" >".tools/gpu/$2.log" 2>&1 && (cd .tools/gpu && node -e "require('$3')" >>"$2.log" 2>&1); then
		printf 'setup-gpu: %s is installed\n' "$1"
		touch .tools/gpu/ready
	else
		printf 'setup-gpu: %s cannot be had here (%s); training goes on without it\n' "$1" "$(grep -m1 -oE 'ENOTFOUND[^,]*|ETIMEDOUT[^,]*|E4[0-9]{2}[^,]*|Cannot find[^,]*|addon[^,]*' ".tools/gpu/$2.log" || echo "see .tools/gpu/$2.log")"
	fi
}

if [ -n "${TF_WHEEL:-}" ]; then
	# Built here against a TensorFlow of today instead of the package's download of 2022.
	if bash app/build-native.sh "$TF_WHEEL" .tools/gpu; then touch .tools/gpu/ready; fi
else
	bring @tensorflow/tfjs-node-gpu@4.22.0 tfjs-node-gpu @tensorflow/tfjs-node-gpu
fi
bring webgpu@0.6.2 webgpu webgpu
