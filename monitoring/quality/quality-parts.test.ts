/** The parts of the quality monitor: rolling AUC, maturity queue, sampled windows, and when a label is final. */
import test from 'ava';
import fc from 'fast-check';
import {hasCode, scoresWidth} from '../../core/domain/index.ts';
import {areaUnderRoc, drawPermutation, createRng, WindowAuc} from '../../core/numerics/index.ts';
import {TumblingWindows} from '../tumbling-windows.ts';
import {finalAfterOf} from './final-after.ts';
import {MaturityQueue} from './maturity-queue.ts';
import {RollingAuc} from './rolling-auc.ts';
import {RowWindows} from './row-windows.ts';
import {ScoredRows} from './scored-rows.ts';
import {SlotTable} from './slot-table.ts';

/** Few distinct scores, so that there are ties. */
const labelled = fc.array(
	fc.tuple(
		fc.integer({min: 0, max: 12}).map(value => value / 12),
		fc.boolean(),
	),
	{minLength: 1, maxLength: 300},
);

test('the rolling AUC is the AUC of the newest rows, after every label', t => {
	fc.assert(
		fc.property(labelled, fc.integer({min: 2, max: 60}), (rows, rowsMax) => {
			const rolling = new RollingAuc({rowsMax});
			for (const [index, [score, isPositive]] of rows.entries()) {
				rolling.update(score, isPositive);
				const newest = rows.slice(Math.max(0, index + 1 - rowsMax), index + 1);
				t.is(rolling.count, newest.length);
				// Kept up to date pair by pair, by other code.
				const oracle = new WindowAuc({rowsMax});
				for (const [value, label] of newest) {
					oracle.update(value, label);
				}

				t.is(rolling.value, oracle.value);
			}
		}),
		{seed: 1, numRuns: 60},
	);
});

test('the rolling AUC never drifts: 200,000 labels later it is still exact', t => {
	const rng = createRng(1);
	const rows = Array.from({length: 200_000}, () => [rng(), rng() < 0.1] as const);
	const rolling = new RollingAuc();
	for (const [score, isPositive] of rows) {
		rolling.update(score, isPositive);
	}

	const newest = rows.slice(-2000);
	t.is(
		rolling.value,
		areaUnderRoc(
			newest.map(([score]) => score),
			newest.map(([, label]) => (label ? 1 : 0)),
		),
	);
});

test('a restored rolling AUC has the same future; one that does not fit is refused', t => {
	fc.assert(
		fc.property(labelled, labelled, (first, second) => {
			const whole = new RollingAuc({rowsMax: 50});
			for (const [score, isPositive] of first) {
				whole.update(score, isPositive);
			}

			const restored = RollingAuc.restore(whole.state(), {rowsMax: 50});
			for (const [score, isPositive] of second) {
				whole.update(score, isPositive);
				restored.update(score, isPositive);
				t.is(restored.value, whole.value);
			}

			t.deepEqual(restored.state(), whole.state());
		}),
		{seed: 1, numRuns: 30},
	);
	const three = {scores: Float64Array.of(0.1, 0.2, 0.3), labels: Int8Array.of(1, 0, 1)};
	t.true(
		hasCode(
			t.throws(() => RollingAuc.restore(three, {rowsMax: 2})),
			'CHECKPOINT_CORRUPT',
		),
	);
	t.true(
		hasCode(
			t.throws(() => RollingAuc.restore({scores: Float64Array.of(Number.NaN), labels: Int8Array.of(1)})),
			'CHECKPOINT_CORRUPT',
		),
	);
});

test('the queue gives what is due, in order of time and then of offset', t => {
	const timesAndOffsets = fc.tuple(fc.integer({min: 0, max: 20}), fc.integer({min: 1, max: 1000}));
	const anyEntries = fc.uniqueArray(timesAndOffsets, {selector: ([, offset]) => offset, maxLength: 100});
	fc.assert(
		fc.property(anyEntries, fc.integer({min: 0, max: 20}), (entries, now) => {
			const queue = new MaturityQueue();
			for (const [at, offset] of entries) {
				queue.push(at, offset);
			}

			queue.keep(offset => offset % 3 !== 0);
			const popped: number[] = [];
			for (let offset = queue.pop(now); offset !== undefined; offset = queue.pop(now)) {
				popped.push(offset);
			}

			const due = entries.filter(([at, offset]) => at <= now && offset % 3 !== 0).toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
			t.deepEqual(
				popped,
				due.map(([, offset]) => offset),
			);
			t.is(queue.count, entries.filter(([, offset]) => offset % 3 !== 0).length - due.length);
		}),
		{seed: 1},
	);
});

