#!/usr/bin/env bash
# Brings what is missing: Node 24.12 or newer from npm where the system's is older, then the packages of the lock file.
# Idempotent; `make` calls it when package.json or the lock has changed.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p .tools

fail() { printf 'setup: %s\n' "$1" >&2; exit 1; }
command -v npm >/dev/null || fail 'npm is not on the PATH; install Node.js 20 or newer first (https://nodejs.org).'

new_enough() { "$1" -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 24 || (a === 24 && b >= 12) ? 0 : 1)' 2>/dev/null; }

if ! new_enough node; then
	printf 'setup: Node %s is older than 24.12; bringing Node 24 into .tools/\n' "$(node --version 2>/dev/null || echo '(none)')"
	npm install --prefix .tools --no-audit --no-fund --loglevel=error node@24 >.tools/node.log 2>&1 || { cat .tools/node.log >&2; fail 'Node 24 could not be installed from the npm registry.'; }
fi

printf 'setup: installing packages\n'
# `npm ci` refuses lock files that lack other platforms' optional packages; `npm install` keeps to the lock and does not.
npm install --no-audit --no-fund --loglevel=error >.tools/npm.log 2>&1 || { tail -n 40 .tools/npm.log >&2; fail 'npm install failed; the whole log is in .tools/npm.log.'; }
rm -rf node_modules/.cache

if [ -e .tools/gpu/ready ]; then
	printf 'setup: training can use the runtimes in .tools/gpu\n'
else
	printf 'setup: tfjs-node-gpu and CUDA for onnxruntime-node are optional and not installed; training runs on WebAssembly, serving on the CPU (make setup-gpu brings them)\n'
fi
touch .tools/ready
