/**
 * Laws that every drift detector obeys. A new detector is tested by being listed in DETECTORS.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {hasCode} from '../../core/domain/index.ts';
import {createRng} from '../../core/numerics/index.ts';
import type {DetectorDefinition, DriftDetector} from './detector.ts';

/** Throws if a detector breaks the law. */
export type DetectorCheck = (definition: DetectorDefinition) => void;

/** Seeds of the laws about chance: 1, 2, 3, ... and no choice among them. */
const SEEDS = Array.from({length: 20}, (_, index) => index + 1);
/** False alarms that all of them together may raise on 20,000 values each: one in 100,000 values. */
const FALSE_ALARMS_MAX = 4;
/** A false alarm so short a time before a change leaves a detector without a past to compare with. */
const PAST_MIN = 100;

/** A seeded 0/1 series whose share of ones is `before`, and `after` from index `changeAt` on. */
function series(length: number, changeAt: number, {seed = 7, before = 0.1, after = 0.5} = {}): number[] {
	const rng = createRng(seed);
	return Array.from({length}, (_, index) => (rng() < (index < changeAt ? before : after) ? 1 : 0));
}

/** Feeds each seed's series, which changes at index 1,000, and wants the change called by index 1,500 for what it is. */
function assertCalled(create: DetectorDefinition['create'], before: number, after: number): void {
	let unjudged = 0;
	for (const seed of SEEDS) {
		const detector = create();
		const values = series(1500, 1000, {seed, before, after});
		const early = detections(detector, values.slice(0, 1000));
		if ((early.at(-1) ?? -Infinity) >= 1000 - PAST_MIN) {
			unjudged++;
			continue;
		}

		const isCalled = values.slice(1000).some(value => detector.update(value) && isRise(detector) === after > before);
		assert.ok(isCalled, `seed ${seed}`);
	}

	assert.ok(unjudged <= 1, `${unjudged} seeds have a false alarm just before the change`);
}

function isRise({change}: DriftDetector): boolean {
	assert.ok(change);
	return change.after > change.before;
}

function detections(detector: DriftDetector, values: readonly number[]): number[] {
	return values.flatMap((value, index) => (detector.update(value) ? [index] : []));
}

/** Law -> its check. */
export const DETECTOR_CHECKS: Readonly<Record<string, DetectorCheck>> = {
	'stays silent on a constant series'({create}) {
		assert.deepEqual(
			detections(
				create(),
				Array.from({length: 10_000}, () => 0.5),
			),
			[],
		);
	},
	'calls at most one change in 100,000 values of one distribution'({create}) {
		const called = SEEDS.map(seed => detections(create(), series(20_000, Infinity, {seed})).length);
		const sum = called.reduce((total, count) => total + count, 0);
		assert.ok(sum <= FALSE_ALARMS_MAX, `${sum} false alarms: ${called.join(', ')}`);
	},
	'calls a large rise within 500 values, whatever the seed, and says that it is one'({create}) {
		assertCalled(create, 0.1, 0.5);
	},
	'calls a large fall within 500 values, whatever the seed, and says that it is one'({create}) {
		assertCalled(create, 0.5, 0.1);
	},
	'knows the mean and no change before there is one'({create}) {
		const detector = create();
		assert.equal(detector.change, undefined);
		assert.ok(Number.isNaN(detector.mean));
		detections(detector, [0, 0.25, 1, 0.75]);
		assert.equal(detector.mean, 0.5);
	},
	'refuses what is not finite, and is not changed by it'({create}) {
		const detector = create();
		detector.update(1);
		for (const value of [Number.NaN, Infinity, -Infinity]) {
			assert.throws(() => detector.update(value), {name: 'AssertionError'});
		}

		assert.equal(detector.mean, 1);
	},
	'restored from a snapshot through JSON, has the same future'({create, restore}) {
		const values = series(3000, 1500);
		const whole = create();
		const expected = detections(whole, values);
		for (const cut of [0, 1, 7, 1000, 1531, expected[0]! + 1, 2999]) {
			const first = create();
			const before = detections(first, values.slice(0, cut));
			const second = restore(JSON.parse(JSON.stringify(first.snapshot())) as ReturnType<DriftDetector['snapshot']>);
			const after = detections(second, values.slice(cut)).map(index => index + cut);
			assert.deepEqual([...before, ...after], expected);
			assert.deepEqual(second.snapshot(), whole.snapshot());
		}
	},
	'refuses a snapshot that is not its own'({create, restore, name}) {
		const snapshot = create().snapshot();
		assert.equal(snapshot.detector, name);
		assert.throws(
			() => restore({...snapshot, detector: 'other'}),
			error => hasCode(error, 'CHECKPOINT_CORRUPT'),
		);
		for (const field of Object.keys(snapshot).filter(key => key !== 'detector')) {
			assert.throws(
				() => restore({...snapshot, [field]: 'broken'}),
				error => hasCode(error, 'CHECKPOINT_CORRUPT'),
				field,
			);
		}
	},
	'keeps a budget with options no laxer than its defaults, that a snapshot takes'({create, restore, budget}) {
		if (!budget) {
			return;
		}

		assert.deepEqual(create(budget(1)).snapshot(), create().snapshot());
		const strict = create(budget(1e9)).snapshot();
		assert.notDeepEqual(strict, create().snapshot());
		assert.deepEqual(restore({...create().snapshot(), ...budget(1e9)}).snapshot(), strict);
		const called = SEEDS.map(
			seed => detections(create(budget(20_000 * SEEDS.length)), series(20_000, Infinity, {seed, before: 0.3})).length,
		);
		assert.ok(called.reduce((total, count) => total + count, 0) <= 2, called.join(', '));
	},
	'cites its source'({source, summary}) {
		assert.match(source, /\d{4}/v);
		assert.match(summary, /\.$/v);
	},
};
