/**
 * The only files that load native or heavy libraries: DuckDB, onnxruntime-node, TensorFlow.js. Each is loaded on first use, so that every other
 * file of the project loads anywhere.
 *
 * @module
 */
export {openDuckDb, quoteName, quoteText, type Analytics, type ColumnType, type DuckDbOptions, type InsertColumn} from './duckdb.ts';