function sampleOf(offsets: ArrayLike<number>, rowsMax: number): number[] {
	const rows = new ScoredRows(10_000, scoresWidth(1));
	const windows = new RowWindows(new TumblingWindows('P7D'), rows, {rowsMax});
	const window = windows.open(0);
	for (const offset of Array.from(offsets)) {
		windows.add(window, offset, 0, 0, new Float64Array(4));
	}

	return [...rows.columns(window.slots).offsets].toSorted((a, b) => a - b);
}

test('which rows are sampled depends on their offsets, not on the order in which they came', t => {
	const offsets = Array.from({length: 3000}, (_, index) => index * 7 + 1);
	const order = drawPermutation(createRng(9), 3000);
	const sample = sampleOf(offsets, 500);
	t.deepEqual(
		sample,
		sampleOf(
			Array.from(order, index => offsets[index]!),
			500,
		),
	);
	t.true(sample.length > 200 && sample.length <= 500);
	t.deepEqual(sampleOf(offsets, 3000), offsets, 'up to the bound all rows are held');
});

test('a sample is fair: no part of the log is preferred', t => {
	const sample = sampleOf(
		Array.from({length: 9000}, (_, index) => index + 1),
		2000,
	);
	const perThird = [0, 1, 2].map(third => sample.filter(offset => Math.floor((offset - 1) / 3000) === third).length);
	const expected = sample.length / 3;
	t.true(
		perThird.every(count => Math.abs(count - expected) < 4 * Math.sqrt(expected)),
		perThird.join(' '),
	);
});

test('rows keep their columns when places are used again', t => {
	const rows = new ScoredRows(600, 2);
	for (let offset = 1; offset <= 600; offset++) {
		rows.add(offset, offset * 10, offset % 4, Float64Array.of(offset, -offset));
	}

	t.true(rows.isFull);
	t.throws(() => rows.add(601, 0, 0, new Float64Array(2)), {name: 'AssertionError'});
	for (let offset = 1; offset <= 300; offset++) {
		rows.remove(rows.find(offset)!);
	}

	t.is(rows.find(300), undefined);
	const slot = rows.add(1000, 5, 3, Float64Array.of(7, 8));
	t.deepEqual(
		[rows.offsetOf(slot), rows.timeOf(slot), rows.labelOf(slot), rows.tierOf(slot), [...rows.scoresOf(slot)]],
		[1000, 5, -1, 3, [7, 8]],
	);
	t.deepEqual([...rows.scoresOf(rows.find(450)!)], [450, -450]);
	t.is(rows.count, 301);
});

test('a label is final when it is mature and known', t => {
	t.is(finalAfterOf({delay: {fixed: 'P1M'}, maturity: 'P40D'}), 'P40D');
	t.is(finalAfterOf({delay: {fixed: 'P2M'}, maturity: 'P40D'}), 'P2M');
	t.is(finalAfterOf({delay: {field: 'knownAt'}, maturity: 'P3D'}), 'P3D');
});

test('the table of slots finds what a map would, however rows come and go', t => {
	fc.assert(
		fc.property(fc.array(fc.tuple(fc.boolean(), fc.integer({min: 0, max: 300})), {maxLength: 2000}), steps => {
			// Far apart and close together, beyond 32 bits too.
			const offsetAt = (index: number): number => (index % 3 === 0 ? index : index * 2 ** 24);
			const table = new SlotTable(offsetAt);
			const map = new Map<number, number>();
			for (const [isAdded, index] of steps) {
				const offset = offsetAt(index);
				if (!isAdded) {
					table.remove(offset);
					map.delete(offset);
				} else if (!map.has(offset)) {
					table.add(index);
					map.set(offset, index);
				}
			}

			t.is(table.count, map.size);
			for (let index = 0; index <= 300; index++) {
				t.is(table.find(offsetAt(index)), map.get(offsetAt(index)));
			}
		}),
		{seed: 1, numRuns: 100},
	);
});
