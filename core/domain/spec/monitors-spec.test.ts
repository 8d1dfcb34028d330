/** What a spec may say of its monitors. */
import test from 'ava';
import {PerennialError} from '../errors.ts';
import {DETECTOR_NAMES, detectorsOf, falseAlarmsEachOf, TWO_SAMPLE_NAMES} from './monitor-names.ts';
import {parseSpec} from './parse-spec.ts';

const BINARY = {name: 'churn', task: 'binary', label: {field: 'left'}, features: [{name: 'age', type: 'numeric'}]};
const CLASSES = {...BINARY, task: 'multiclass', label: {field: 'left', classes: ['a', 'b', 'c']}};

test('without a word the detectors are those of the task, and the index alone compares samples', t => {
	t.deepEqual(detectorsOf(parseSpec(BINARY)), ['score-cusum', 'adwin', 'bernoulli-cusum']);
	t.deepEqual(detectorsOf(parseSpec(CLASSES)), ['score-cusum', 'adwin']);
	t.deepEqual(parseSpec(BINARY).monitors.twoSample, ['psi']);
});

test('what is named is taken', t => {
	const spec = parseSpec({...BINARY, monitors: {detectors: [...DETECTOR_NAMES].toReversed(), twoSample: TWO_SAMPLE_NAMES}});
	t.deepEqual(detectorsOf(spec), [...DETECTOR_NAMES].toReversed());
	t.deepEqual(spec.monitors.twoSample, [...TWO_SAMPLE_NAMES]);
});

test('a name that is none is refused with those that are; so are none, and one twice', t => {
	const faultOf = (monitors: unknown): string | undefined => {
		const error = t.throws(() => parseSpec({...BINARY, monitors}), {instanceOf: PerennialError});
		return error?.faults.map(({path, message}) => `${path}: ${message}`).join('; ');
	};

	t.is(faultOf({detectors: ['adwin', 'eddm']}), `monitors.detectors[1]: is no detector; there are ${DETECTOR_NAMES.join(', ')}`);
	t.is(faultOf({twoSample: ['t']}), `monitors.twoSample[0]: is no test of two samples; there are ${TWO_SAMPLE_NAMES.join(', ')}`);
	t.is(faultOf({detectors: []}), 'monitors.detectors: names at least one detector');
	t.is(faultOf({twoSample: ['ks', 'ks']}), 'monitors.twoSample: names each test once');
});

test('the budget is shared equally among all that watches; the look at each row can be left out', t => {
	t.is(falseAlarmsEachOf(parseSpec(BINARY)), 1 / 5);
	t.is(falseAlarmsEachOf(parseSpec({...BINARY, monitors: {sequential: false, falseAlarmsPerMonth: 2}})), 2 / 4);
	t.is(falseAlarmsEachOf(parseSpec({...CLASSES, monitors: {twoSample: ['psi', 'ks']}})), 1 / 5);
});
