/** The bound, the age and the keys of kept answers. */
import test from 'ava';
import fc from 'fast-check';
import {MemoryMetricSink} from '../core/domain/index.ts';
import {AnswerCache, answerKeyOf} from './answer-cache.ts';

function makeCache({entriesMax = 3, ageMax = 'PT1M'} = {}) {
	const clock = {time: 1_000_000, now: () => clock.time};
	const metrics = new MemoryMetricSink();
	const cache = new AnswerCache<number>({entriesMax, ageMax, model: 'm', clock, metrics});
	const counted = (family: string, label: string): number =>
		metrics.values.get(`${family}{${[label, 'model="m"'].toSorted().join(',')}}`) ?? 0;
	return {cache, clock, metrics, counted};
}

test('one entry too many pushes out the one asked for least recently', t => {
	const {cache, counted, metrics} = makeCache();
	for (const [index, key] of ['a', 'b', 'c'].entries()) {
		cache.keep(key, index, cache.generation);
	}

	t.is(cache.find('a'), 0);
	cache.keep('d', 3, cache.generation);
	t.deepEqual(
		['a', 'b', 'c', 'd'].map(key => cache.find(key)),
		[0, undefined, 2, 3],
	);
	t.is(counted('perennial_cache_evictions_total', 'cause="bound"'), 1);
	t.is(counted('perennial_cache_lookups_total', 'result="hit"'), 4);
	t.is(counted('perennial_cache_lookups_total', 'result="miss"'), 1);
	t.is(metrics.values.get('perennial_cache_entries{model="m"}'), 3);
});

test('nothing is given that is older than its age, and asking for it does not make it younger', t => {
	const {cache, clock, counted} = makeCache();
	cache.keep('a', 1, cache.generation);
	clock.time += 60_000;
	t.is(cache.find('a'), 1);
	clock.time += 1;
	t.is(cache.find('a'), undefined);
	t.is(cache.size, 0);
	t.is(counted('perennial_cache_evictions_total', 'cause="age"'), 1);
});

test('a clock that was set back makes an entry too old: its age is unknown', t => {
	const {cache, clock} = makeCache();
	cache.keep('a', 1, cache.generation);
	clock.time -= 1;
	t.is(cache.find('a'), undefined);
});

test('what was worked out before the cache was emptied is not kept in it', t => {
	const {cache, counted} = makeCache();
	const {generation} = cache;
	cache.keep('a', 1, generation);
	cache.clear();
	t.is(cache.find('a'), undefined);
	cache.keep('a', 1, generation);
	t.is(cache.find('a'), undefined);
	cache.keep('a', 2, cache.generation);
	t.is(cache.find('a'), 2);
	t.is(counted('perennial_cache_evictions_total', 'cause="change"'), 1);
});

test('however it is used, it never holds more than its bound', t => {
	fc.assert(
		fc.property(fc.array(fc.nat({max: 9}), {maxLength: 60}), fc.integer({min: 1, max: 5}), (keys, entriesMax) => {
			const {cache} = makeCache({entriesMax});
			for (const key of keys) {
				cache.keep(String(key), key, cache.generation);
				if (cache.size > entriesMax || cache.find(String(key)) !== key) {
					return false;
				}
			}

			return cache.size === Math.min(entriesMax, new Set(keys).size);
		}),
		{seed: 1},
	);
	t.pass();
});

test('every part of a key makes another key; a row is its values, wherever they lie in memory', t => {
	const key = {channel: 'champion', version: 1, fit: 0, policy: 'p', schemaVersion: 1, row: Float64Array.of(1, Number.NaN)};
	const others = [
		{...key, channel: 'challenger'},
		{...key, version: 2},
		{...key, fit: 1},
		{...key, policy: 'q'},
		{...key, schemaVersion: 2},
		{...key, row: Float64Array.of(1, 0)},
	];
	t.is(new Set([key, ...others].map(answerKeyOf)).size, 7);
	t.is(answerKeyOf({...key, row: Float64Array.of(9, 1, Number.NaN).subarray(1)}), answerKeyOf(key));
});
