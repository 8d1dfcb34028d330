/** What the fast way takes of lines that ask to predict is what JSON.parse and the row encoder make of them. */
import test from 'ava';
import fc from 'fast-check';
import {CategoryDictionary, parseTime, RowEncoder, type FeatureSchema, type Fault} from '../../core/domain/index.ts';
import {AskedLines, type AskedRow} from './asked-lines.ts';

const SCHEMA: FeatureSchema = {
	version: 3,
	columns: [
		{name: 'amount', type: 'numeric'},
		{name: 'isNew', type: 'boolean'},
		{name: 'city', type: 'categorical'},
	],
};
const IGNORED = ['customer'];

interface Line {
	readonly id?: string;
	readonly source?: string;
	readonly entity?: string;
	readonly time?: string | number;
	readonly features: Readonly<Record<string, unknown>>;
}

/** Every line both ways, each with a dictionary of its own. `left`: lines that the fast way left to its reader. */
function bothWays(lines: readonly string[]) {
	const [slow, quick] = [new CategoryDictionary({valuesMax: 5}), new CategoryDictionary({valuesMax: 5})];
	const encoder = new RowEncoder(SCHEMA, slow, {ignored: IGNORED});
	const left: string[] = [];
	const read = new AskedLines({schema: SCHEMA, dictionary: quick, ignored: IGNORED}).read(Buffer.from(lines.join('\n')), line => {
		left.push(line);
		return {left: line};
	});
	const faults: Fault[] = [];
	const expected = read.map((item, index): AskedRow | {left: string} => {
		if ('left' in item) {
			return {left: lines[index]!};
		}

		const {id, source, entity, time, features} = JSON.parse(lines[index]!) as Line;
		const row = encoder.encode(features, faults);
		return {id, source, entity, time: time === undefined ? undefined : parseTime(time), schemaVersion: 3, row};
	});
	return {read, expected, left, faults, codes: [quick.pending, slow.pending] as const};
}

const features = fc.record(
	{
		amount: fc.oneof(fc.double({noNaN: true, noDefaultInfinity: true}), fc.constant(null), fc.constant('x')),
		isNew: fc.constantFrom(true, false, 1, null, 'yes'),
		city: fc.constantFrom('Oslo', 'Lima', 'Rome', 'Bonn', 'Kiel', 'Ulm', 'Åre', '', null),
		customer: fc.constantFrom('c-1', 17, null),
		hue: fc.constant(1),
	},
	{requiredKeys: ['amount']},
);
/** As most programs write it. */
const common = fc.record(
	{
		id: fc.constantFrom('a', 'b'),
		entity: fc.constant('c-9'),
		time: fc.constantFrom('2026-01-05T00:00:00Z', 1_767_571_200),
		features: fc.record({
			amount: fc.integer(),
			isNew: fc.boolean(),
			city: fc.constantFrom('Oslo', 'Lima', 'Rome', 'Bonn', 'Kiel', 'Ulm'),
		}),
	},
	{requiredKeys: ['features']},
);
const rare = fc.record(
	{
		id: fc.constantFrom('a', ''),
		source: fc.constantFrom('till', ''),
		entity: fc.constantFrom('c-9', ''),
		time: fc.constantFrom('2026-01-05T00:00:00.5+01:00', 1_767_571_200.5, 'never'),
		channel: fc.constant('champion'),
		features,
	},
	{requiredKeys: ['features']},
);
const line = fc.oneof(common, rare).map(item => JSON.stringify(item));

test('whatever is taken has the id, source, entity, time, row and codes of the slow way, in order, and no fault', t => {
	let [lines, taken] = [0, 0];
	fc.assert(
		fc.property(fc.array(line, {maxLength: 8}), body => {
			const {read, expected, left, faults, codes} = bothWays(body);
			t.deepEqual(read, expected);
			t.deepEqual(codes[0], codes[1]);
			t.deepEqual(faults, []);
			lines += body.length;
			taken += body.length - left.length;
		}),
		{seed: 11, numRuns: 2000},
	);
	t.true(taken > 0.1 * lines && taken < 0.9 * lines, `${taken} of ${lines} lines were taken; the test needs many of both kinds`);
});

test('a line need have no name; events of another form, a channel, no features and unknown fields are left to the reader', t => {
	const taken = [{features: {amount: 1}}, {id: 'a', source: 's', entity: 'e', time: 5, features: {city: 'Oslo', customer: 'c'}}];
	t.deepEqual(bothWays(taken.map(item => JSON.stringify(item))).left, []);
	const left = [
		{id: 'a'},
		{features: {}},
		{features: {amount: null}},
		{channel: 'champion', features: {amount: 1}},
		{specversion: '1.0', id: 'a', source: 's', type: 't', data: {amount: 1}},
		{data: {amount: 1}},
		{features: {amount: 1, hue: 2}},
		{features: {amount: 'x'}},
		{id: 7, features: {amount: 1}},
	].map(item => JSON.stringify(item));
	t.deepEqual(bothWays([...left, 'no json', '[]']).left, [...left, 'no json', '[]']);
});
