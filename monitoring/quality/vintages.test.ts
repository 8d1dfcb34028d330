/** Vintages: counts of labels by age, estimates before labels are final, and what the quality monitor makes of both. */
import test from 'ava';
import fc from 'fast-check';
import {TIERS, vintageOf, type QualityWindow} from '../../core/domain/index.ts';
import {areaUnderRoc, createRng, drawNormal} from '../../core/numerics/index.ts';
import {CalendarLevel} from './calendar-level.ts';
import {AGE_STEPS, LabelCounts, LabelDevelopment, NOT_KNOWN, type LabelledRow} from './label-development.ts';
import {QualityMonitor} from './quality-monitor.ts';
import {vintageFigures} from './vintage-figures.ts';
import {VintageGroups} from './vintage-groups.ts';

const DAY = 86_400_000;
const START = Date.UTC(2024, 0, 1);
const MATURITY_DAYS = 60;

const rows = fc.array(
	fc
		.record({
			score: fc.double({min: 0, max: 1, noNaN: true}),
			label: fc.integer({min: 0, max: 1}),
			step: fc.integer({min: NOT_KNOWN, max: AGE_STEPS - 1}),
			passed: fc.integer({min: 0, max: AGE_STEPS}),
		})
		.filter(({step, passed}) => step <= passed),
	{maxLength: 200},
);

function countsOf(list: readonly LabelledRow[]): LabelCounts {
	const counts = new LabelCounts();
	for (const one of list) {
		counts.add(one);
	}

	return counts;
}

test('counts of eight shards, merged, are those of one; a state can be loaded again', t => {
	fc.assert(
		fc.property(rows, list => {
			const whole = countsOf(list);
			const merged = new LabelCounts();
			for (let shard = 0; shard < 8; shard++) {
				merged.merge(countsOf(list.filter((_, index) => index % 8 === shard)));
			}

			t.deepEqual(merged.state(), whole.state());
			const loaded = new LabelCounts();
			t.true(loaded.load(whole.state()));
			t.deepEqual(loaded.atRisk(), whole.atRisk());
			t.is(whole.rowCount, list.length);
		}),
		{seed: 1, numRuns: 60},
	);
	t.false(new LabelCounts().load(new Float64Array(3)));
});

test('chances of all ends add up to one at most, at any age, and what nobody has reached is unseen', t => {
	fc.assert(
		fc.property(rows, fc.double({min: 0, max: 1, noNaN: true}), fc.integer({min: 0, max: AGE_STEPS}), (list, score, passed) => {
			const {positive, negative, unseen} = new LabelDevelopment(countsOf(list)).outlook(score, passed);
			t.true([positive, negative, unseen].every(chance => chance >= 0));
			t.true(positive + negative + unseen <= 1 + 1e-9);
		}),
		{seed: 1, numRuns: 60},
	);
	t.is(new LabelDevelopment(new LabelCounts()).outlook(0.3, 2).unseen, 1);
	const young = countsOf(Array.from({length: 500}, () => ({score: 0.3, label: 0, step: NOT_KNOWN, passed: 6})));
	t.true(new LabelDevelopment(young).outlook(0.3, 0).unseen > 0.9);
});

test('rows that are no older do not make labels rarer than they are', t => {
	const rng = createRng(1);
	// One in five turns out bad at step 4, the others good at step 20; most rows have passed only 6 steps.
	const list = Array.from({length: 4000}, (_, index): LabelledRow => {
		const label = rng() < 0.2 ? 1 : 0;
		const [passed, due] = [index % 4 === 0 ? AGE_STEPS : 6, label === 1 ? 4 : 20];
		return {score: 0.2, label, step: due < passed ? due : NOT_KNOWN, passed};
	});
	const {positive, negative} = new LabelDevelopment(countsOf(list)).outlook(0.2, 0);
	t.true(Math.abs(positive - 0.2) < 0.03, `${positive}`);
	t.true(Math.abs(negative - 0.8) < 0.03, `${negative}`);
});

