/** What was said and waits for its label: nothing wrong is ever given out, the bound holds, and what never gets a label does not crowd out the rest. */
import test from 'ava';
import fc from 'fast-check';
import {hasCode} from '../../../core/domain/index.ts';
import {AnswerMemory} from './answer-memory.ts';

const ROWS_MAX = 16;

/** Keep the id itself as the answer. */
function keep(memory: AnswerMemory, id: number): boolean {
	const place = memory.keep(id, id / 2);
	if (place !== -1) {
		memory.answers[place] = id;
	}

	return place !== -1;
}

test('what is given out is what was kept, once, whatever the order of calls; a copy has the same future', t => {
	fc.assert(
		fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(60)), {maxLength: 300}), calls => {
			const memory = new AnswerMemory({width: 1, rowsMax: ROWS_MAX});
			let copy = new AnswerMemory({width: 1, rowsMax: ROWS_MAX});
			const taken = new Set<number>();
			let next = 0;
			for (const [isKept, back] of calls) {
				if (isKept) {
					keep(memory, next);
					keep(copy, next++);
				} else {
					const id = next - back;
					const place = memory.take(id);
					t.is(copy.take(id), place);
					if (place !== -1) {
						t.is(memory.answers[place], id);
						t.is(memory.askedAt(place), id / 2);
						t.false(taken.has(id));
						taken.add(id);
					}
				}

				const bytes = memory.snapshot();
				t.true(bytes.length <= 5 + ROWS_MAX * 5);
				copy = new AnswerMemory({width: 1, rowsMax: ROWS_MAX});
				copy.restore(bytes);
				t.deepEqual(copy.snapshot(), bytes);
			}
		}),
		{seed: 1, numRuns: 100},
	);
});

test('labels that come within the bound are all found, those that come later in part, and more are kept again when they come soon', t => {
	const memory = new AnswerMemory({width: 1, rowsMax: ROWS_MAX});
	let next = 0;
	const foundWith = (late: number, count: number): number => {
		let found = 0;
		for (let step = 0; step < count; step++, next++) {
			keep(memory, next);
			found += memory.take(next - late) === -1 ? 0 : 1;
		}

		return found / count;
	};

	t.true(foundWith(5, 400) > 0.98);
	foundWith(100, 400);
	const share = foundWith(100, 1600);
	t.true(share > 1 / 32 && share < 1 / 6, `${share}`);
	foundWith(2, 3000);
	t.is(foundWith(2, 400), 1);
});

test('rows that never get a label do not crowd out those that do', t => {
	const memory = new AnswerMemory({width: 1, rowsMax: ROWS_MAX});
	let found = 0;
	for (let id = 0; id < 5000; id++) {
		keep(memory, id);
		if (id >= 1000 && id % 3 === 0) {
			const isFound = memory.take(id - 6) !== -1;
			found += id >= 3000 && isFound ? 1 : 0;
		}
	}

	t.true(found > 600, `${found} of 667`);
});

test('an id that does not rise is not kept, and numbers of something else are refused', t => {
	const memory = new AnswerMemory({width: 1, rowsMax: ROWS_MAX});
	t.true(keep(memory, 5));
	t.false(keep(memory, 5));
	t.false(keep(memory, 4));
	for (const bad of [
		new Float64Array(0),
		Float64Array.of(1, 1, 1, 1),
		Float64Array.of(ROWS_MAX + 1, 1, 1, 1),
		memory.snapshot().subarray(1),
	]) {
		t.true(
			hasCode(
				t.throws(() => {
					memory.restore(bad);
				}),
				'CHECKPOINT_CORRUPT',
			),
		);
	}
});
