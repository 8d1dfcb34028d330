/** A teacher's bytes give the teacher back; whatever else is given to the decoder is refused in words and never crashes it. */
import {createHash} from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import {hasCode, PerennialError} from './errors.ts';
import {decodeTeacher, encodeTeacher} from './teacher-bytes.ts';
import type {BoostedTrees, EnsembleNetwork, PlainNetwork, SequenceNetwork, TeacherBlend, TeacherModel} from './teacher.ts';

const wave = (length: number): Float32Array => Float32Array.from({length}, (_, index) => Math.sin(index + 1));
const numeric = {feature: 'amount', median: 3.5, signedLog: true, mean: 0.1, inverseDeviation: 2, missingFlag: true};
const categorical = {feature: 'city', vocabulary: ['Oslo', 'Lima'], width: 2, table: wave(6)};
const network: PlainNetwork = {
	kind: 'network',
	network: {
		numeric: [numeric],
		categorical: [categorical],
		clip: 5,
		layers: [
			{inputs: 4, outputs: 3, weights: wave(12), bias: wave(3)},
			{inputs: 3, outputs: 1, weights: wave(3), bias: wave(1)},
		],
		outputCount: 1,
	},
};
const sequence: SequenceNetwork = {
	kind: 'sequence-network',
	length: 8,
	elapsed: {mean: 4, inverseDeviation: 0.5},
	recurrent: {inputs: 5, units: 2, weights: wave(30), recurrentWeights: wave(12), bias: wave(6)},
	network: {...network.network, layers: [{inputs: 6, outputs: 1, weights: wave(6), bias: wave(1)}]},
};
const ensemble: EnsembleNetwork = {
	kind: 'ensemble-network',
	numeric: [
		{
			feature: 'amount',
			median: 1,
			missingFlag: false,
			knots: Float64Array.of(0, 1),
			scores: Float64Array.of(-1, 1),
			edges: Float64Array.of(-1, 0, 1),
			map: wave(6),
			bias: wave(3),
			embeddingWidth: 3,
		},
	],
	categorical: [],
	members: 2,
	layers: [{inputs: 4, outputs: 2, weights: wave(8), inputScales: wave(8), outputScales: wave(4), bias: wave(4)}],
	head: {inputs: 2, weights: wave(4), bias: wave(2)},
	outputCount: 1,
};
const trees: BoostedTrees = {
	kind: 'boosted-trees',
	numeric: ['amount'],
	categorical: [{feature: 'city', vocabulary: ['Oslo', 'Lima']}],
	base: Float64Array.of(-0.25),
	trees: [
		{
			features: Int32Array.of(0, 1, -1, -1, -1),
			thresholds: Float32Array.of(0.5, 0, 0, 0, 0),
			missingLeft: Uint8Array.of(1, 0, 0, 0, 0),
			left: Int32Array.of(1, 3, 0, 0, 0),
			right: Int32Array.of(2, 4, 0, 0, 0),
			leftIds: new Map([[1, Int32Array.of(2)]]),
			values: wave(5),
			output: 0,
		},
	],
	outputCount: 1,
};
const blend: TeacherBlend = {
	kind: 'blend',
	parts: [network, ensemble, trees, sequence],
	weights: Float64Array.of(0.5, 0.25, 0.125, 0.125),
	intercepts: Float64Array.of(0.1),
	outputCount: 1,
};
const MODELS: readonly TeacherModel[] = [
	network,
	sequence,
	ensemble,
	trees,
	blend,
	{...blend, parts: [blend, trees], weights: Float64Array.of(1, 2)},
];

for (const model of MODELS) {
	test(`${model.kind}${model.kind === 'blend' ? ` of ${model.parts.length}` : ''}: there and back, the same bytes each time`, t => {
		const bytes = encodeTeacher(model);
		t.deepEqual(decodeTeacher(bytes), model);
		t.deepEqual(encodeTeacher(decodeTeacher(bytes)), bytes);
		// A file that is read into the middle of a larger buffer.
		const moved = new Uint8Array(bytes.length + 3);
		moved.set(bytes, 3);
		t.deepEqual(decodeTeacher(moved.subarray(3)), model);
	});
}

