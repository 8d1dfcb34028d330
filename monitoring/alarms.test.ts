/** Alarms open once, last, end, and come out the same when the log is read again. */
import test from 'ava';
import fc from 'fast-check';
import {hasCode, type Alarm} from '../core/domain/index.ts';
import {AlarmBook, type AlarmSink} from './alarms.ts';
import type {Finding} from './finding.ts';

const HOUR = 3_600_000;

function finding(part: Partial<Finding> = {}): Finding {
	return {
		state: 'raised',
		subject: 'feature',
		name: 'age',
		detector: 'psi',
		at: HOUR,
		effect: 0.4,
		threshold: 0.25,
		message: 'The input age has moved.',
		...part,
	};
}

class MemorySink implements AlarmSink {
	readonly alarms = new Map<string, Alarm>();
	readonly puts: string[] = [];

	async put(alarm: Alarm): Promise<void> {
		this.puts.push(`${alarm.name} ${alarm.state}`);
		this.alarms.set(alarm.id, alarm);
	}
}

test('an alarm opens once, is brought up to date, and ends', t => {
	const book = new AlarmBook({model: 'churn'});
	const opened = book.apply(finding())!;
	const extended = book.apply(finding({at: 2 * HOUR, effect: 0.6, message: 'The input age has moved further.'}))!;
	t.is(extended.id, opened.id);
	t.deepEqual([extended.openedAt, extended.effect, extended.message], [opened.openedAt, 0.6, 'The input age has moved further.']);
	t.is(book.live.length, 1);
	const resolved = book.apply(finding({state: 'cleared', at: 3 * HOUR, effect: 0.1}))!;
	t.deepEqual(resolved, {...extended, state: 'resolved', resolvedAt: '1970-01-01T03:00:00.000Z'});
	t.deepEqual(book.live, []);
	t.deepEqual(book.all, [resolved]);
	t.is(book.apply(finding({state: 'cleared', at: 4 * HOUR})), undefined);
	t.not(book.apply(finding({at: 5 * HOUR}))!.id, opened.id, 'another time, another alarm');
});

test('alarms of other subjects, names and detectors are apart', t => {
	const book = new AlarmBook({model: 'churn'});
	for (const part of [{}, {name: 'income'}, {subject: 'score' as const}, {detector: 'ks'}]) {
		book.apply(finding(part));
	}

	t.is(new Set(book.live.map(({id}) => id)).size, 4);
	t.not(new AlarmBook({model: 'other'}).apply(finding())!.id, new AlarmBook({model: 'churn'}).apply(finding())!.id);
});

test('an alarm lapses when it is not raised again in time, and not before', t => {
	const book = new AlarmBook({model: 'churn'});
	book.apply(finding({lapsesAt: 10 * HOUR}));
	book.apply(finding({name: 'income'}));
	t.deepEqual(book.advance(10 * HOUR - 1), []);
	book.apply(finding({at: 9 * HOUR, lapsesAt: 20 * HOUR}));
	t.deepEqual(book.advance(19 * HOUR), []);
	t.deepEqual(
		book.advance(30 * HOUR).map(({name, state, resolvedAt}) => [name, state, resolvedAt]),
		[['age', 'resolved', '1970-01-01T20:00:00.000Z']],
	);
	t.deepEqual(
		book.live.map(({name}) => name),
		['income'],
		'what lapses at no time stays',
	);
});

test('an acknowledged alarm stays acknowledged until it ends', t => {
	const book = new AlarmBook({model: 'churn'});
	const {id} = book.apply(finding())!;
	t.is(book.acknowledge('alarm-none'), undefined);
	t.is(book.acknowledge(id)?.state, 'acknowledged');
	t.is(book.apply(finding({at: 2 * HOUR, effect: 0.9}))?.state, 'acknowledged');
	t.is(book.apply(finding({state: 'cleared', at: 3 * HOUR}))?.state, 'resolved');
	t.is(book.acknowledge(id), undefined, 'what has ended cannot be acknowledged');
});

test('the sink is told of each change once, and again after it failed', async t => {
	const book = new AlarmBook({model: 'churn'});
	const sink = new MemorySink();
	book.apply(finding());
	book.apply(finding({name: 'income'}));
	await t.throwsAsync(book.flush({put: async () => Promise.reject(new Error('disk full'))}), {message: 'disk full'});
	await book.flush(sink);
	await book.flush(sink);
	t.deepEqual(sink.puts, ['age open', 'income open']);
	book.apply(finding({state: 'cleared', at: 2 * HOUR}));
	await book.flush(sink);
	t.deepEqual(sink.puts.slice(2), ['age resolved']);
	t.deepEqual(
		[...sink.alarms.values()].map(({state}) => state),
		['resolved', 'open'],
	);
});

test('a change made while an alarm is written is written by the next flush', async t => {
	const book = new AlarmBook({model: 'churn'});
	const sink = new MemorySink();
	const {id} = book.apply(finding())!;
	await book.flush({
		put: async () => {
			book.acknowledge(id);
		},
	});
	await book.flush(sink);
	t.deepEqual(sink.puts, ['age acknowledged']);
});

const operations = fc.array(
	fc.record({
		name: fc.constantFrom('age', 'income', 'city'),
		state: fc.constantFrom('raised' as const, 'cleared' as const),
		lapses: fc.boolean(),
		acknowledge: fc.boolean(),
	}),
	{maxLength: 60},
);

test('restored at any time, it has the same future; the log read again opens the same alarms', t => {
	fc.assert(
		fc.property(operations, fc.nat(60), (steps, cut) => {
			const run = (book: AlarmBook, from: number, to: number): void => {
				for (const [index, {name, state, lapses, acknowledge}] of steps.slice(from, to).entries()) {
					const at = (from + index) * HOUR;
					const alarm = book.apply(finding({name, state, at, ...(lapses ? {lapsesAt: at + 5 * HOUR} : {})}));
					book.advance(at);
					if (acknowledge && alarm) {
						book.acknowledge(alarm.id);
					}
				}
			};

			const whole = new AlarmBook({model: 'churn', resolvedMax: 5});
			run(whole, 0, steps.length);
			const first = new AlarmBook({model: 'churn', resolvedMax: 5});
			run(first, 0, cut);
			const second = AlarmBook.restore(JSON.parse(JSON.stringify(first.snapshot())), {model: 'churn', resolvedMax: 5});
			run(second, cut, steps.length);
			t.deepEqual(second.snapshot(), whole.snapshot());
			t.true(whole.all.length <= 5 + 3);
		}),
		{seed: 1},
	);
});

test('an acknowledgement survives that the log is read again from before the alarm', async t => {
	const sink = new MemorySink();
	const before = new AlarmBook({model: 'churn'});
	const checkpoint = before.snapshot();
	before.acknowledge(before.apply(finding())!.id);
	await before.flush(sink);
	const after = AlarmBook.restore(checkpoint, {model: 'churn'});
	after.recallAcknowledged(sink.alarms.values());
	t.is(after.apply(finding())?.state, 'acknowledged');
	const live = new AlarmBook({model: 'churn'});
	live.apply(finding());
	live.recallAcknowledged(sink.alarms.values());
	t.is(live.live[0]?.state, 'acknowledged', 'in either order');
});

test('what is no snapshot is refused', t => {
	for (const broken of [undefined, {}, {...new AlarmBook({model: 'a'}).snapshot(), live: [{}]}]) {
		t.true(
			hasCode(
				t.throws(() => AlarmBook.restore(broken, {model: 'a'})),
				'CHECKPOINT_CORRUPT',
			),
		);
	}
});
