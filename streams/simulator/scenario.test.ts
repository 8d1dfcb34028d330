import test from 'ava';
import {parse} from 'yaml';
import {readFile} from 'node:fs/promises';
import {PerennialError} from '../../core/domain/index.ts';
import {parametersAt} from './parameters.ts';
import {DEFAULT_SCENARIO_FILE, parseScenario, readScenario, type Scenario} from './scenario.ts';

const scenario = await readScenario();

test('a scenario file that is missing or malformed is named', async t => {
	await t.throwsAsync(readScenario('/nowhere/scenario.yaml'), {
		instanceOf: PerennialError,
		code: 'USAGE',
		message: /\/nowhere\/scenario\.yaml cannot be read/v,
	});
	await t.throwsAsync(readScenario(import.meta.filename), {instanceOf: PerennialError, code: 'USAGE'});
});

test('all faults are reported at once, with paths', async t => {
	const input = parse(await readFile(DEFAULT_SCENARIO_FILE, 'utf8')) as Scenario;
	const bad = {
		...input,
		start: '2025-01-07T00:00:00Z',
		drift: [
			{
				...input.drift[0]!,
				from: 5,
				to: 4,
				set: {'weights.bureauScore': 0, 'weights.nothing': 1, nothing: 1, 'channelShare.web.x': 1},
			},
		],
	};
	const error = t.throws<PerennialError>(() => parseScenario(bad), {instanceOf: PerennialError, code: 'USAGE'});
	t.deepEqual(
		error?.faults.map(({path}) => path),
		['start', 'drift[0].to', 'drift[0].set.weights.nothing', 'drift[0].set.nothing', 'drift[0].set.channelShare.web.x'],
	);
	t.throws(() => parseScenario({...input, weeks: 0, colour: 'red'}), {code: 'USAGE', message: /weeks: .*; colour: no such field/v});
});

test('drift moves parameters from where earlier drift left them, and only those', t => {
	const before = parametersAt(scenario, 8.99);
	const abrupt = parametersAt(scenario, 9);
	const middle = parametersAt(scenario, 16);
	const end = parametersAt(scenario, 25);
	t.is(before.weights.creditUtilisation, scenario.parameters.weights.creditUtilisation);
	t.is(abrupt.weights.creditUtilisation, -0.25);
	t.is(abrupt.weights.bureauScore, -0.85);
	t.true(Math.abs(middle.weights.bureauScore - (-0.85 - 0.4) / 2) < 1e-9);
	t.is(end.weights.intercept.toFixed(6), '-3.000000');
	t.is(end.weights.age, scenario.parameters.weights.age);
	t.is(scenario.parameters.weights.creditUtilisation, 0.7, 'the scenario itself is never changed');
});
