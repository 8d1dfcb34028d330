#!/usr/bin/env bash
# On a machine with a GPU: the gradients of every operation and a training on it, compared with the CPU; then samples a second and the GPU's use.
# BACKEND=gpu (CUDA) or webgpu (Vulkan); absent: each of them that starts.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { printf 'verify-gpu: %s\n' "$1" >&2; exit 1; }
if command -v nvidia-smi >/dev/null && nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader; then
	:
elif [ "${BACKEND:-}" != webgpu ]; then
	fail 'nvidia-smi finds no GPU here. On a GPU of another make: make verify-gpu BACKEND=webgpu'
fi

directory="$PWD/.tools/gpu"
[ -d "$directory/node_modules" ] || fail 'no GPU runtime is installed; run "make setup-gpu" first'
starts() {
	node --input-type=module --disable-warning=ExperimentalWarning -e "
		import {MemoryLogger} from './core/domain/index.ts';
		import {loadTensorFlow} from './core/runtimes/index.ts';
		const {kind, device, close} = await loadTensorFlow({backend: '$1', requireGpu: true, nativeDirectory: '$directory', logger: new MemoryLogger()});
		console.log('verify-gpu: ' + kind + ' starts on ' + device);
		close();" 2>"$directory/start.log" || { printf 'verify-gpu: %s\n' "$(grep -m1 -o 'A GPU is required.*' "$directory/start.log" || tail -n 1 "$directory/start.log")"; return 1; }
}

tested=0
for backend in ${BACKEND:-gpu webgpu}; do
	if starts "$backend"; then
		tested=$((tested + 1))
		# Products of matrices in TF32 would miss the bound of the comparison; the benchmark below allows them.
		NVIDIA_TF32_OVERRIDE=0 TF_CPP_MIN_LOG_LEVEL=2 PERENNIAL_TEST_BACKEND=$backend PERENNIAL_TEST_NATIVE_DIRECTORY="$directory" \
			node tests/run.ts tests/gradients.test.ts tests/train-frame.test.ts core/runtimes/tensorflow.test.ts
	fi
done
[ "$tested" -gt 0 ] || fail 'no backend starts on a GPU; the lines above say why'
node --expose-gc bench/main.ts --name train
