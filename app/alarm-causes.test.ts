/** What an alarm of the score is put down to: the field of the source that broke, and what the model leans on. */
import test from 'ava';
import {
	featureSchemaOf,
	parseSpec,
	scoresWidth,
	tierScores,
	type Alarm,
	type DecisionRecord,
	type EventRecord,
	type FrameColumn,
} from '../core/domain/index.ts';
import {createRng, drawNormal, sigmoid, type Rng} from '../core/numerics/index.ts';
import {buildReference} from '../monitoring/index.ts';
import {LEARNERS} from '../trainers/index.ts';
import {ModelConsumer} from './model-consumer.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 5);
const REFERENCE_ROWS = 5000;
const STREAM_ROWS = 3000;
const BROKEN_FROM = 1500;

const OF_AMOUNT = ['amount', 'amount mean 7 days', 'amount maximum', 'amount to mean', 'amount rounded', 'amount change', 'amount rank'];
const OTHERS = ['age', 'income', 'tenure', 'noise', 'visits'];
const NAMES = [...OF_AMOUNT, ...OTHERS];
const SPEC = parseSpec({
	name: 'traced',
	task: 'binary',
	label: {field: 'bad'},
	features: [
		...OF_AMOUNT.map(name => ({name, type: 'numeric', ...(name !== 'amount' && {source: 'amount'})})),
		...OTHERS.map(name => ({name, type: 'numeric'})),
	],
});
const SCHEMA = featureSchemaOf(SPEC, 1);
/** Of the log-odds; the noise and the visits count for nothing. */
const WEIGHTS: Readonly<Record<string, number>> = {amount: 0.6, 'amount mean 7 days': 0.4, age: 0.8, income: 0.8, tenure: 0.3};
/** What the model loses without a feature: as the squares of its weights. */
const IMPORTANCES = NAMES.map(feature => ({feature, logLossRise: 0.1 * (WEIGHTS[feature] ?? 0) ** 2}));

type Values = Readonly<Record<string, number>>;

/** Features made of one field have most of it in them. */
function draw(rng: Rng): Values {
	const amount = drawNormal(rng);
	return Object.fromEntries(NAMES.map(name => [name, OF_AMOUNT.includes(name) ? 0.9 * amount + 0.4 * drawNormal(rng) : drawNormal(rng)]));
}

function scoreOf(values: Values): number {
	return sigmoid(Object.entries(WEIGHTS).reduce((sum, [name, weight]) => sum + weight * values[name]!, -1));
}

/** Alarms of the score when rows are as `broken` makes them from one row on. */
async function scoreAlarms(broken: (values: Values) => Values, importances = IMPORTANCES): Promise<Alarm[]> {
	const rng = createRng(1);
	const known = Array.from({length: REFERENCE_ROWS}, () => draw(rng));
	const times = known.map((_, row) => START - (REFERENCE_ROWS - row) * HOUR);
	const columns = NAMES.map((name): FrameColumn => ({name, kind: 'numeric', values: Float64Array.from(known, values => values[name]!)}));
	const reference = buildReference(
		{columns, rowCount: REFERENCE_ROWS, times},
		known.map(values => scoreOf(values)),
		{scoreTimes: times, importances},
	);
	const decisions = new Map<number, DecisionRecord>();
	const consumer = new ModelConsumer({
		spec: SPEC,
		schema: SCHEMA,
		schemas: new Map([[1, SCHEMA]]),
		definition: LEARNERS.find(({name}) => name === 'logistic-regression')!,
		lookup: {eventAt: () => undefined, decisionOf: offset => decisions.get(offset), valueOf: () => undefined},
		onDrift() {
			// Alarms alone are looked at.
		},
		onMonitorFailure(monitor, error) {
			throw new Error(`${monitor} failed`, {cause: error});
		},
	});
	consumer.follow(1, reference);
	for (let row = 0; row < STREAM_ROWS; row++) {
		const values = row < BROKEN_FROM ? draw(rng) : broken(draw(rng));
		const [offset, time] = [1 + 2 * row, START + row * HOUR];
		const scores = new Float64Array(scoresWidth(1)).fill(Number.NaN);
		tierScores(scores, 'student', 1)[0] = scoreOf(values);
		const about = {recordedAt: time, time, channel: 'champion', reason: 'test'} as const;
		decisions.set(offset, {kind: 'decision', offset: offset + 1, eventOffset: offset, tier: 'student', version: 1, scores, ...about});
		const event: EventRecord = {
			kind: 'event',
			offset,
			source: 'test',
			id: String(row),
			time,
			recordedAt: time,
			schemaVersion: 1,
			row: Float64Array.from(NAMES, name => values[name]!),
		};
		consumer.take(event);
	}

	const alarms = new Map<string, Alarm>();
	await consumer.flushAlarms(alarm => {
		alarms.set(alarm.id, alarm);
	});
	return [...alarms.values()].filter(({subject}) => subject === 'score');
}

test('one field breaks, and with it all that is made of it: every alarm of the score names it first, with how many of its features moved', async t => {
	const alarms = await scoreAlarms(values =>
		Object.fromEntries(NAMES.map(name => [name, values[name]! + (OF_AMOUNT.includes(name) ? 1.5 : 0)])),
	);
	t.deepEqual(alarms.map(({detector}) => detector).toSorted(), ['bin-cusum', 'psi']);
	for (const {causes} of alarms) {
		t.like(causes?.[0], {field: 'amount', moved: 7, of: 7});
		t.is(causes?.[0]?.features[0], 'amount');
		t.true(causes![0]!.share > 0.99);
	}
});

test('of two features that move alike, the one that the model leans on comes first', async t => {
	const moved = ['noise', 'income'];
	const shift = (values: Values): Values => ({...values, ...Object.fromEntries(moved.map(name => [name, values[name]! + 1.2]))});
	for (const {causes} of await scoreAlarms(shift)) {
		t.deepEqual(
			causes?.map(({field}) => field),
			['income', 'noise'],
		);
		t.true(causes![0]!.share > 0.9);
	}

	const [alike] = await scoreAlarms(shift, []);
	t.true(Math.abs(alike!.causes![0]!.share - 0.5) < 0.2, 'a reference without importances takes all features to be alike');
});
