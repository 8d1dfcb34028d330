import test from 'ava';
import {IdSeries, TimeOrderedIds} from './time-ordered-ids.ts';

const VERSION_7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/v;

test('ids are UUIDs of version 7, none comes twice, and they sort as they were made: in one millisecond, over many, and where the clock is set back', t => {
	let time = Date.UTC(2026, 0, 1);
	const ids = new TimeOrderedIds({now: () => time});
	const made: string[] = [];
	for (let step = 0; step < 20; step++) {
		for (let run = 0; run < 10; run++) {
			const next = ids.series();
			made.push(...Array.from({length: 100}, next));
		}

		// Five thousand and more in one millisecond now and then, and once a step back.
		time += step === 10 ? -60_000 : step % 7 === 0 ? 1 : 0;
	}

	t.true(made.every(id => VERSION_7.test(id)));
	t.is(new Set(made).size, made.length);
	t.deepEqual(made.toSorted(), made);
	t.is(Number.parseInt(made[0]!.replaceAll('-', '').slice(0, 12), 16), Date.UTC(2026, 0, 1));
});

test('the first of a series says all of it, over the end of a millisecond too', t => {
	const ids = new TimeOrderedIds({now: () => 1_700_000_000_000});
	const next = ids.series();
	const made = Array.from({length: 5000}, next);
	const other = ids.series()();
	const series = IdSeries.of(made[0]!)!;
	for (const index of [0, 1, 4095, 4096, 4999]) {
		t.is(series.at(index), made[index]!);
		t.is(series.placeOf(made[index]!), index);
		t.is(IdSeries.of(made[index]!)!.at(-index), made[0]!);
	}

	t.is(IdSeries.of(made[1]!)!.placeOf(made[0]!), undefined, 'it came before');
	t.is(series.placeOf(other), undefined, 'of another series');
	t.is(series.placeOf('e1'), undefined);
	t.is(IdSeries.of('e1'), undefined);
	t.is(IdSeries.of(made[1]!.toUpperCase()), undefined);
});
