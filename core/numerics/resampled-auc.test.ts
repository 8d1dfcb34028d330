/** Against areaUnderRoc of the same rows written out. */
import test from 'ava';
import fc from 'fast-check';
import {areaUnderRoc} from './auc.ts';
import {resampledAreaUnderRoc} from './resampled-auc.ts';

test('the area of a resample is that of its rows written out, ties and single classes included', t => {
	const row = fc.record({score: fc.integer({min: 0, max: 5}), label: fc.integer({min: 0, max: 1})});
	fc.assert(
		fc.property(fc.array(row, {minLength: 1, maxLength: 30}), fc.array(fc.nat(29), {maxLength: 40}), (data, picks) => {
			const rows = Int32Array.from(picks, pick => pick % data.length);
			const area = resampledAreaUnderRoc(
				data.map(({score}) => score),
				data.map(({label}) => label),
			);
			const expected = areaUnderRoc(
				[...rows].map(at => data[at]!.score),
				[...rows].map(at => data[at]!.label),
			);
			t.true(Number.isNaN(expected) ? Number.isNaN(area(rows)) : Math.abs(area(rows) - expected) < 1e-12);
			t.true(Object.is(area(rows), area(rows)));
		}),
		{seed: 1, numRuns: 300},
	);
});
