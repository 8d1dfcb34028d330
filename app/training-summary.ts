/**
 * A training in words and a curve, for a terminal: what was tried, what was chosen and why, and how the loss went down.
 *
 * @module
 */
import type {CandidateReport, EpochReport, TrainingReport} from '../core/domain/index.ts';

/** Size of a curve, in characters. */
const WIDTH_MAX = 60;
const HEIGHT = 8;

/** Features named. */
const FEATURES_MAX = 5;

/** Lines about a teacher; see TrainingReport. */
export function trainingSummary(report: TrainingReport): string[] {
	const {teacher, effort, data, candidates, decisions, guards, importances, resources} = report;
	const {rows} = data;
	return [
		`Teacher: ${teacher} (effort ${effort}), learnt from ${rows.learnt} rows, chosen on the newest ${rows.validation}.`,
		...candidates.map(candidateLine),
		...decisions.map(({question, answer, reason}) => `  ${question}: ${answer} (${reason})`),
		...guards.map(({feature, action, reason}) => `  guard: ${feature} is ${action}: ${reason}`),
		...candidates
			.filter(({weight, curve}) => weight > 0 && curve.length > 1)
			.flatMap(({name, curve}) => ['', ...lossCurve(name, curve)]),
		'',
		`  features: ${importances.features
			.slice(0, FEATURES_MAX)
			.map(({feature, logLossRise}) => `${feature} ${logLossRise.toFixed(4)}`)
			.join(', ')} (rise of the log loss without it)`,
		resourceLine(resources),
	];
}

/**
 * A loss curve as text: `•` on the newest rows, `·` on those learnt from.
 *
 * @example
 * const curve = [3, 2, 1].map((loss, at) => ({epoch: at + 1, trainLoss: loss, validationLoss: loss + 0.5, seconds: 0}));
 * const lines = lossCurve('mlp', curve);
 * lines[0]; //=> '  mlp: log loss • on the newest rows, · on those learnt from'
 * lines[1]; //=> '   3.5000 ┤•  '
 */
export function lossCurve(name: string, curve: readonly EpochReport[]): string[] {
	const width = Math.min(WIDTH_MAX, curve.length);
	const points = Array.from({length: width}, (_, at) => curve[width === 1 ? 0 : Math.round((at * (curve.length - 1)) / (width - 1))]!);
	const losses = points.flatMap(({trainLoss, validationLoss}) => [trainLoss, validationLoss]).filter(Number.isFinite);
	const [lowest, highest] = [Math.min(...losses), Math.max(...losses)];
	const lineOf = (loss: number): number => Math.round(((highest - loss) / (highest - lowest || 1)) * (HEIGHT - 1));
	const rows = Array.from({length: HEIGHT}, (_, line) => {
		const value = highest - ((highest - lowest) * line) / (HEIGHT - 1);
		const marks = points.map(({trainLoss, validationLoss}) =>
			lineOf(validationLoss) === line ? '•' : lineOf(trainLoss) === line ? '·' : ' ',
		);
		return `${value.toFixed(4).padStart(9)} ┤${marks.join('')}`;
	});
	return [
		`  ${name}: log loss • on the newest rows, · on those learnt from`,
		...rows,
		`${' '.repeat(10)}└${'─'.repeat(width)} iteration ${curve.at(-1)!.epoch}`,
	];
}

function resourceLine({wallSeconds, cpuSeconds, peakMemoryBytes, backends}: TrainingReport['resources']): string {
	const memory = `${(peakMemoryBytes / 2 ** 20).toFixed(0)} MiB`;
	return `  used: ${wallSeconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} CPU s, ${memory}, ${backends.join(', ')}`;
}

function candidateLine({name, weight, validation: {auc, logLoss}, bestIteration, seconds, failure}: CandidateReport): string {
	return failure === undefined
		? `  ${weight > 0 ? '*' : ' '} ${name.padEnd(20)} weight ${weight.toFixed(2)}  AUC ${number(auc)}  log loss ${number(logLoss)}  ` +
				`iteration ${bestIteration}  ${seconds.toFixed(1)} s`
		: `    ${name.padEnd(20)} failed: ${failure}`;
}

function number(value: number | null): string {
	return value === null ? '-' : value.toFixed(4);
}
