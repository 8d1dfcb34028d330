/** Figures by segment against a naive count; few rows, many values, late labels; gaps that are chance and gaps that are not. */
import test from 'ava';
import type {FairnessGap, SegmentWindow} from '../../core/domain/index.ts';
import {createRng, drawInteger} from '../../core/numerics/index.ts';
import {gapsOf} from './fairness-gaps.ts';
import {meanOf, shareOf} from './segment-figures.ts';
import {SegmentMonitor, type SegmentMonitorOptions} from './segment-monitor.ts';

const DAY = 86_400_000;
/** A Monday. */
const START = Date.UTC(2026, 0, 5);
const REGIONS = ['', 'north', 'south', 'west'];

function optionsOf(over: Partial<SegmentMonitorOptions> = {}): SegmentMonitorOptions {
	return {
		features: [
			{name: 'region', column: 0, isProtected: true, valueOf: code => REGIONS[code] ?? (code < 100 ? `r${code}` : undefined)},
			{name: 'isNew', column: 2, isProtected: false, valueOf: code => String(code === 1)},
		],
		window: 'P7D',
		finalAfter: 'P30D',
		cut: 0.4,
		...over,
	};
}

interface Answered {
	readonly time: number;
	readonly row: Float64Array;
	readonly probability: number;
	readonly isPositive: boolean;
}

function draw(count: number, seed = 1): Answered[] {
	const rng = createRng(seed);
	return Array.from({length: count}, (_, index) => {
		const region = 1 + drawInteger(rng, 3);
		const probability = rng();
		return {
			time: START + (index / count) * 14 * DAY,
			row: Float64Array.of(rng() < 0.02 ? Number.NaN : region, rng(), rng() < 0.5 ? 1 : 0),
			probability,
			isPositive: rng() < probability,
		};
	});
}

function feed(monitor: SegmentMonitor, answers: readonly Answered[], labelled = answers.length): void {
	for (const {time, row, probability} of answers) {
		monitor.addAnswer(time, row, probability);
	}

	for (const {time, row, probability, isPositive} of answers.slice(0, labelled)) {
		monitor.addLabel(time, row, probability, isPositive);
	}
}

const segmentOf = ({segments}: SegmentWindow, feature: string, value: string): SegmentWindow['segments'][number] =>
	segments.find(segment => segment.feature === feature && segment.value === value)!;

test('figures are those of a naive count, window by window', t => {
	const answers = draw(6000);
	const monitor = new SegmentMonitor(optionsOf());
	feed(monitor, answers, 4000);
	const {windows} = monitor.take(START + 14 * DAY);
	t.deepEqual(
		windows.map(({start, final}) => [start.slice(0, 10), final]),
		[
			['2026-01-05', false],
			['2026-01-12', false],
		],
	);
	const own = answers.map((answer, index) => ({...answer, isLabelled: index < 4000})).filter(({time}) => time < START + 7 * DAY);
	const south = own.filter(({row}) => row[0] === 2);
	const labelled = south.filter(({isLabelled}) => isLabelled);
	const segment = segmentOf(windows[0]!, 'region', 'south');
	const shareBy = (rows: readonly Answered[], holds: (row: Answered) => boolean): number =>
		rows.filter(row => holds(row)).length / rows.length;
	t.is(segment.answers, south.length);
	t.is(segment.labels, labelled.length);
	t.is(
		segment.selected!.value,
		shareBy(south, ({probability}) => probability < 0.4),
	);
	t.is(
		segment.truePositives!.value,
		shareBy(
			labelled.filter(({isPositive}) => isPositive),
			({probability}) => probability >= 0.4,
		),
	);
	t.is(
		segment.falsePositives!.value,
		shareBy(
			labelled.filter(({isPositive}) => !isPositive),
			({probability}) => probability >= 0.4,
		),
	);
	const meanLoss =
		labelled.reduce((sum, {probability, isPositive}) => sum - Math.log(isPositive ? probability : 1 - probability), 0) /
		labelled.length;
	t.true(Math.abs(segment.logLoss!.value - meanLoss) < 1e-9);
	t.true(segment.calibration!.low < 0 && segment.calibration!.high > 0, 'what is drawn from its probability is calibrated');
	t.is(segmentOf(windows[0]!, 'isNew', 'true').answers + segmentOf(windows[0]!, 'isNew', 'false').answers, own.length);
	t.is(segmentOf(windows[0]!, 'region', 'missing').answers, own.filter(({row}) => Number.isNaN(row[0]!)).length);
	t.deepEqual(monitor.take(START + 14 * DAY).windows, [], 'nothing has changed since');
});

