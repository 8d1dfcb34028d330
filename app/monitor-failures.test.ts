/** A monitor that throws: it alone misses what it was told, people are told, and learning and the other monitors go on. */
import test from 'ava';
import {
	featureSchemaOf,
	parseSpec,
	scoresWidth,
	tierScores,
	type DecisionRecord,
	type DriftWindow,
	type EventRecord,
	type LabelRecord,
	type LogRecord,
} from '../core/domain/index.ts';
import {createRng, drawNormal} from '../core/numerics/index.ts';
import {buildReference} from '../monitoring/index.ts';
import {LEARNERS} from '../trainers/index.ts';
import {ModelConsumer} from './model-consumer.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 5);
const SPEC = parseSpec({
	name: 'guarded',
	task: 'binary',
	label: {field: 'bad'},
	features: [{name: 'x', type: 'numeric'}],
	monitors: {window: 'P1D'},
});
const SCHEMA = featureSchemaOf(SPEC, 1);
/** Rows for which the student says what is no probability; another tier answers. */
const BROKEN = [30, 31];

function recordsOf(row: number, x: number): LogRecord[] {
	const [offset, time] = [1 + 3 * row, START + row * HOUR];
	const scores = new Float64Array(scoresWidth(1)).fill(0.3);
	tierScores(scores, 'student', 1)[0] = BROKEN.includes(row) ? 1.5 : 0.3;
	const event: EventRecord = {
		kind: 'event',
		offset,
		source: 'test',
		id: String(row),
		time,
		recordedAt: time,
		schemaVersion: 1,
		row: Float64Array.of(x),
	};
	const decision: DecisionRecord = {
		kind: 'decision',
		offset: offset + 1,
		eventOffset: offset,
		recordedAt: time,
		time,
		tier: 'online',
		version: 1,
		channel: 'champion',
		reason: 'test',
		scores,
	};
	const label: LabelRecord = {
		kind: 'label',
		offset: offset + 2,
		eventOffset: offset,
		recordedAt: time,
		observedAt: time,
		value: x > 0 ? 1 : 0,
		revision: 0,
		channel: 'outcome',
		withdrawn: false,
	};
	return [event, decision, label];
}

/** 72 hours of rows, one an hour. */
function run(isFollowed: boolean) {
	const rng = createRng(1);
	const [events, decisions] = [new Map<number, EventRecord>(), new Map<number, DecisionRecord>()];
	const failures: string[] = [];
	const windows: DriftWindow[] = [];
	const consumer = new ModelConsumer({
		spec: SPEC,
		schema: SCHEMA,
		schemas: new Map([[1, SCHEMA]]),
		definition: LEARNERS.find(({name}) => name === 'logistic-regression')!,
		lookup: {eventAt: offset => events.get(offset), decisionOf: offset => decisions.get(offset), valueOf: () => undefined},
		onDrift(window) {
			windows.push(window);
		},
		onMonitorFailure(monitor, error) {
			failures.push(`${monitor}: ${String(error)}`);
		},
	});
	const values = Float64Array.from({length: 1000}, () => drawNormal(rng));
	const outcomes = {of: 'positive', happened: values.map(value => (value > 0 ? 1 : 0))} as const;
	const column = {name: 'x', kind: 'numeric', values} as const;
	if (isFollowed) {
		consumer.follow(
			1,
			buildReference(
				{columns: [column], rowCount: 1000},
				values.map(value => 1 / (1 + Math.exp(-value))),
				{outcomes},
			),
		);
	}

	for (let row = 0; row <= 72; row++) {
		const records = recordsOf(row, drawNormal(rng));
		events.set(1 + 3 * row, records[0] as EventRecord);
		decisions.set(1 + 3 * row, records[1] as DecisionRecord);
		for (const record of records) {
			consumer.take(record);
		}
	}

	return {failures, windows, learner: consumer.snapshot()['learner'], quality: consumer.takeQuality(START + 73 * HOUR), consumer};
}

test('what a monitor throws is told once for each record, and neither learning nor quality nor later windows miss anything', t => {
	const followed = run(true);
	t.is(followed.failures.length, BROKEN.length);
	t.regex(followed.failures[0]!, /^drift: .*a score is a probability/v);
	t.deepEqual(
		followed.windows.map(({rows}) => rows),
		[24, 24, 24],
	);
	const alone = run(false);
	t.deepEqual(alone.failures, []);
	t.deepEqual(followed.learner, alone.learner);
	t.is(followed.consumer.learntCount, 73);
	t.deepEqual(followed.quality, alone.quality);
});