test('the order in which an object was put together makes no other bytes', t => {
	const {outputCount, base, ...rest} = trees;
	t.deepEqual(encodeTeacher({outputCount, base, ...rest}), encodeTeacher(trees));
	const turned = {
		...trees.trees[0]!,
		leftIds: new Map([
			[1, Int32Array.of(2)],
			[0, Int32Array.of(1)],
		]),
	};
	const sorted = {
		...turned,
		leftIds: new Map([
			[0, Int32Array.of(1)],
			[1, Int32Array.of(2)],
		]),
	};
	t.deepEqual(encodeTeacher({...trees, trees: [turned]}), encodeTeacher({...trees, trees: [sorted]}));
});

/** Bytes with their digest put right, so that what lies behind it is reached. */
function redigested(bytes: Uint8Array): Uint8Array {
	const body = bytes.subarray(0, bytes.length - 32);
	return Buffer.concat([body, createHash('sha256').update(body).digest()]);
}

const isRefusal = (error: unknown): boolean => hasCode(error, 'PARAMETER_INVALID') || hasCode(error, 'ARTIFACT_DIGEST_MISMATCH');

/** Decodes; gives true if the bytes were read or refused in words. */
function isHandled(bytes: Uint8Array): boolean {
	try {
		decodeTeacher(bytes);
		return true;
	} catch (error) {
		if (isRefusal(error)) {
			return true;
		}

		throw error;
	}
}

test('a changed or missing byte is found by the digest', t => {
	const bytes = encodeTeacher(blend);
	for (let at = 16; at < bytes.length; at += 7) {
		const changed = bytes.slice();
		changed[at]! ^= 1;
		t.throws(() => decodeTeacher(changed), {code: 'ARTIFACT_DIGEST_MISMATCH'});
	}

	t.throws(() => decodeTeacher(bytes.subarray(0, -1)), {code: 'ARTIFACT_DIGEST_MISMATCH'});
	t.throws(() => decodeTeacher(new Uint8Array()), {code: 'PARAMETER_INVALID', message: /warmStart: never/v});
});

test('bytes with a right digest and a wrong inside are read or refused, never more', t => {
	const bytes = encodeTeacher(blend);
	const places = fc.array(fc.tuple(fc.nat(bytes.length - 33), fc.nat(255)), {minLength: 1, maxLength: 4});
	const changed = places.map(changes => {
		const copy = bytes.slice();
		for (const [at, value] of changes) {
			copy[at] = value;
		}

		return redigested(copy);
	});
	const cut = fc.nat(bytes.length).map(length => redigested(bytes.slice(0, length)));
	t.notThrows(() => fc.assert(fc.property(changed, isHandled), {seed: 1, numRuns: 2000}));
	t.notThrows(() => fc.assert(fc.property(cut, isHandled), {seed: 1, numRuns: 300}));
	t.notThrows(() => fc.assert(fc.property(fc.uint8Array({maxLength: 200}), isHandled), {seed: 1}));
});

test('sizes that do not fit are named', t => {
	const refuse = (model: TeacherModel, message: RegExp): void => {
		t.throws(() => decodeTeacher(encodeTeacher(model)), {instanceOf: PerennialError, code: 'PARAMETER_INVALID', message});
	};
	const [tree] = trees.trees;
	refuse({...trees, trees: [{...tree!, left: Int32Array.of(1, 0, 0, 0, 0)}]}, /points nowhere/v);
	refuse({...trees, trees: [{...tree!, features: Int32Array.of(0, 2, -1, -1, -1)}]}, /does not have/v);
	refuse({...trees, trees: [{...tree!, leftIds: new Map()}]}, /does not have/v);
	refuse({...trees, base: new Float64Array(2)}, /base/v);
	refuse({...network, network: {...network.network, categorical: []}}, /other inputs/v);
	refuse({...sequence, recurrent: {...sequence.recurrent, inputs: 4, weights: wave(24)}}, /other inputs/v);
	refuse({...ensemble, members: 3}, /members/v);
	refuse({...blend, weights: Float64Array.of(1)}, /parts of a blend/v);
	refuse({...blend, parts: [{...trees, outputCount: 2, base: new Float64Array(2)}, network, ensemble, trees]}, /parts of a blend/v);
	refuse({...trees, base: Float64Array.of(Number.NaN)}, /finite/v);
	let deep: TeacherModel = trees;
	for (let depth = 0; depth < 6; depth++) {
		deep = {kind: 'blend', parts: [deep], weights: Float64Array.of(1), intercepts: Float64Array.of(0), outputCount: 1};
	}

	refuse(deep, /within each other/v);
});
