/**
 * Windows of segments for the console's sample: counted by the monitor itself from drawn answers.
 *
 * @module
 */
import type {SegmentWindow} from '../core/domain/index.ts';
import {createRng, drawInteger, sigmoid} from '../core/numerics/index.ts';
import {SegmentMonitor} from '../monitoring/index.ts';

const WEEK = 7 * 86_400_000;
const REGIONS = ['north', 'south', 'west', 'islands'];
const ANSWERS = 3000;

/** Windows of three weeks, the oldest first; the newest one's labels are still coming in. */
export function sampleSegments(start: number): SegmentWindow[] {
	const monitor = new SegmentMonitor({
		features: [
			{name: 'region', column: 0, isProtected: true, valueOf: code => REGIONS[code]},
			{name: 'returning', column: 1, isProtected: false, valueOf: code => String(code === 1)},
		],
		window: 'P7D',
		finalAfter: 'P14D',
		cut: 0.35,
	});
	const rng = createRng(11);
	for (let index = 0; index < 3 * ANSWERS; index++) {
		const region = index % 211 === 0 ? 3 : drawInteger(rng, 3);
		const row = Float64Array.of(region, rng() < 0.6 ? 1 : 0);
		const time = start + (index / (3 * ANSWERS)) * 3 * WEEK;
		const probability = sigmoid(4 * rng() - 3 + (region === 1 ? 0.5 : 0));
		monitor.addAnswer(time, row, probability);
		if (index < 2.2 * ANSWERS) {
			monitor.addLabel(time, row, probability, rng() < probability);
		}
	}

	return monitor.take(start + 3.5 * WEEK).windows;
}
