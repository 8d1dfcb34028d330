/** The drift monitor: right indices, alarms only where something moved, state that survives. */
import test from 'ava';
import fc from 'fast-check';
import {
	CategoryDictionary,
	hasCode,
	TWO_SAMPLE_NAMES,
	type FeatureSchema,
	type FrameColumn,
	type TwoSampleName,
} from '../../core/domain/index.ts';
import {createRng, drawNormal, psi, type Rng} from '../../core/numerics/index.ts';
import {packState, unpackState} from '../state-bytes.ts';
import {DriftMonitor, type DriftBaseline, type DriftMonitorOptions, type DriftReport} from './drift-monitor.ts';
import {judgePsi} from './judge-psi.ts';
import {buildReference, fromReferenceJson, toReferenceJson} from './reference.ts';

const WEEK = 7 * 86_400_000;
const MONDAY = Date.UTC(2024, 0, 1);
const CITIES = ['Oslo', 'Lima', 'Kyoto', 'Accra'];
const schema: FeatureSchema = {
	version: 1,
	columns: [
		{name: 'amount', type: 'numeric'},
		{name: 'age', type: 'numeric'},
		{name: 'isNew', type: 'boolean'},
		{name: 'city', type: 'categorical'},
	],
};

interface Live {
	readonly row: Float64Array;
	readonly score: number;
}

/** How a live row may differ from the reference's. */
interface Shift {
	readonly amount?: number;
	readonly missingAge?: number;
	readonly city?: string;
	readonly score?: number;
}

function makeDictionary(): CategoryDictionary {
	const dictionary = new CategoryDictionary();
	// Codes are given in another order than the frame's, as in life.
	for (const city of CITIES.toReversed()) {
		dictionary.codeOf('city', city);
	}

	return dictionary;
}

function drawLive(rng: Rng, dictionary: CategoryDictionary, {amount = 0, missingAge = 0.1, city, score = 0}: Shift = {}): Live {
	const name = city !== undefined && rng() < 0.5 ? city : CITIES[Math.floor(rng() ** 2 * CITIES.length)]!;
	const age = rng() < missingAge ? Number.NaN : 40 + 10 * drawNormal(rng);
	return {
		row: Float64Array.of(drawNormal(rng) + amount, age, rng() < 0.3 ? 1 : 0, dictionary.codeOf('city', name)),
		score: Math.min(1, rng() + score),
	};
}

/** A baseline of 5,000 rows of the same distribution. */
function makeBaseline(version = 1, options: {hasQuantiles?: boolean} = {}): DriftBaseline {
	const rng = createRng(version);
	const dictionary = makeDictionary();
	const rows = Array.from({length: 5000}, () => drawLive(rng, dictionary));
	const numeric = (name: string, at: number): FrameColumn => ({
		name,
		kind: 'numeric',
		values: Float64Array.from(rows, ({row}) => row[at]!),
	});
	const columns: FrameColumn[] = [
		numeric('amount', 0),
		numeric('age', 1),
		numeric('isNew', 2),
		{
			name: 'city',
			kind: 'categorical',
			categories: CITIES,
			values: Int32Array.from(rows, ({row}) => CITIES.indexOf(dictionary.valueOf('city', row[3]!)!)),
		},
	];
	return {
		version,
		schema,
		reference: buildReference(
			{columns, rowCount: rows.length},
			rows.map(({score}) => score),
			options,
		),
	};
}

function optionsOf(dictionary: CategoryDictionary, tests: readonly TwoSampleName[] = ['psi']): DriftMonitorOptions {
	return {window: 'P7D', threshold: 0.25, falseAlarmsPerMonth: 1, dictionary, tests};
}

function makeMonitor(baseline: DriftBaseline, dictionary: CategoryDictionary): DriftMonitor {
	return new DriftMonitor(baseline, optionsOf(dictionary));
}

/** Feed one window of `rows` rows, in order. */
function feedWeek(monitor: DriftMonitor, week: number, rows: readonly Live[]): DriftReport[] {
	return rows.flatMap(({row, score}, index) => {
		const time = MONDAY + week * WEEK + Math.floor((index / rows.length) * WEEK);
		return monitor.update(time, time, row, score) ?? [];
	});
}

/** Reports of consecutive weeks, each with its own shift. */
function runWeeks(shifts: readonly Shift[], rowsPerWeek: number, seed = 7): DriftReport[] {
	const rng = createRng(seed);
	const dictionary = makeDictionary();
	const monitor = makeMonitor(makeBaseline(), dictionary);
	const reports = shifts.flatMap((shift, week) =>
		feedWeek(
			monitor,
			week,
			Array.from({length: rowsPerWeek}, () => drawLive(rng, dictionary, shift)),
		),
	);
	const last = monitor.advance(MONDAY + (shifts.length + 1) * WEEK);
	return last ? [...reports, last] : reports;
}