test('figures of known labels are those of the rows; open rows add the variance of chance', t => {
	const rng = createRng(2);
	const list = Array.from({length: 600}, () => {
		const score = rng();
		return {score, label: rng() < score ? 1 : 0};
	});
	const groups = new VintageGroups();
	for (const one of list) {
		groups.add({...one, step: 3, passed: AGE_STEPS});
	}

	const known = groups.groups();
	const chances = {positive: known.scores, negative: known.scores.map(score => 1 - score)};
	const {values, variances} = vintageFigures(known, chances);
	const auc = areaUnderRoc(
		list.map(({score}) => score),
		list.map(({label}) => label),
	);
	t.true(Math.abs(values.auc - auc) < 1e-3);
	t.is(values.positives, list.filter(({label}) => label === 1).length / list.length);
	t.is(variances.auc, 0);
	// All rows open: the share of positives has the variance of as many independent draws.
	const open = {...known, open: known.positives.map((count, at) => count + known.negatives[at]!)};
	const none = new Float64Array(open.open.length);
	const drawn = vintageFigures({...open, positives: none, negatives: none}, chances);
	const expected = list.reduce((sum, {score}) => sum + score * (1 - score), 0) / list.length ** 2;
	t.true(Math.abs(drawn.variances.positives / expected - 1) < 0.01);
});

test('a crisis in the newest periods is expected to last in part, a calm calendar not at all', t => {
	const history = (start: number, factor: (period: number) => number): Parameters<CalendarLevel['adjust']>[0] => ({
		start,
		span: 24,
		happened: Array.from({length: 24}, (_, step) => 40 * factor(start + step)),
		expected: Array.from({length: 24}, () => 40),
	});
	const starts = [0, 3, 6, 9, 12, 15, 18, 21, 24];
	const calm = new CalendarLevel(starts.map(start => history(start, () => 1))).forecast(48, 24);
	t.is(calm.factor, 1);
	const crisis = new CalendarLevel(starts.map(start => history(start, at => (at >= 36 ? 2 : 1)))).forecast(48, 24);
	t.true(crisis.factor > 1.3 && crisis.factor < 2.1, `${crisis.factor}`);
	t.true(crisis.variance > calm.variance);
});

/** Bad outcomes come early, good ones at the end; `level` moves each week's odds. */
function feed(seed: number, weeks: number, read: (windows: readonly QualityWindow[], monitor: QualityMonitor) => void): void {
	const rng = createRng(seed);
	const monitor = new QualityMonitor({outputCount: 1, window: 'P7D', finalAfter: `P${MATURITY_DAYS}D`});
	const labels: Array<{at: number; eventOffset: number; value: number}> = [];
	let offset = 0;
	for (let day = 0; day < 7 * weeks + MATURITY_DAYS + 14; day++) {
		const now = START + day * DAY;
		const level = 0.25 * drawNormal(createRng(seed * 1000 + Math.floor(day / 7)));
		const rowCount = day < 7 * weeks ? 60 : 0;
		for (let row = 0; row < rowCount; row++) {
			const logit = -2 + drawNormal(rng);
			const value = rng() < 1 / (1 + Math.exp(-logit - level)) ? 1 : 0;
			const delay = value === 1 ? MATURITY_DAYS * rng() ** 1.5 : MATURITY_DAYS * (0.7 + 0.3 * rng());
			const score = 1 / (1 + Math.exp(-logit));
			monitor.addDecision(now, {eventOffset: offset, time: now, tier: 'student', scores: Float64Array.from(TIERS, () => score)});
			labels.push({at: now + delay * DAY, eventOffset: offset++, value});
		}

		labels.sort((a, b) => a.at - b.at);
		while (labels[0] && labels[0].at <= now) {
			monitor.addLabel(now, {...labels.shift()!, withdrawn: false});
		}

		if (day % 3 === 0) {
			read(monitor.takeWindows(now), monitor);
		}
	}
}

