/**
 * The only files that load native or heavy libraries: DuckDB, onnxruntime-node, TensorFlow.js. Each is loaded on first use, so that every other
 * file of the project loads anywhere.
 *
 * @module
 */
export {openDuckDb, quoteName, quoteText, type Analytics, type DuckDbOptions, type Offer, type OfferedColumn} from './duckdb.ts';
export {createOnnxRuntime, type OnnxRuntimeOptions} from './onnx-runtime.ts';
export {loadOnnxSession, loadWebAssemblySession, type OnnxFileShape} from './onnx-session.ts';
export {
	loadTensorFlow,
	TENSORFLOW_KINDS,
	type Tensor,
	type Tensor1D,
	type Tensor2D,
	type TensorFlow,
	type TensorFlowKind,
	type TensorFlowModule,
	type TensorFlowOptions,
} from './tensorflow.ts';