function raised({findings}: DriftReport): string[] {
	return findings.filter(({state}) => state === 'raised').map(({name}) => name);
}

test('what moved is raised and nothing else; what is back is cleared', t => {
	const reports = runWeeks([{}, {amount: 1}, {missingAge: 0.5}, {city: 'Perth'}, {score: 0.3}, {}], 800);
	t.deepEqual(
		reports.map(report => raised(report)),
		[[], ['amount'], ['age'], ['city'], ['score'], []],
	);
	t.deepEqual(
		reports[5]!.findings.map(({name}) => name),
		['amount', 'age', 'isNew', 'city', 'score'],
	);
	const findings = reports.flatMap(report => report.findings);
	t.true(findings.every(({state, effect, threshold}) => threshold === 0.25 && (state === 'cleared' || effect >= 0.25)));
	t.deepEqual(
		findings.map(({at}) => at),
		reports.flatMap(({window}) => Array.from({length: 5}, () => Date.parse(window.end))),
	);
	t.true(Math.abs(reports[2]!.window.missing['age']! - 0.4) < 0.06);
	t.deepEqual(
		reports.map(({window}) => window.start),
		Array.from({length: 6}, (_, week) => new Date(MONDAY + week * WEEK).toISOString()),
	);
	t.true(reports.every(({window}) => window.rows === 800 && window.referenceVersion === 1 && window.threshold === 0.25));
});

test('a column that fills with missing values where there were none is raised', t => {
	const baseline = makeBaseline();
	const values = Float64Array.from({length: 5000}, (_, index) => index % 100);
	const reference = buildReference({columns: [{name: 'amount', kind: 'numeric', values}], rowCount: 5000});
	const monitor = makeMonitor({...baseline, reference}, makeDictionary());
	const rows = Array.from({length: 300}, (_, index): Live => ({
		row: Float64Array.of(index % 10 === 0 ? Number.NaN : index % 100, 0, 0, 1),
		score: 0.5,
	}));
	feedWeek(monitor, 0, rows);
	const report = monitor.advance(MONDAY + 3 * WEEK)!;
	t.deepEqual(raised(report), ['amount']);
	t.is(report.window.missing['amount'], 0.1);
	t.is(report.window.score, null, 'without a reference of the score there is no index of it');
	t.deepEqual(Object.keys(report.window.features), ['amount'], 'features without a reference are not judged');
});

test('small windows raise no false alarms: 2,000 tests without drift, well under the budget', t => {
	for (const [rowsPerWeek, seed] of [
		[100, 11],
		[250, 12],
		[1000, 13],
	] as const) {
		const reports = runWeeks(
			Array.from({length: rowsPerWeek === 1000 ? 60 : 200}, () => ({})),
			rowsPerWeek,
			seed,
		);
		// One alarm a month is allowed by the monitor's options: 46 in 200 weeks.
		t.true(reports.flatMap(report => raised(report)).length <= 4, String(rowsPerWeek));
	}
});

test('many bins and few rows keep the level of the test: fewer than 3 % alarms at 1 %', t => {
	const rng = createRng(3);
	const draw = (rows: number): number[] => {
		const counts = Array.from({length: 50}, () => 0);
		for (let row = 0; row < rows; row++) {
			counts[Math.floor(rng() * 50)]!++;
		}

		return counts;
	};

	const verdicts = Array.from({length: 1000}, () => judgePsi(draw(5000), draw(100), {threshold: 0.25, alpha: 0.01}));
	t.true(
		verdicts.every(verdict => verdict.psi! >= 0.25),
		'the index alone would alarm every time',
	);
	t.true(verdicts.filter(({drifted}) => drifted).length < 30);
});

test('a window with fewer rows than it takes says null and raises nothing', t => {
	const [report] = runWeeks([{amount: 5}, {}], 60);
	t.deepEqual(report!.window.features, {amount: null, age: null, isNew: null, city: null});
	t.is(report!.window.score, null);
	t.deepEqual(report!.findings, []);
});

