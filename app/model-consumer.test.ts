/** What the learner of a model is told beside its labels, and what people are told when it goes wrong. */
import test from 'ava';
import {
	featureSchemaOf,
	parseSpec,
	scoresWidth,
	tierScores,
	type Alarm,
	type DecisionRecord,
	type EventRecord,
	type LabelRecord,
	type LearnerDefinition,
	type LogRecord,
	type OnlineLearner,
} from '../core/domain/index.ts';
import {createRng, drawNormal} from '../core/numerics/index.ts';
import {LEARNERS} from '../trainers/index.ts';
import {ModelConsumer} from './model-consumer.ts';

const SPEC = parseSpec({
	name: 'watched',
	task: 'binary',
	label: {field: 'bad', delay: {fixed: 'PT1H'}, maturity: 'PT1H'},
	features: [{name: 'x', type: 'numeric'}],
});
const SCHEMA = featureSchemaOf(SPEC, 1);
const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 5);

interface Told {
	readonly label: number;
	readonly expert: number | undefined;
}

/** Says the opposite of what is right for rows from 100 on, surely. Notes what it is told. */
function teachable(told: Told[]): LearnerDefinition {
	const definition = LEARNERS.find(({name}) => name === 'logistic-regression')!;
	const wrap = (inner: OnlineLearner): OnlineLearner => ({
		get learntCount() {
			return inner.learntCount;
		},
		get parameters() {
			return inner.parameters;
		},
		predictOne(row, into) {
			inner.predictOne(row, into);
		},
		learnOne(row, label, weight, expert, before) {
			told.push({label, expert: expert?.[0]});
			inner.learnOne(Float64Array.of(row[0]! % 100), label, weight, expert, before);
			if (before && row[0]! >= 100) {
				before[0] = label === 1 ? 0.001 : 0.999;
			}
		},
		snapshot: () => inner.snapshot(),
	});
	return {
		...definition,
		create: shape => wrap(definition.create(shape)),
		restore: (shape, bytes) => wrap(definition.restore(shape, bytes)),
	};
}

/** An event, its decision unless `teacher` is absent, and its label. */
type Lesson = [EventRecord, DecisionRecord | undefined, LabelRecord | undefined];

function lesson(index: number, x: number, label: number, teacher?: number): [EventRecord, DecisionRecord | undefined, LabelRecord] {
	const offset = 1 + 3 * index;
	const time = START + index * HOUR;
	const scores = new Float64Array(scoresWidth(1)).fill(Number.NaN);
	tierScores(scores, 'teacher', 1)[0] = teacher ?? Number.NaN;
	return [
		{kind: 'event', offset, source: 'test', id: String(index), time, recordedAt: time, schemaVersion: 1, row: Float64Array.of(x)},
		teacher === undefined
			? undefined
			: {
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
				},
		{
			kind: 'label',
			offset: offset + 2,
			eventOffset: offset,
			recordedAt: time + HOUR,
			observedAt: time + HOUR,
			value: label,
			revision: 0,
			channel: 'outcome',
			withdrawn: false,
		},
	];
}

interface Started {
	readonly consumer: ModelConsumer;
	/** What the log has of an event. */
	readonly remember: (event: EventRecord, decision?: DecisionRecord) => void;
	readonly take: (lessons: Lesson) => void;
}

function start(told: Told[] = [], spec = SPEC): Started {
	const events = new Map<number, EventRecord>();
	const decisions = new Map<number, DecisionRecord>();
	const consumer = new ModelConsumer({
		spec,
		schema: SCHEMA,
		schemas: new Map([[1, SCHEMA]]),
		definition: teachable(told),
		lookup: {eventAt: offset => events.get(offset), decisionOf: offset => decisions.get(offset), valueOf: () => undefined},
		onDrift() {
			throw new Error('nothing is followed here');
		},
		onMonitorFailure(monitor, error) {
			throw new Error(`${monitor} failed`, {cause: error});
		},
	});
	const remember: Started['remember'] = (event, decision) => {
		events.set(event.offset, event);
		if (decision) {
			decisions.set(event.offset, decision);
		}
	};

	return {
		consumer,
		remember,
		take([event, decision, label]) {
			remember(event, decision);
			for (const record of [event, decision, label].filter((candidate): candidate is LogRecord => candidate !== undefined)) {
				consumer.take(record);
			}
		},
	};
}

async function divergenceOf(consumer: ModelConsumer): Promise<Alarm[]> {
	const alarms: Alarm[] = [];
	await consumer.flushAlarms(alarm => {
		alarms.push(alarm);
	});
	return alarms.filter(({detector}) => detector === 'divergence');
}

test('the learner is told what the teacher had said of an event, and nothing where there was none', t => {
	const told: Told[] = [];
	const {take} = start(told);
	take(lesson(0, 1, 1, 0.75));
	take(lesson(1, 1, 0));
	take(lesson(2, 1, 1, Number.NaN));
	t.deepEqual(told, [
		{label: 1, expert: 0.75},
		{label: 0, expert: undefined},
		{label: 1, expert: Number.NaN},
	]);
});

