/**
 * How each backend of TensorFlow.js is brought up in Node, and why it cannot be where it cannot. Use {@link loadTensorFlow}, not this.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {existsSync, readdirSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import util from 'node:util';
import type * as tensorflow from '@tensorflow/tfjs';
import type {WebGPUBackend} from '@tensorflow/tfjs-backend-webgpu';
import {patchWasmKernels} from './wasm-kernels.ts';

/** The TensorFlow.js module. */
export type TensorFlowModule = typeof tensorflow;

/** CUDA through libtensorflow; libtensorflow on the CPU; WebGPU on any Vulkan device; WebAssembly; plain JavaScript. */
export const TENSORFLOW_KINDS = ['gpu', 'node', 'webgpu', 'wasm', 'cpu'] as const;

/** One of {@link TENSORFLOW_KINDS}. */
export type TensorFlowKind = (typeof TENSORFLOW_KINDS)[number];

/** A backend that runs. */
export interface StartedBackend {
	readonly tf: TensorFlowModule;
	readonly kind: TensorFlowKind;
	/** What computes, in words. */
	readonly device: string;
	close(): void;
}

/** What a start needs to know. */
export interface StartOptions {
	/** Folder whose node_modules may hold the optional packages; searched before the project's own. */
	readonly nativeDirectory?: string | undefined;
	/** True if this kind was asked for by name: then a software renderer is good enough for WebGPU. */
	readonly isForced: boolean;
}

/** Starts one kind, or throws an Error whose first line says why it cannot. */
export const START_BACKEND: Readonly<Record<TensorFlowKind, (options: StartOptions) => Promise<StartedBackend>>> = {
	gpu: async options => startNative(['@tensorflow/tfjs-node-gpu'], true, options),
	node: async options => startNative(['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'], false, options),
	webgpu: startWebGpu,
	wasm: startWasm,
	cpu: startCpu,
};

const ownRequire = createRequire(import.meta.url);
const doNothing = (): void => undefined;

/** Without the advertisement that the cpu backend prints on its first tensor. The flag turns no check off that training relies on. */
function plainModule(): TensorFlowModule {
	const tf = ownRequire('@tensorflow/tfjs') as TensorFlowModule;
	tf.env().set('PROD', true);
	return tf;
}

async function startCpu(): Promise<StartedBackend> {
	const tf = plainModule();
	assert(await tf.setBackend('cpu'), 'the cpu backend did not start');
	return {tf, kind: 'cpu', device: 'plain JavaScript', close: doNothing};
}

async function startWasm(): Promise<StartedBackend> {
	const tf = plainModule();
	ownRequire('@tensorflow/tfjs-backend-wasm');
	if (!(await tf.setBackend('wasm'))) {
		throw new Error('the wasm backend did not start');
	}

	patchWasmKernels(tf);
	const hasSimd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
	return {tf, kind: 'wasm', device: hasSimd === true ? 'wasm-simd' : 'wasm', close: doNothing};
}

/** libtensorflow through its N-API binding. Two packages carry the same binding; the first that is whole is taken. */
function startNative(names: readonly string[], wantsGpu: boolean, {nativeDirectory}: StartOptions): StartedBackend {
	const files = names.map(name => resolveOptional(`${name}/package.json`, nativeDirectory));
	const folders = files.filter(file => file !== undefined).map(file => path.dirname(file));
	const folder = folders.find(candidate => bindingOf(candidate) !== undefined);
	const binding = folder && bindingOf(folder);
	if (!folder || !binding) {
		throw new Error(
			folders[0] === undefined
				? `${names.at(-1)} is not installed`
				: `${path.basename(folders[0])} is installed without its native binding: its install script did not run or had no network`,
		);
	}

	// The binding is loaded first, by itself: the package loads a TensorFlow.js of its own before it finds out that its binding is of no use,
	// and two engines in a process register every kernel twice.
	ownRequire(binding);
	restoreUtilFunctions();
	const tf = ownRequire(folder) as TensorFlowModule;
	const {isUsingGpuDevice} = tf.backend() as unknown as {readonly isUsingGpuDevice?: boolean};
	if (wantsGpu && isUsingGpuDevice !== true) {
		throw new Error('libtensorflow sees no GPU (is the driver there, and the CUDA version that it was built for?)');
	}

	const what =
		isUsingGpuDevice === true ? ({kind: 'gpu', device: 'cuda'} as const) : ({kind: 'node', device: 'libtensorflow-cpu'} as const);
	return {tf, ...what, close: doNothing};
}