test('the index is that of the same rows counted apart', t => {
	fc.assert(
		fc.property(fc.array(fc.double({min: -3, max: 3, noNaN: true}), {minLength: 100, maxLength: 400}), values => {
			const known = Float64Array.from({length: 200}, (_, index) => index / 100 - 1);
			const reference = buildReference({columns: [{name: 'amount', kind: 'numeric', values: known}], rowCount: 200});
			const monitor = makeMonitor(
				{version: 1, schema: {version: 1, columns: [{name: 'amount', type: 'numeric'}]}, reference},
				new CategoryDictionary(),
			);
			feedWeek(
				monitor,
				0,
				values.map(value => ({row: Float64Array.of(value), score: Number.NaN})),
			);
			const feature = reference.features[0]!;
			const edges = feature.kind === 'numeric' ? feature.edges : [];
			const counts = Array.from({length: edges.length + 2}, () => 0);
			for (const value of values) {
				counts[edges.filter(edge => edge < value).length]!++;
			}

			t.is(monitor.advance(MONDAY + 3 * WEEK)!.window.features['amount'], psi([...feature.counts, 0], counts));
		}),
		{seed: 1, numRuns: 40},
	);
});

test('each test that the options name judges what it can, alarms by its own name, and restarts exactly', t => {
	const rng = createRng(5);
	const dictionary = makeDictionary();
	const baseline = makeBaseline(1, {hasQuantiles: true});
	const options = optionsOf(dictionary, TWO_SAMPLE_NAMES);
	const weeks = [{}, {amount: 0.7}, {city: 'Perth'}, {score: 0.3}].map(shift =>
		Array.from({length: 700}, () => drawLive(rng, dictionary, shift)),
	);
	const whole = new DriftMonitor(baseline, options);
	const reports = weeks.flatMap((rows, week) => feedWeek(whole, week, rows));
	reports.push(whole.advance(MONDAY + 6 * WEEK)!);
	const raisedOf = ({findings}: DriftReport): string[] =>
		findings.filter(({state}) => state === 'raised').map(({detector, name}) => `${detector} ${name}`);
	t.deepEqual(
		reports.map(report => raisedOf(report)),
		[
			[],
			['psi amount', 'jensen-shannon amount', 'ks amount', 'mmd amount', 'c2st amount'],
			['psi city', 'jensen-shannon city'],
			['psi score', 'jensen-shannon score', 'ks score', 'mmd score', 'c2st score'],
		],
	);
	const tests = reports[1]!.window.tests!;
	t.deepEqual(Object.keys(tests), ['jensen-shannon', 'ks', 'wasserstein', 'mmd', 'c2st']);
	t.is(tests.ks!.features['city'], null, 'categories have no order');
	t.true(tests.wasserstein!.features['amount']!.statistic > 0.6 && tests.wasserstein!.features['amount']!.probability === null);
	t.true(tests.ks!.features['amount']!.probability! <= tests.ks!.level);
	t.true(reports.every(({findings}) => findings.every(({state, effect, threshold}) => state === 'cleared' || effect >= threshold)));

	for (const cut of [0, 300, 600, 700, 1100]) {
		let monitor = new DriftMonitor(baseline, options);
		const seen: DriftReport[] = [];
		for (const [index, {row, score}] of weeks.flat().entries()) {
			if (index === cut) {
				const bytes = monitor.snapshot();
				monitor = DriftMonitor.restore(bytes, options);
				t.deepEqual(monitor.snapshot(), bytes);
			}

			const time = MONDAY + Math.floor(index / 700) * WEEK + Math.floor(((index % 700) / 700) * WEEK);
			const report = monitor.update(time, time, row, score);
			seen.push(...(report ? [report] : []));
		}

		t.deepEqual(seen, reports.slice(0, 3));
	}
});

test('a reference without quantiles leaves the tests of values without an answer, and the index without an alarm that nobody named', t => {
	const rng = createRng(5);
	const dictionary = makeDictionary();
	const monitor = new DriftMonitor(makeBaseline(), optionsOf(dictionary, ['ks']));
	feedWeek(
		monitor,
		0,
		Array.from({length: 500}, () => drawLive(rng, dictionary, {amount: 2})),
	);
	const {window, findings} = monitor.advance(MONDAY + 3 * WEEK)!;
	t.true(window.features['amount']! > 1);
	t.is(window.tests!.ks!.features['amount'], null);
	t.deepEqual(findings, []);
});

test('tests of values keep the budget: at most one false alarm a month over all of them', t => {
	const rng = createRng(6);
	const dictionary = makeDictionary();
	const monitor = new DriftMonitor(makeBaseline(1, {hasQuantiles: true}), optionsOf(dictionary, ['jensen-shannon', 'ks', 'c2st']));
	const raisedAll = Array.from({length: 100}, (_, week) =>
		feedWeek(
			monitor,
			week,
			Array.from({length: 300}, () => drawLive(rng, dictionary)),
		),
	)
		.flat()
		.flatMap(report => raised(report));
	// 100 weeks are 23 months; at the level of 1 % a test and window, 3 are to be expected.
	t.true(raisedAll.length <= 6, raisedAll.join());
});

