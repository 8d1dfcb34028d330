/**
 * Kernels that the WebAssembly backend of TensorFlow.js 4.22 lacks, has wrong, or runs slowly when training.
 *
 * Lacking: UnsortedSegmentSum (the gradient of gather, so of every embedding), the gradients of convolutions, Einsum.
 * Wrong: MaxPoolGrad loses or misplaces the gradient where the maximum of a window is negative. A matrix product keeps its right-hand side packed
 * by the data alone: the same data under another shape gets the old packing, and a wrong result or a fault of memory.
 * Slow: a transposed matrix product, which is what each gradient of a dense layer is, does not reach the fast routine (XNNPACK).
 *
 * @module
 */
import assert from 'node:assert/strict';
import type {BackendWasm} from '@tensorflow/tfjs-backend-wasm';
import type * as tensorflow from '@tensorflow/tfjs';
import type {KernelConfig, KernelFunc, MathBackendCPU, NamedTensorInfoMap, TensorInfo} from '@tensorflow/tfjs';

/** Kernels that run as the plain JavaScript backend runs them, on copies: seldom used in training here, so correct matters more than fast. */
const BORROWED = [
	'Conv2DBackpropFilter',
	'DepthwiseConv2dNativeBackpropFilter',
	'DepthwiseConv2dNativeBackpropInput',
	'MaxPoolGrad',
	'Einsum',
];

/**
 * Put the kernels in place.
 *
 * Call once, after the wasm backend has started: the original kernels have been set up by then. The cpu backend must be registered too.
 * Cost: a transposed product makes a copy of its operand. Forward and backward through a layer of 128 x 64 with 512 rows took 1.5 ms for 8 before.
 *
 * @throws AssertionError - if either backend is absent.
 */
export function patchWasmKernels(tf: typeof tensorflow): void {
	const wasm = tf.findBackend('wasm') as BackendWasm | null;
	const cpu = tf.findBackend('cpu') as MathBackendCPU | null;
	assert(wasm && cpu, 'both the wasm and the cpu backend must have started');
	tf.registerKernel({kernelName: 'UnsortedSegmentSum', backendName: 'wasm', kernelFunc: segmentSumOn(wasm)});
	for (const kernelName of ['BatchMatMul', '_FusedMatMul']) {
		const original = tf.getKernel(kernelName, 'wasm');
		replaceKernel(tf, {
			...original,
			kernelFunc: transposingFirst(original.kernelFunc, tf.getKernel('Transpose', 'wasm').kernelFunc, wasm),
		});
	}

	for (const kernelName of BORROWED) {
		replaceKernel(tf, {
			kernelName,
			backendName: 'wasm',
			kernelFunc: borrowedFrom(cpu, tf.getKernel(kernelName, 'cpu').kernelFunc, wasm),
		});
	}
}

function replaceKernel(tf: typeof tensorflow, config: KernelConfig): void {
	if (tf.getKernel(config.kernelName, config.backendName)) {
		tf.unregisterKernel(config.kernelName, config.backendName);
	}

	tf.registerKernel(config);
}

/** Sums rows of `x` that share a segment id, straight on the heap; ids outside [0, numSegments) are left out. */
function segmentSumOn(wasm: BackendWasm): KernelFunc {
	return ({inputs, attrs}) => {
		const x = inputOf(inputs, 'x');
		const segmentIds = inputOf(inputs, 'segmentIds');
		const segmentCount = Number(attrs?.['numSegments']);
		const output = wasm.makeOutput([segmentCount, ...x.shape.slice(segmentIds.shape.length)], x.dtype);
		// Views of the heap come after makeOutput: it may grow the heap, and older views would then be detached.
		const sums = wasm.typedArrayFromHeap(output).fill(0);
		const values = wasm.typedArrayFromHeap(x);
		const ids = wasm.typedArrayFromHeap(segmentIds);
		const width = ids.length === 0 ? 0 : values.length / ids.length;
		for (let index = 0; index < ids.length; index++) {
			const segment = ids[index]!;
			if (segment >= 0 && segment < segmentCount) {
				const to = segment * width;
				const from = index * width;
				for (let column = 0; column < width; column++) {
					sums[to + column]! += values[from + column]!;
				}
			}
		}

		return output;
	};
}

