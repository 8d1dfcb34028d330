/** What the quality monitor says and keeps, to the last bit, on streams with late, corrected and withdrawn labels: quicker code may not change it. */
import {createHash} from 'node:crypto';
import test from 'ava';
import {TIERS} from '../../core/domain/index.ts';
import {createRng, type Rng} from '../../core/numerics/index.ts';
import {QualityMonitor} from './quality-monitor.ts';

const DAY = 86_400_000;
const START = Date.UTC(2024, 0, 1);
const EVENTS = 20_000;
const EVENTS_A_DAY = 500;

/** Findings, windows as they are taken, and the snapshot at the end. */
function digestOfStream(outputCount: number): string {
	const rng = createRng(7);
	const monitor = new QualityMonitor({
		outputCount,
		window: 'P1D',
		finalAfter: 'P7D',
		rowsMax: 300,
		rowsTotalMax: 2500,
		windowsMax: 9,
		rollingRowsMax: 200,
		concept: {detectors: ['adwin', 'score-cusum', 'bernoulli-cusum', 'page-hinkley'], falseAlarmsPerMonth: 1},
	});
	const hash = createHash('sha256');
	const note = (things: readonly unknown[]): void => {
		hash.update(things.map(thing => JSON.stringify(thing)).join('\n'));
	};

	const waiting: Array<{readonly eventOffset: number; readonly value: number}> = [];
	for (let event = 0; event < EVENTS; event++) {
		const now = START + Math.floor((event * DAY) / EVENTS_A_DAY);
		const time = now - Math.floor(rng() * 1.25 * DAY);
		note(monitor.advance(now));
		const scores = drawScores(rng, outputCount);
		monitor.addDecision(now, {eventOffset: event, time, tier: rng() < 0.9 ? 'student' : 'online', scores});
		const riskShare = (event > 12_000 ? 0.2 : 0.7) * scores[1]!;
		waiting.push({eventOffset: event, value: outputCount === 1 ? Number(rng() < riskShare) : Math.floor(rng() * 3)});
		if (event > 300) {
			const at = Math.floor(rng() * waiting.length);
			note(monitor.addLabel(now, {...waiting[at]!, withdrawn: rng() < 0.02}));
			waiting.splice(at, rng() < 0.9 ? 1 : 0);
		}

		if (event % 350 === 0) {
			note(monitor.takeWindows(now));
		}
	}

	return hash.update(monitor.snapshot()).digest('hex');
}

/** Thousandths, so that there are ties; of the teacher one in five is missing. */
function drawScores(rng: Rng, outputCount: number): Float64Array {
	const scores = Float64Array.from({length: TIERS.length * outputCount}, () => Math.round(rng() * 1000) / 1000);
	if (rng() < 0.2) {
		scores.fill(Number.NaN, 2 * outputCount, 3 * outputCount);
	}

	return scores;
}

test('binary: the same to the last bit', t => {
	t.is(digestOfStream(1), '784655961350311de066aca017d143cc751d979fb8a67ce4ce4e2b767789b967');
});

test('three classes: the same to the last bit', t => {
	t.is(digestOfStream(3), '6c91b6d24c130a7744444464c0c2fe97d957dea9a2530c08d7fcb0043de6acb2');
});
