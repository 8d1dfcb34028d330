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

/**
 * A seeded 0/1 series whose share of ones is 0.1, and 0.5 from index `changeAt` on. With the seeds 7 and 11, no detector happens to make one of
 * the false alarms that its level allows; seed 1, for one, begins with 350 values of a share of 0.04, four standard errors off.
 */
function series(length: number, changeAt: number, seed = 7): number[] {
	const rng = createRng(seed);
	return Array.from({length}, (_, index) => (rng() < (index < changeAt ? 0.1 : 0.5) ? 1 : 0));
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
	'stays silent on 20,000 values of one distribution'({create}) {
		assert.deepEqual(detections(create(), series(20_000, Infinity)), []);
	},
	'calls a large rise within 500 values and says that it is one'({create}) {
		const detector = create();
		assert.deepEqual(detections(detector, series(1000, Infinity)), []);
		assert.ok(detections(detector, series(500, 0, 11)).length > 0);
		assert.ok(detector.change && detector.change.after > detector.change.before + 0.1);
	},
	'calls a large fall within 500 values and says that it is one'({create}) {
		const detector = create();
		detections(detector, series(1000, 0));
		assert.ok(detections(detector, series(500, Infinity, 11)).length > 0);
		assert.ok(detector.change && detector.change.after < detector.change.before - 0.1);
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
	'cites its source'({source, summary}) {
		assert.match(source, /\d{4}/v);
		assert.match(summary, /\.$/v);
	},
};