test('of few rows nothing is said, and values beyond the twentieth share a segment', t => {
	const monitor = new SegmentMonitor(optionsOf());
	for (let index = 0; index < 300; index++) {
		monitor.addAnswer(START, Float64Array.of(4 + (index % 30), 0, 0), 0.5);
	}

	const [window] = monitor.take(START).windows;
	t.deepEqual([segmentOf(window!, 'region', 'r4').answers, segmentOf(window!, 'region', 'r4').selected], [10, null]);
	t.is(segmentOf(window!, 'region', 'other values').answers, 100);
	t.is(window!.segments.filter(({feature}) => feature === 'region').length, 21);
	t.deepEqual(window!.gaps, [], 'two groups that can be told are needed');
});

test('a window is final when its labels are, and closed one length later: what comes then is left out', t => {
	const monitor = new SegmentMonitor(optionsOf());
	feed(monitor, draw(1000), 0);
	monitor.take(START + 14 * DAY);
	const [late] = draw(1, 2);
	monitor.addLabel(START, late!.row, 0.9, true);
	t.deepEqual(
		monitor.take(START + 37 * DAY).windows.map(({final}) => final),
		[true],
	);
	monitor.take(START + 44 * DAY);
	monitor.addLabel(START, late!.row, 0.9, true);
	t.deepEqual(
		monitor.take(START + 45 * DAY).windows.filter(({start}) => start.startsWith('2026-01-05')),
		[],
	);
});

test('a snapshot goes on as if nothing had been', t => {
	const answers = draw(2000);
	const whole = new SegmentMonitor(optionsOf());
	feed(whole, answers);
	const half = new SegmentMonitor(optionsOf());
	feed(half, answers.slice(0, 1000));
	const again = SegmentMonitor.restore(half.snapshot(), optionsOf());
	feed(again, answers.slice(1000));
	t.deepEqual(again.take(START + 20 * DAY), whole.take(START + 20 * DAY));
	t.deepEqual(again.snapshot(), whole.snapshot());
	t.throws(() => SegmentMonitor.restore(half.snapshot(), optionsOf({features: []})), {code: 'CHECKPOINT_CORRUPT'});
});

test('a gap beyond chance raises an alarm when its window has ended, one within does not', t => {
	const findingsOf = (shift: number, gapMax?: number): string[] => {
		const monitor = new SegmentMonitor(optionsOf({gapMax}));
		const answers = draw(9000).map(answer => ({
			...answer,
			probability: Math.min(1, answer.probability + (answer.row[0] === 1 ? shift : 0)),
		}));
		feed(monitor, answers);
		t.deepEqual(monitor.take(START + 6 * DAY).findings, [], 'no window has ended');
		const early = monitor.take(START + 8 * DAY).findings;
		t.deepEqual(monitor.take(START + 9 * DAY).findings, [], 'each is judged once');
		return early.map(({state, name}) => `${state} ${name}`);
	};

	t.deepEqual(findingsOf(0.3, 0.1), ['raised region: selected']);
	t.deepEqual(findingsOf(0, 0.1), ['cleared region: selected']);
	t.deepEqual(findingsOf(0.3), []);
	const monitor = new SegmentMonitor(optionsOf({gapMax: 0.05}));
	feed(
		monitor,
		draw(9000).map(answer => ({...answer, isPositive: answer.row[0] === 1 ? false : answer.isPositive})),
	);
	const names = monitor.take(START + 38 * DAY).findings.filter(({state}) => state === 'raised');
	t.true(names.some(({name, message}) => name === 'region: calibration' && /higher for north than/v.test(message)));
});

test('of equal groups one in twenty gaps leaves zero at most', t => {
	let wide = 0;
	const rng = createRng(5);
	for (let run = 0; run < 400; run++) {
		const cells = new Map(
			['a', 'b', 'c', 'd'].map(name => {
				const above = Array.from({length: 200}, () => (rng() < 0.3 ? 1 : 0)).reduce<number>((sum, one) => sum + one, 0);
				return [name, Float64Array.of(200, 0, above, 0, 0, 0, 0, 0, 0, 0, 0)] as const;
			}),
		);
		const [gap] = gapsOf('group', cells) as [FairnessGap];
		wide += gap.low > 0 ? 1 : 0;
	}

	t.true(wide / 400 <= 0.05, `${wide} of 400`);
});

test("intervals are Wilson's, and the normal one", t => {
	const share = shareOf(10, 50)!;
	t.deepEqual(
		[share.low, share.high].map(x => x.toFixed(4)),
		['0.1124', '0.3304'],
	);
	t.is(shareOf(10, 29), null);
	const mean = meanOf(100, 400, 100)!;
	t.is(mean.value, 1);
	t.true(Math.abs(mean.high - 1 - 1.959963984540054 * Math.sqrt(0.03)) < 1e-12);
});