/** The binding for the highest N-API version; undefined is how an installation without its download looks. */
function bindingOf(folder: string): string | undefined {
	const library = path.join(folder, 'lib');
	const versions = existsSync(library)
		? readdirSync(library)
				.filter(name => name.startsWith('napi-v'))
				.toSorted()
		: [];
	return versions.map(name => path.join(library, name, 'tfjs_binding.node')).findLast(file => existsSync(file));
}

/** Node 23 took these from node:util; tfjs-node 4.22 still calls them. */
function restoreUtilFunctions(): void {
	const functions = util as unknown as Record<string, unknown>;
	functions['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
	functions['isArray'] ??= Array.isArray;
}

/** The parts of Dawn's bindings and of the WebGPU interface that are used here. */
interface Dawn {
	create(flags: readonly string[]): {requestAdapter(options: object): Promise<Adapter | null>};
	readonly globals: object;
}

interface Adapter {
	readonly info: {readonly isFallbackAdapter?: boolean; readonly description: string; readonly vendor: string};
	readonly limits: Readonly<Record<string, number>>;
	requestDevice(descriptor: object): Promise<EventTarget & {destroy(): void}>;
}

const LIMITS = [
	'maxComputeWorkgroupStorageSize',
	'maxComputeWorkgroupsPerDimension',
	'maxStorageBufferBindingSize',
	'maxBufferSize',
	'maxComputeWorkgroupSizeX',
	'maxComputeInvocationsPerWorkgroup',
];

async function startWebGpu({nativeDirectory, isForced}: StartOptions): Promise<StartedBackend> {
	const file = resolveOptional('webgpu', nativeDirectory);
	if (file === undefined) {
		throw new Error('webgpu is not installed');
	}

	const dawn = (await import(pathToFileURL(file).href)) as Dawn;
	Object.assign(globalThis, dawn.globals);
	const gpu = dawn.create(['backend=vulkan']);
	const adapter = await gpu.requestAdapter({powerPreference: 'high-performance'});
	if (!adapter) {
		throw new Error('no Vulkan device');
	}

	const device = adapter.info.description === '' ? adapter.info.vendor : adapter.info.description;
	if (adapter.info.isFallbackAdapter === true && !isForced) {
		throw new Error(`only a software renderer (${device})`);
	}

	// The backend looks for navigator.gpu when it is loaded.
	Object.defineProperty(globalThis.navigator, 'gpu', {value: gpu, configurable: true});
	const handle = await adapter.requestDevice({requiredLimits: Object.fromEntries(LIMITS.map(name => [name, adapter.limits[name]]))});
	const tf = plainModule();
	const {WebGPUBackend: Backend} = ownRequire('@tensorflow/tfjs-backend-webgpu') as {
		readonly WebGPUBackend: new (...parts: unknown[]) => WebGPUBackend;
	};
	// The backend's own factory asks the adapter for features in a way that Dawn refuses.
	tf.removeBackend('webgpu');
	tf.registerBackend('webgpu', () => new Backend(handle, adapter.info));
	if (!(await tf.setBackend('webgpu'))) {
		throw new Error('the webgpu backend did not start');
	}

	return {
		tf,
		kind: 'webgpu',
		device,
		close() {
			tf.removeBackend('webgpu');
			handle.destroy();
			Reflect.deleteProperty(globalThis.navigator, 'gpu');
		},
	};
}

/** The file that an import of an optional package would load; undefined if it is nowhere. */
function resolveOptional(specifier: string, nativeDirectory: string | undefined): string | undefined {
	const places = [...(nativeDirectory === undefined ? [] : [createRequire(path.resolve(nativeDirectory, 'package.json'))]), ownRequire];
	for (const place of places) {
		try {
			return place.resolve(specifier);
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') {
				throw error;
			}
		}
	}

	return undefined;
}
