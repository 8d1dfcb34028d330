import test from 'ava';
import {TimeOrderedIds} from './time-ordered-ids.ts';

const VERSION_7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/v;

test('ids are UUIDs of version 7, none comes twice, and they sort as they were made: in one millisecond, over many, and where the clock is set back', t => {
	let time = Date.UTC(2026, 0, 1);
	const ids = new TimeOrderedIds({now: () => time});
	const made: string[] = [];
	for (let step = 0; step < 20; step++) {
		for (let index = 0; index < 1000; index++) {
			made.push(ids.next());
		}

		// Five thousand and more in one millisecond now and then, and once a step back.
		time += step === 10 ? -60_000 : step % 7 === 0 ? 1 : 0;
	}

	t.true(made.every(id => VERSION_7.test(id)));
	t.is(new Set(made).size, made.length);
	t.deepEqual(made.toSorted(), made);
	t.is(Number.parseInt(made[0]!.replaceAll('-', '').slice(0, 12), 16), Date.UTC(2026, 0, 1));
});