test('restored at any row, it has the same future and the same bytes', t => {
	const rng = createRng(5);
	const dictionary = makeDictionary();
	const rows = Array.from({length: 900}, (_, index) => drawLive(rng, dictionary, index > 500 ? {amount: 1} : {}));
	const times = rows.map((_, index) => MONDAY + Math.floor((index / 300) * WEEK));
	const feed = (monitor: DriftMonitor, from: number, to: number): DriftReport[] =>
		rows.slice(from, to).flatMap(({row, score}, index) => monitor.update(times[from + index]!, times[from + index]!, row, score) ?? []);
	const whole = makeMonitor(makeBaseline(), dictionary);
	const expected = feed(whole, 0, 900);
	for (const cut of [0, 1, 299, 300, 301, 750, 900]) {
		const first = makeMonitor(makeBaseline(), dictionary);
		const before = feed(first, 0, cut);
		const second = DriftMonitor.restore(first.snapshot(), {window: 'P7D', threshold: 0.25, falseAlarmsPerMonth: 1, dictionary});
		t.deepEqual(second.snapshot(), first.snapshot());
		t.deepEqual([...before, ...feed(second, cut, 900)], expected);
		t.deepEqual(second.snapshot(), whole.snapshot());
	}
});

test('rows of a window that has ended, and rows of the far future, are left out and counted', t => {
	const dictionary = makeDictionary();
	const monitor = makeMonitor(makeBaseline(), dictionary);
	const {row, score} = drawLive(createRng(1), dictionary);
	t.is(monitor.update(MONDAY + WEEK, MONDAY + WEEK, row, score), undefined);
	monitor.update(MONDAY + WEEK, MONDAY, row, score);
	monitor.update(MONDAY + WEEK, MONDAY + 80 * WEEK, row, score);
	t.is(monitor.strayRows, 2);
	const report = monitor.update(MONDAY + 2 * WEEK, MONDAY + 2 * WEEK, row, score);
	t.is(report?.window.rows, 1);
	monitor.update(MONDAY + 2 * WEEK, MONDAY + WEEK, row, score);
	t.is(monitor.strayRows, 3);
});

test('history loaded long after the event keeps its windows', t => {
	const rng = createRng(2);
	const dictionary = makeDictionary();
	const monitor = makeMonitor(makeBaseline(), dictionary);
	const now = MONDAY + 500 * WEEK;
	const reports = Array.from({length: 900}, (_, index) => {
		const {row, score} = drawLive(rng, dictionary);
		return monitor.advance(now + index) ?? monitor.update(now + index, MONDAY + Math.floor((index / 300) * WEEK), row, score) ?? [];
	}).flat();
	t.deepEqual(
		reports.map(({window}) => window.rows),
		[300, 300],
	);
	t.is(monitor.advance(now + 900 + WEEK)?.window.rows, 300);
	t.is(monitor.advance(now + 900 + 2 * WEEK), undefined);
});

test('a window ends by silence only when its end is past and nothing came for its length', t => {
	const dictionary = makeDictionary();
	const monitor = makeMonitor(makeBaseline(), dictionary);
	const {row, score} = drawLive(createRng(1), dictionary);
	monitor.update(MONDAY + WEEK - 1, MONDAY + WEEK - 1, row, score);
	t.is(monitor.advance(MONDAY + WEEK), undefined);
	t.is(monitor.advance(MONDAY + 2 * WEEK - 2), undefined);
	t.is(monitor.advance(MONDAY + 2 * WEEK - 1)?.window.rows, 1);
});

test('a new baseline forgets the rows of the open window and judges the rest of it', t => {
	const rng = createRng(4);
	const dictionary = makeDictionary();
	const monitor = makeMonitor(makeBaseline(1), dictionary);
	feedWeek(
		monitor,
		0,
		Array.from({length: 200}, () => drawLive(rng, dictionary, {amount: 4})),
	);
	monitor.follow(makeBaseline(2));
	t.is(monitor.version, 2);
	feedWeek(
		monitor,
		0,
		Array.from({length: 300}, () => drawLive(rng, dictionary)),
	);
	const report = monitor.advance(MONDAY + 2 * WEEK)!;
	t.is(report.window.rows, 300);
	t.is(report.window.referenceVersion, 2);
	t.is(report.window.start, new Date(MONDAY).toISOString());
	t.deepEqual(raised(report), []);
	const silent = makeMonitor(makeBaseline(1), dictionary);
	feedWeek(silent, 0, [drawLive(rng, dictionary)]);
	silent.follow(makeBaseline(2));
	t.is(silent.advance(MONDAY + 3 * WEEK), undefined, 'a window without rows is no window');
});

