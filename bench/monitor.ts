/**
 * What monitoring costs: CPU an event of the monitors of one model, their memory after many events, and a scrape of a fleet.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {CategoryDictionary, TIERS, type FeatureSchema, type FrameColumn} from '../core/domain/index.ts';
import {createRng, drawNormal} from '../core/numerics/index.ts';
import {buildReference, DriftMonitor, FAMILIES, PrometheusMetricSink, QualityMonitor, type DriftBaseline} from '../monitoring/index.ts';
import {row, type BenchDefinition, type BenchRow} from './bench.ts';

const EVENTS = 1_000_000;
const FEATURES = 40;
const NUMERIC = 32;
const MODELS = 20;
const EVENTS_A_DAY = 5000;
const DAY = 86_400_000;
const START = Date.UTC(2024, 0, 1);
/** Rows drawn once and met again and again, so that drawing costs nothing. */
const DRAWN = 4096;
const SCRAPES = 5;
/** Rounds of garbage collection before memory is read. */
const COLLECTIONS = 3;

/** The benchmark. */
export const definition: BenchDefinition = {
	name: 'monitor',
	summary: 'monitors of 40 features: CPU an event, memory after a million events (EVENTS=), and a scrape of 20 models',
	options: ['events'],
	async run({progress}, options) {
		const events = Number(options['events'] ?? EVENTS);
		progress(`feeding the monitors of one model ${events} events`);
		const monitors = measureMonitors(events);
		progress(`scraping ${MODELS} models`);
		return [...monitors, ...(await measureScrape())];
	},
};

interface Drawn {
	readonly baseline: DriftBaseline;
	readonly dictionary: CategoryDictionary;
	readonly rows: readonly Float64Array[];
	readonly scores: Float64Array;
	readonly labels: Uint8Array;
}

function draw(): Drawn {
	const rng = createRng(1);
	const dictionary = new CategoryDictionary();
	const categories = Array.from({length: 10}, (_, index) => `value ${index}`);
	const names = Array.from({length: FEATURES}, (_, index) => `feature ${index}`);
	const columns = names.map((name, index): FrameColumn => {
		if (index < NUMERIC) {
			return {name, kind: 'numeric', values: Float64Array.from({length: DRAWN}, () => (rng() < 0.05 ? Number.NaN : drawNormal(rng)))};
		}

		for (const category of categories) {
			dictionary.codeOf(name, category);
		}

		return {name, kind: 'categorical', categories, values: Int32Array.from({length: DRAWN}, () => Math.floor(rng() * 10))};
	});
	const schema: FeatureSchema = {
		version: 1,
		columns: columns.map(({name, kind}) => ({name, type: kind})),
	};
	const scores = Float64Array.from({length: DRAWN}, () => rng());
	const labels = Uint8Array.from(scores, score => (rng() < score ? 1 : 0));
	const times = Float64Array.from({length: DRAWN}, (_, at) => timeOf(at));
	const reference = buildReference({columns, rowCount: DRAWN, times}, scores, {
		outcomes: {of: 'positive', happened: labels},
		scoreTimes: times,
	});
	const rows = Array.from({length: DRAWN}, (_, index) =>
		Float64Array.from(columns, ({name, kind, values}) =>
			kind === 'numeric' ? values[index]! : dictionary.codeOf(name, categories[values[index]!]!),
		),
	);
	return {baseline: {version: 1, reference, schema}, dictionary, rows, scores, labels};
}