test('what is said of a vintage holds in the end in nine of ten cases, and what its known labels say does not', t => {
	let [cases, inside, naiveError, error] = [0, 0, 0, 0];
	for (const seed of [1, 2]) {
		const said: QualityWindow[] = [];
		const finals = new Map<string, QualityWindow>();
		feed(seed, 30, windows => {
			for (const window of windows) {
				if (window.final) {
					finals.set(window.start, window);
				} else {
					said.push(window);
				}
			}
		});
		for (const window of said) {
			const estimate = window.vintage?.estimate?.positives;
			const final = vintageOf(finals.get(window.start)!)!.figures.positives!.estimate;
			if (estimate && window.labelled > 0 && window.labelled < window.decisions) {
				cases++;
				inside += estimate.low <= final && final <= estimate.high ? 1 : 0;
				error += Math.abs(estimate.estimate - final);
				naiveError += Math.abs(window.positives / window.labelled - final);
			}
		}
	}

	t.true(cases > 300, `${cases}`);
	t.true(inside / cases >= 0.9, `${inside / cases}`);
	t.true(error / cases < 0.04, `${error / cases}`);
	t.true(naiveError > 5 * error, `${naiveError / cases}`);
});

test('a corrected label moves the estimate, a withdrawn one opens the row again, and a checkpoint changes nothing', t => {
	let monitor!: QualityMonitor;
	let last: QualityWindow[] = [];
	feed(4, 20, (windows, current) => {
		monitor = current;
		last = windows.length > 0 ? [...windows] : last;
	});
	t.true(last.length > 0);

	const now = START + 300 * DAY;
	const view = (): QualityWindow => monitor.takeWindows(now).find(({start}) => start === '2024-10-21T00:00:00.000Z')!;
	for (let row = 0; row < 300; row++) {
		const scores = Float64Array.from(TIERS, () => 0.2);
		monitor.addDecision(now, {eventOffset: 1e6 + row, time: Date.UTC(2024, 9, 22), tier: 'student', scores});
		if (row < 100) {
			monitor.addLabel(now, {eventOffset: 1e6 + row, value: 0, withdrawn: false});
		}
	}

	const positivesOf = ({vintage}: QualityWindow): number => vintage!.estimate!.positives!.estimate;
	const before = view();
	for (let row = 0; row < 50; row++) {
		monitor.addLabel(now, {eventOffset: 1e6 + row, value: 1, withdrawn: false});
	}

	const corrected = view();
	t.true(positivesOf(corrected) > positivesOf(before) + 50 / 300 - 1e-6, 'the corrected labels count as they are now');
	for (let row = 0; row < 100; row++) {
		monitor.addLabel(now, {eventOffset: 1e6 + row, value: 0, withdrawn: true});
	}

	const restored = QualityMonitor.restore(monitor.snapshot(), {outputCount: 1, window: 'P7D', finalAfter: `P${MATURITY_DAYS}D`});
	t.deepEqual(restored.snapshot(), monitor.snapshot());
	const withdrawn = view();
	t.is(withdrawn.labelled, 0);
	t.true(positivesOf(withdrawn) < positivesOf(corrected));
	t.deepEqual(
		restored.takeWindows(now).find(({start}) => start === withdrawn.start),
		withdrawn,
	);
});

test('several classes, and labels that are final at once, have no vintages', t => {
	const viewOf = (outputCount: number, finalAfter: string): QualityWindow => {
		const monitor = new QualityMonitor({outputCount, window: 'P1D', finalAfter});
		const scores = new Float64Array(TIERS.length * outputCount).fill(1 / Math.max(2, outputCount));
		monitor.addDecision(START, {eventOffset: 1, time: START, tier: 'student', scores});
		return monitor.takeWindows(START)[0]!;
	};
	t.is(viewOf(3, 'P7D').vintage, undefined);
	t.is(viewOf(1, 'P0D').vintage, undefined);
	t.is(vintageOf(viewOf(1, 'P0D')), undefined);
	t.is(viewOf(1, 'P7D').vintage!.estimate, null, 'nothing is known of how labels come in');
});
