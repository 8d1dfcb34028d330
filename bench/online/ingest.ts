/**
 * From bytes to a learnt row: NDJSON through the line scanner and binary row frames, each into logistic regression, per CPU second.
 *
 * Lines look like those of an electricity market: 8 numbers of at most 6 decimals. Labels come beside the lines, as the label join gives them, and
 * in the frame itself. Times and features are read and checked, ids of lines become strings; nothing is written to disk. Rates are what they are on
 * this machine, so each is also given against a yardstick of the same run.
 *
 * @module
 */
import type {FeatureSchema} from '../../core/domain/index.ts';
import {createRng} from '../../core/numerics/index.ts';
import {encodeRowFrame, EventLineScanner, RowDecoder, type FrameEvent} from '../../streams/index.ts';
import {LEARNERS} from '../../trainers/index.ts';
import {row, type BenchRow} from '../bench.ts';
import {leastCpuSeconds} from '../cpu-time.ts';

const FEATURES = ['day', 'period', 'nswprice', 'nswdemand', 'vicprice', 'vicdemand', 'transfer', 'load'] as const;
const SCHEMA: FeatureSchema = {version: 1, columns: FEATURES.map(name => ({name, type: 'numeric'}))};
const EVENTS = 50_000;
/** Runs a figure at the least; the best counts. */
const RUNS = 12;

/** What every measurement reads. */
interface IngestData {
	readonly lines: readonly string[];
	readonly body: Buffer;
	readonly frame: Uint8Array;
	/** One number a label, whole milliseconds and all, for the scalar yardstick. */
	readonly rows: Float64Array;
	readonly labels: Uint8Array;
}

function ingestData(): IngestData {
	const rng = createRng(17);
	const events: FrameEvent[] = Array.from({length: EVENTS}, (_, index) => {
		const values = FEATURES.map(() => Math.round(rng() * 1e6) / 1e6);
		return {
			id: `reading-${String(index).padStart(6, '0')}`,
			time: Date.UTC(2026, 0, 1) + index * 1_800_000,
			features: Object.fromEntries(FEATURES.map((name, at) => [name, values[at]!])),
			label: values[2]! + 0.3 * rng() > 0.6 ? 1 : 0,
		};
	});
	const lines = events.map(({id, time, features}) => JSON.stringify({id, time: new Date(time!).toISOString(), features}));
	return {
		lines,
		body: Buffer.from(`${lines.join('\n')}\n`),
		frame: encodeRowFrame(SCHEMA, events),
		rows: Float64Array.from(events.flatMap(({features}) => Object.values(features) as number[])),
		labels: Uint8Array.from(events, ({label}) => label as number),
	};
}

/** Events per CPU second of all threads of the process, in the best of {@link RUNS} runs or more. */
function rateOf(run: () => number): number {
	let count = 0;
	const seconds = leastCpuSeconds(
		() => {
			count = run();
		},
		{rounds: RUNS},
	);
	return count / seconds;
}

function createLogisticRegression(): ReturnType<(typeof LEARNERS)[number]['create']> {
	return LEARNERS.find(({name}) => name === 'logistic-regression')!.create({schema: SCHEMA, outputCount: 1});
}

function learnLines({body, labels}: IngestData): number {
	const learner = createLogisticRegression();
	const scanner = new EventLineScanner(SCHEMA);
	scanner.open(body);
	let index = 0;
	let idLetters = 0;
	for (let start = 0; start < body.length;) {
		const end = body.indexOf(0x0a, start);
		if (!scanner.scan(start, end)) {
			throw new Error(`line ${index} was declined`);
		}

		idLetters += scanner.id!.length;
		learner.learnOne(scanner.row, labels[index]!);
		index++;
		start = end + 1;
	}

	return idLetters === index * 14 ? index : Number.NaN;
}

function decodeFrame({frame: bytes}: IngestData, learn: (row: Float64Array, label: number) => void): number {
	const decoder = new RowDecoder(SCHEMA, {codeOf: () => 0});
	const frame = decoder.open(bytes);
	const values = new Float64Array(FEATURES.length);
	// Labels are places of texts: each is read once, not once a row.
	const classes = Float64Array.from({length: frame.textCount + 1}, (_, place) =>
		place === 0 ? Number.NaN : Number(frame.textAt(place)),
	);
	const faults: never[] = [];
	for (let index = 0; index < frame.rowCount; index++) {
		decoder.decode(frame, index, values, faults);
		learn(values, classes[frame.labels[index]!]!);
	}

	return frame.rowCount;
}

function learnFrame(data: IngestData): number {
	const learner = createLogisticRegression();
	return decodeFrame(data, (values, label) => {
		learner.learnOne(values, label);
	});
}

/** What everybody does: JSON.parse of each line, and no more. */
function parseLines({lines}: IngestData): number {
	let sum = 0;
	for (const line of lines) {
		sum += (JSON.parse(line) as {features: {day: number}}).features.day;
	}

	return Number.isFinite(sum) ? lines.length : Number.NaN;
}

/** A dot product and one step a row in plain numbers: what any linear learner does at the least. */
function scalarLoop({rows, labels}: IngestData): number {
	const width = FEATURES.length;
	const weights = new Float64Array(width);
	for (let index = 0; index < labels.length; index++) {
		let logit = 0;
		for (let column = 0; column < width; column++) {
			logit += weights[column]! * rows[index * width + column]!;
		}

		const step = 0.01 * (1 / (1 + Math.exp(-logit)) - labels[index]!);
		for (let column = 0; column < width; column++) {
			weights[column]! -= step * rows[index * width + column]!;
		}
	}

	return Number.isFinite(weights[0]!) ? labels.length : Number.NaN;
}

/** The figures of the ingest fast path. */
export async function measureIngest(): Promise<BenchRow[]> {
	const data = ingestData();
	const lines = rateOf(() => learnLines(data));
	const frames = rateOf(() => learnFrame(data));
	const decoded = rateOf(() => decodeFrame(data, () => undefined));
	const parsed = rateOf(() => parseLines(data));
	const scalar = rateOf(() => scalarLoop(data));
	return [
		row('ndjson.learned', lines, 'perSecond', '>= 900000'),
		row('ndjson.learnedPerJsonParse', lines / parsed, 'ratio'),
		row('binaryRows.learned', frames, 'perSecond', '>= 4000000'),
		row('binaryRows.learnedPerScalarLoop', frames / scalar, 'ratio'),
		row('binaryRows.decoded', decoded, 'perSecond'),
		row('yardstick.jsonParse', parsed, 'perSecond'),
		row('yardstick.scalarLoop', scalar, 'perSecond'),
	];
}