test('values that come into the dictionary later find their bin, unknown codes share the last', t => {
	const known = Int32Array.from({length: 200}, (_, index) => index % 2);
	const reference = buildReference({
		columns: [{name: 'city', kind: 'categorical', categories: ['Oslo', 'Lima'], values: known}],
		rowCount: 200,
	});
	const dictionary = new CategoryDictionary();
	const monitor = makeMonitor({version: 1, schema: {version: 1, columns: [{name: 'city', type: 'categorical'}]}, reference}, dictionary);
	const codes = [0, dictionary.codeOf('city', 'Lima'), dictionary.codeOf('city', 'Oslo')];
	feedWeek(
		monitor,
		0,
		Array.from({length: 200}, (_, index) => ({row: Float64Array.of(codes[1 + (index % 2)]!), score: Number.NaN})),
	);
	t.is(monitor.advance(MONDAY + 3 * WEEK)?.window.features['city'], 0);
	feedWeek(
		monitor,
		4,
		Array.from({length: 200}, (_, index) => ({row: Float64Array.of(codes[index % 3]!), score: Number.NaN})),
	);
	t.true(monitor.advance(MONDAY + 7 * WEEK)!.window.features['city']! > 1);
});

test('a reference is the same text for the same frame, and survives it', t => {
	const {reference} = makeBaseline();
	t.is(toReferenceJson(reference), toReferenceJson(makeBaseline().reference));
	t.deepEqual(fromReferenceJson(toReferenceJson(reference)), reference);
	for (const feature of reference.features) {
		t.is(
			feature.counts.reduce((sum, count) => sum + count, feature.missing),
			5000,
		);
	}

	t.deepEqual(
		reference.features.map(({counts}) => counts.length),
		[10, 10, 2, 5],
	);
});

test('rare categories share a bin; a constant and an empty column have one', t => {
	const categories = Array.from({length: 100}, (_, index) => `c${index}`);
	const values = Int32Array.from({length: 10_000}, (_, index) => (index % 4 === 0 ? index % 97 : index % 3));
	const reference = buildReference({
		columns: [
			{name: 'code', kind: 'categorical', categories, values},
			{name: 'constant', kind: 'numeric', values: new Float64Array(10_000).fill(3)},
			{name: 'empty', kind: 'numeric', values: new Float64Array(10_000).fill(Number.NaN)},
		],
		rowCount: 10_000,
	});
	const [code, constant, empty] = reference.features;
	t.deepEqual(code?.kind === 'categorical' && code.categories.toSorted(), ['c0', 'c1', 'c2']);
	t.is(
		code!.counts.reduce((sum, count) => sum + count, 0),
		10_000,
	);
	t.deepEqual(constant!.counts, [10_000]);
	t.is(empty!.missing, 10_000);
});

test('references and snapshots that are broken are refused', t => {
	const {reference} = makeBaseline();
	for (const text of [
		'',
		'{}',
		toReferenceJson({...reference, rowCount: -1}),
		toReferenceJson({...reference, score: {edges: [1], counts: [1]}}),
	]) {
		t.true(
			hasCode(
				t.throws(() => fromReferenceJson(text)),
				'MANIFEST_INVALID',
			),
		);
	}

	const options = {window: 'P7D', threshold: 0.25, falseAlarmsPerMonth: 1, dictionary: makeDictionary()};
	t.true(
		hasCode(
			t.throws(() => DriftMonitor.restore(new Uint8Array(40), options)),
			'CHECKPOINT_CORRUPT',
		),
	);
	const {document, arrays} = unpackState(makeMonitor(makeBaseline(), makeDictionary()).snapshot());
	for (const broken of [
		{},
		{...(document as object), monitor: 'quality'},
		{...(document as object), baseline: {version: 1, reference: {}, schema}},
	]) {
		t.true(
			hasCode(
				t.throws(() => DriftMonitor.restore(packState(broken, arrays), options)),
				'CHECKPOINT_CORRUPT',
			),
		);
	}

	t.true(
		hasCode(
			t.throws(() => DriftMonitor.restore(packState(document, arrays.slice(1)), options)),
			'CHECKPOINT_CORRUPT',
		),
	);
});
