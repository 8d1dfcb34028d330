import test from 'ava';
import fc from 'fast-check';
import {parse} from 'yaml';
import {specToYaml, type GuessedSpec} from './spec-yaml.ts';

const comments = {
	head: ['one', 'two'],
	time: 't',
	label: 'l',
	delay: 'd',
	maturity: 'm',
	features: {},
	exclude: {},
	offline: 'o',
	monitors: 'm',
};

test('whatever columns and values are called, reading the YAML gives the spec back', t => {
	const name = fc.string({minLength: 1, maxLength: 40, unit: 'grapheme'}).filter(text => text !== '__proto__');
	const columns = fc.uniqueArray(name, {minLength: 3, maxLength: 8});
	fc.assert(
		fc.property(columns, fc.oneof(name, fc.integer()), name, ([label = '', excluded = '', ...features], positive, reason) => {
			const spec: GuessedSpec = {
				apiVersion: 'perennial/v1',
				name: 'made-up',
				task: 'binary',
				time: {field: features[0]!},
				entity: {field: excluded},
				label: {field: label, positive, delay: {field: excluded, otherwise: {fixed: 'P1M'}}, maturity: 'P1M'},
				features: features.map(feature => ({name: feature, type: 'numeric', level: 2})),
				exclude: {[excluded]: reason},
				offline: {schedule: '0 3 * * 1', minimumNewLabels: 5},
				monitors: {window: 'P7D'},
			};
			t.deepEqual(parse(specToYaml(spec, comments)), JSON.parse(JSON.stringify(spec)));
		}),
		{seed: 1, numRuns: 300},
	);
});

test('each guess has its comment on its line', t => {
	const spec: GuessedSpec = {
		apiVersion: 'perennial/v1',
		name: 'small',
		task: 'binary',
		time: {field: 'at'},
		label: {field: 'bad', delay: {fixed: 'P1D'}, maturity: 'P2D'},
		features: [{name: 'x', type: 'numeric', level: 3}],
		exclude: {y: 'a leak'},
		offline: {schedule: '0 3 * * 1'},
		monitors: {window: 'P7D'},
	};
	t.is(
		specToYaml(spec, {...comments, features: {x: 'fx'}, exclude: {y: 'ey'}}),
		[
			'# one',
			'# two',
			'apiVersion: perennial/v1',
			'name: small',
			'task: binary',
			'time: {field: at}  # t',
			'',
			'label:',
			'  field: bad  # l',
			'  delay: {fixed: P1D}  # d',
			'  maturity: P2D  # m',
			'',
			'features:',
			'  - {name: x, type: numeric, level: 3}  # fx',
			'',
			'exclude:',
			'  y: a leak  # ey',
			'',
			'offline: {schedule: 0 3 * * 1}  # o',
			'monitors: {window: P7D}  # m',
			'',
		].join('\n'),
	);
});