test('a label is learnt when it is final, in the order of the events, as it then is; also after a restart', t => {
	const spec = {...SPEC, label: {...SPEC.label, maturity: 'P1D'}};
	const told: Told[] = [];
	const first = start(told, spec);
	const lessons = [0, 1, 2].map(index => lesson(index, 1, index === 1 ? 0 : 1));
	for (const [event, , label] of lessons) {
		first.take([event, undefined, label]);
	}

	// Known out of order: a correction of the first, the second withdrawn.
	first.consumer.take({...lessons[0]![2], offset: 20, value: 0, revision: 1});
	first.consumer.take({...lessons[1]![2], offset: 21, revision: 1, withdrawn: true});
	t.deepEqual(told, []);
	const again = start(told, spec);
	again.consumer.restore(first.consumer.snapshot());
	for (const [event] of lessons) {
		again.take([event, undefined, undefined]);
	}

	t.deepEqual(told, [], 'nothing is final yet');
	again.take(lesson(30, 1, 1));
	t.deepEqual(
		told.map(({label}) => label),
		[0, 1],
	);
	again.consumer.take({...lessons[2]![2], offset: 200, recordedAt: START + 40 * HOUR, value: 0, revision: 1});
	t.is(told.at(-1)!.label, 0, 'a correction of what was learnt is learnt');
	t.is(told.length, 3);
});

test('a learner that diverges raises one alarm, which outlives a restart and ends when the learner is good again', async t => {
	const {consumer, take} = start();
	const rng = createRng(1);
	let index = 0;
	const feed = (target: (lessons: ReturnType<typeof lesson>) => void, count: number, offset: number): void => {
		for (let fed = 0; fed < count; fed++) {
			const x = drawNormal(rng);
			target(lesson(index++, offset + 50 + x, x > 0 ? 1 : 0));
		}
	};

	feed(take, 3000, 0);
	t.deepEqual(await divergenceOf(consumer), []);
	feed(take, 1500, 100);
	const [raised, ...others] = await divergenceOf(consumer);
	t.deepEqual(others, []);
	t.like(raised, {state: 'open', subject: 'quality', name: 'online'});
	t.regex(raised!.message, /stopped/v);
	t.true(raised!.effect > raised!.threshold);

	const again = start();
	again.consumer.restore(consumer.snapshot());
	feed(again.take, 3000, 0);
	const [ended] = await divergenceOf(again.consumer);
	t.like(ended, {id: raised!.id, state: 'resolved'});
});

test('the detectors that the spec names raise alarms under their names, and a restart changes no byte', async t => {
	const spec = parseSpec({...SPEC, monitors: {detectors: ['hddm-a', 'kswin'], falseAlarmsPerMonth: 2}});
	const rng = createRng(4);
	const lessons = Array.from({length: 2400}, (_, index): Lesson => {
		const probability = 0.1 + 0.8 * rng();
		const label = rng() < (index < 1800 ? probability : 1 - probability) ? 1 : 0;
		const [event, decision, own] = lesson(index, 1, label, probability);
		return [event, {...decision!, tier: 'teacher'}, own];
	});
	const whole = start([], spec);
	const [first, second] = [start([], spec), start([], spec)];
	for (const [index, each] of lessons.entries()) {
		whole.take(each);
		if (index === 2000) {
			second.consumer.restore(first.consumer.snapshot());
		}

		(index < 2000 ? first : second).take(each);
	}

	t.deepEqual(second.consumer.snapshot(), whole.consumer.snapshot());
	const alarms: Alarm[] = [];
	await whole.consumer.flushAlarms(alarm => {
		alarms.push(alarm);
	});
	const concept = alarms.filter(({subject}) => subject === 'concept');
	t.deepEqual(concept.map(({detector}) => detector).toSorted(), ['hddm-a', 'kswin']);
	t.true(concept.every(({openedAt}) => Date.parse(openedAt) >= START + 1800 * HOUR));
	t.not(start([], SPEC).consumer.signature, whole.consumer.signature, 'a checkpoint of other detectors is not taken');
});

test('investigations are learnt at once where the spec says both, each event once, and only a final label that differs again', t => {
	const label = {...SPEC.label, maturity: 'P10D'};
	const run = (learnFrom: 'outcomes' | 'both', isRestarted: boolean): {told: number[]; early: number; bytes: unknown} => {
		const spec = {...SPEC, label, online: {...SPEC.online, learnFrom}};
		const told: Told[] = [];
		let current = start(told, spec);
		const lessons = [1, 1, 0, 1].map((value, index) => lesson(index, index, value, index === 3 ? undefined : 0.5));
		const investigated = lessons.map(([, , own]): LabelRecord => ({...own, channel: 'investigation'}));
		for (const [index, [event, decision]] of lessons.entries()) {
			current.take([event, decision, index === 2 ? undefined : investigated[index]]);
		}

		// The same finding again changes nothing.
		current.consumer.take({...investigated[0]!, offset: 30, revision: 1});
		const early = told.length;
		if (isRestarted) {
			const again = start(told, spec);
			again.consumer.restore(current.consumer.snapshot());
			for (const [event, decision] of lessons) {
				again.remember(event, decision);
			}

			current = again;
		}

		// The outcome agrees with the first finding, and not with the second; the third event has an outcome alone.
		current.consumer.take({...lessons[0]![2], offset: 40});
		current.consumer.take({...lessons[1]![2], offset: 41, value: 0});
		current.consumer.take({...lessons[2]![2], offset: 42});
		current.take(lesson(300, 5, 1));
		return {told: told.map(({label: value}) => value), early, bytes: current.consumer.snapshot()};
	};

	// Of the fourth event there is no answer: nobody looked into it because of a score, and its label waits.
	t.like(run('both', false), {early: 2, told: [1, 1, 0, 0, 1]});
	t.like(run('outcomes', false), {early: 0, told: [1, 0, 0, 1]});
	t.deepEqual(run('both', true), run('both', false));
});
