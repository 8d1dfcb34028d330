#!/usr/bin/env bash
# Prints a folder whose node_modules has the npm package webgpu (Dawn): that of `make setup-gpu` if there is one, else one of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
for directory in .tools/gpu .tools/webgpu; do
	if [ -e "$directory/node_modules/webgpu/package.json" ]; then
		realpath "$directory"
		exit 0
	fi
done

directory=.tools/webgpu
mkdir -p "$directory"
[ -e "$directory/package.json" ] || printf '{"private": true, "allowScripts": {"webgpu": false}}\n' >"$directory/package.json"
npm install --prefix "$directory" --ignore-scripts --no-audit --no-fund --loglevel=error webgpu@0.6.2 >"$directory/npm.log" 2>&1 || {
	printf 'bring-webgpu: npm could not install webgpu@0.6.2; the log is in %s/npm.log\n' "$directory" >&2
	exit 1
}
realpath "$directory"