/** Drift, estimate, quality and detectors, each event answered at once and labelled a day later. */
function measureMonitors(events: number): BenchRow[] {
	const {baseline, dictionary, rows, scores, labels} = draw();
	const answers = Array.from(scores, score => Float64Array.from(TIERS, () => score));
	const memoryBefore = heldBytes();
	const drift = new DriftMonitor(baseline, {
		window: 'P1D',
		threshold: 0.25,
		falseAlarmsPerMonth: 1,
		earlyFalseAlarmsPerMonth: 1,
		dictionary,
	});
	const quality = new QualityMonitor({outputCount: 1, window: 'P1D', finalAfter: 'P7D'});
	const driftSeconds = cpuSeconds(() => {
		for (let event = 0; event < events; event++) {
			const [time, at] = [timeOf(event), event % DRAWN];
			drift.advance(time);
			drift.update(time, time, rows[at]!, scores[at]!);
			drift.takeEarly();
		}
	});
	const qualitySeconds = cpuSeconds(() => {
		for (let event = 0; event < events; event++) {
			const [time, at] = [timeOf(event), event % DRAWN];
			quality.advance(time);
			quality.addDecision(time, {eventOffset: event, time, tier: 'student', scores: answers[at]!});
			if (event >= EVENTS_A_DAY) {
				quality.addLabel(time, {
					eventOffset: event - EVENTS_A_DAY,
					value: labels[(event - EVENTS_A_DAY) % DRAWN]!,
					withdrawn: false,
				});
			}

			if (event % EVENTS_A_DAY === 0) {
				quality.takeWindows(time);
			}
		}
	});
	const held = heldBytes() - memoryBefore;
	// Both must still be alive when memory is read.
	assert(drift.version === 1 && quality.rowCount > 0, 'the monitors were fed');
	return [
		row('drift.cpuPerEvent', (1e9 * driftSeconds) / events, 'nanoseconds'),
		row('quality.cpuPerEvent', (1e9 * qualitySeconds) / events, 'nanoseconds'),
		row('monitors.cpuPerEvent', (1e9 * (driftSeconds + qualitySeconds)) / events, 'nanoseconds', '<= 5000'),
		row('monitors.events', events, 'count'),
		row('monitors.heldRows', quality.rowCount, 'count'),
		row('monitors.memory', held, 'bytes', '<= 8000000'),
	];
}

/** Every family with as many series as 20 models of 40 features make. */
async function measureScrape(): Promise<BenchRow[]> {
	const sink = new PrometheusMetricSink({processMetrics: false});
	const features = Array.from({length: FEATURES}, (_, index) => `feature ${index}`);
	for (let model = 0; model < MODELS; model++) {
		for (const family of FAMILIES) {
			const values = (family.labels as readonly string[]).includes('feature') ? features : ['one', 'two', 'three', 'four', 'five'];
			for (const value of values) {
				const set = Object.fromEntries(family.labels.map(label => [label, label === 'model' ? `model-${model}` : value]));
				measureOne(sink, family, set);
			}
		}
	}

	let [seconds, body] = [Infinity, ''];
	for (let round = 0; round < SCRAPES; round++) {
		const began = performance.now();
		({body} = await sink.expose());
		seconds = Math.min(seconds, (performance.now() - began) / 1000);
	}

	return [
		row('scrape.seconds', seconds, 'seconds', '<= 0.05'),
		row('scrape.size', Buffer.byteLength(body), 'bytes', '<= 3000000'),
		row('scrape.lines', body.split('\n').filter(line => line !== '' && !line.startsWith('#')).length, 'count'),
	];
}

function measureOne(sink: PrometheusMetricSink, {name, type}: (typeof FAMILIES)[number], labels: Readonly<Record<string, string>>): void {
	if (type === 'counter') {
		sink.count(name, labels);
	} else if (type === 'gauge') {
		sink.gauge(name, labels, 0.123);
	} else {
		sink.observe(name, labels, 0.01);
	}
}

function timeOf(event: number): number {
	return START + Math.floor((event * DAY) / EVENTS_A_DAY);
}

function cpuSeconds(work: () => void): number {
	const before = process.cpuUsage();
	work();
	const {user, system} = process.cpuUsage(before);
	return (user + system) / 1e6;
}

function heldBytes(): number {
	// Buffers are let go of only after the round that finds them unused.
	for (let round = 0; round < COLLECTIONS; round++) {
		globalThis.gc?.();
	}

	const {heapUsed, arrayBuffers} = process.memoryUsage();
	return heapUsed + arrayBuffers;
}