/** Gives a matrix product its operands already transposed, and a right-hand side that it never saw under another shape. */
function transposingFirst(product: KernelFunc, transpose: KernelFunc, wasm: BackendWasm): KernelFunc {
	const shapes = new WeakMap<object, string>();
	return ({inputs, attrs, backend}) => {
		const made: TensorInfo[] = [];
		const oriented = (name: string, isTransposed: boolean): TensorInfo => {
			const x = inputOf(inputs, name);
			if (!isTransposed) {
				return x;
			}

			const rank = x.shape.length;
			const perm = x.shape.map((_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis));
			const transposed = onlyTensor(transpose({inputs: {x}, attrs: {perm}, backend}));
			made.push(transposed);
			return transposed;
		};

		const a = oriented('a', attrs?.['transposeA'] === true);
		let b = oriented('b', attrs?.['transposeB'] === true);
		const shape = b.shape.join();
		const packed = shapes.get(b.dataId);
		if (packed === undefined) {
			shapes.set(b.dataId, shape);
		} else if (packed !== shape) {
			b = copyOn(wasm, b);
			made.push(b);
		}

		const output = product({inputs: {...inputs, a, b}, attrs: {...attrs, transposeA: false, transposeB: false}, backend});
		for (const {dataId} of made) {
			wasm.disposeData(dataId);
		}

		return output;
	};
}

function copyOn(wasm: BackendWasm, tensor: TensorInfo): TensorInfo {
	// The view of the source comes after makeOutput, which may grow the heap.
	const copy = wasm.makeOutput(tensor.shape, tensor.dtype);
	wasm.typedArrayFromHeap(copy).set(wasm.typedArrayFromHeap(tensor));
	return copy;
}

/** Runs a kernel of the cpu backend on copies of the inputs and copies its outputs back. */
function borrowedFrom(cpu: MathBackendCPU, kernel: KernelFunc, wasm: BackendWasm): KernelFunc {
	return ({inputs, attrs}) => {
		const made: TensorInfo[] = [];
		const toCpu = (tensor: TensorInfo): TensorInfo => {
			const copy = cpu.makeTensorInfo(tensor.shape, tensor.dtype, wasm.typedArrayFromHeap(tensor).slice());
			made.push(copy);
			return copy;
		};

		const fromCpu = (tensor: TensorInfo): TensorInfo => {
			const {values} = cpu.data.get(tensor.dataId);
			assert(values && !isText(values), 'a kernel that trains gives numbers');
			const output = wasm.makeOutput(tensor.shape, tensor.dtype);
			wasm.typedArrayFromHeap(output).set(values);
			cpu.disposeIntermediateTensorInfo(tensor);
			return output;
		};

		const copies = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, tensor && toCpu(tensor)]));
		// Einsum hands its operands over as an array: its keys are indices then, and the kernel asks for a length.
		const given = (Array.isArray(inputs) ? Object.values(copies) : copies) as NamedTensorInfoMap;
		const outputs = kernel({inputs: given, ...(attrs && {attrs}), backend: cpu});
		const result = Array.isArray(outputs) ? outputs.map(fromCpu) : fromCpu(outputs);
		for (const copy of made) {
			cpu.disposeIntermediateTensorInfo(copy);
		}

		return result;
	};
}

function isText(values: ArrayLike<unknown>): values is ArrayLike<string | Uint8Array> {
	return Array.isArray(values);
}

function inputOf(inputs: NamedTensorInfoMap, name: string): TensorInfo {
	const tensor = inputs[name];
	assert(tensor, `the kernel was called without ${name}`);
	return tensor;
}

function onlyTensor(outputs: TensorInfo | TensorInfo[]): TensorInfo {
	assert(!Array.isArray(outputs), 'the kernel has one output');
	return outputs;
}
