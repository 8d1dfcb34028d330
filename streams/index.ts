/**
 * Events in: sources, the envelope, validation, the durable log, the label join, and the Parquet lake with its point-in-time frames.
 *
 * Nothing here scores or learns. Records are never changed once they are acknowledged.
 *
 * @module
 */
export {
	EVENTS_MAX,
	fromEventRequest,
	parseJson,
	readJsonLines,
	type EventRequest,
	type WireEvent,
	type WireItem,
} from './intake/cloud-events.ts';
export {decisionIdOf, fromDecisionId} from './intake/decision-id.ts';
export {Intake, labelSchema, type EventReceipt, type IntakeOptions, type LabelReceipt, type Rejection} from './intake/intake.ts';
export {fromLabelRequest} from './intake/label-request.ts';
export {Lake, type LakeOptions} from './lake/lake.ts';
export type {FrameRequest} from './lake/frame-query.ts';
export type {
	DecisionAppend,
	DecisionOutcome,
	EventAppend,
	EventOutcome,
	LabelAppend,
	LabelOutcome,
	ReviewAppend,
	ReviewOutcome,
} from './log/appends.ts';
export {CheckpointStore, type Checkpoint} from './log/checkpoint-store.ts';
export {SqliteEventLogReader} from './log/event-log-reader.ts';
export {EventLogWriter, type EventLogWriterOptions, type LogCommit} from './log/event-log-writer.ts';
export {inferSpec, type InferenceNote, type InferredSpec, type InferSpecOptions} from './infer/infer-spec.ts';
export {openCsv} from './sources/csv.ts';
export {readDatedRows, type DatedRowsOptions, type RowFault} from './sources/dated-rows.ts';
export type {AskedRow} from './rows/asked-lines.ts';
export {encodeRowFrame, type FrameEvent} from './rows/encode-row-frame.ts';
export {EventLineScanner, type EventLineScannerOptions} from './rows/event-line-scanner.ts';
export {RowDecoder} from './rows/row-decoder.ts';
export {FRAME_ROWS_MAX, ROW_FRAME_MEDIA_TYPE, RowFrame} from './rows/row-frame.ts';
export {readScenario} from './simulator/scenario.ts';
export {simulate, type SimulateOptions, type Simulation} from './simulator/simulate.ts';
