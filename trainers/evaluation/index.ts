/**
 * How well a learner would have done on a stream, asked before it learns, with labels as late as they come.
 *
 * @module
 */
export {
	evaluatePrequentially,
	Prequential,
	type AlertChannel,
	type LabelDelay,
	type PrequentialEvent,
	type PrequentialOptions,
	type PrequentialReport,
	type WindowLength,
} from './prequential.ts';
export type {PrequentialQuality, PrequentialWindow} from './quality-windows.ts';
