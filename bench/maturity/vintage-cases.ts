/**
 * What was said of each vintage while its labels came in, held against what it was in the end.
 *
 * @module
 */
import {addDuration, TIERS, type MaturingFigure, type QualityPoint, type QualityWindow} from '../../core/domain/index.ts';
import {normalQuantile} from '../../core/numerics/index.ts';
import {QualityMonitor} from '../../monitoring/index.ts';
import type {Loan} from './loans.ts';

/** Figures of a vintage. */
export const FIGURES = ['positives', 'auc', 'logLoss', 'calibration'] as const;

/** One figure of one vintage at one time before it is final. */
export interface VintageCase {
	readonly figure: (typeof FIGURES)[number];
	/** Begin of the vintage, and when it was read. */
	readonly start: string;
	readonly asOf: string;
	/** What was said; null: nothing. */
	readonly said: MaturingFigure | null;
	/** Of the labels known at the time alone, as if they were all; undefined where those give no figure. */
	readonly naive: MaturingFigure | undefined;
	/** In the end. */
	readonly final: number;
}

/** How often windows are read. */
const READ_EVERY = 'P3M';
/** Of naive intervals. */
const LEVEL = 0.95;

/**
 * Feed a quality monitor with loans as they were issued and labels as they became known, read it every three months, and collect all that it said.
 *
 * @param finalAfter - The longest time that a label takes, ISO 8601.
 */
export function vintageCases(loans: readonly Loan[], finalAfter: string): VintageCase[] {
	const monitor = new QualityMonitor({outputCount: 1, window: 'P1M', finalAfter});
	const records = loans
		.flatMap((loan, index) => [
			{at: loan.time, index, isLabel: false},
			{at: loan.knownAt, index, isLabel: true},
		])
		.toSorted((a, b) => a.at - b.at || Number(a.isLabel) - Number(b.isLabel) || a.index - b.index);
	const said: QualityWindow[] = [];
	const finals = new Map<string, QualityWindow>();
	let readAt = addDuration(records[0]!.at, READ_EVERY);
	const read = (now: number): void => {
		for (const window of monitor.takeWindows(now)) {
			if (window.final) {
				finals.set(window.start, window);
			} else {
				said.push(window);
			}
		}
	};

	for (const {at, index, isLabel} of records) {
		for (; at >= readAt; readAt = addDuration(readAt, READ_EVERY)) {
			monitor.advance(readAt);
			read(readAt);
		}

		const {time, score, label} = loans[index]!;
		if (isLabel) {
			monitor.addLabel(at, {eventOffset: index, value: label, withdrawn: false});
		} else {
			monitor.addDecision(at, {eventOffset: index, time, tier: 'student', scores: Float64Array.from(TIERS, () => score)});
		}
	}

	read(addDuration(readAt, finalAfter));
	return said.flatMap(window => casesOf(window, finals.get(window.start)!));
}

function casesOf(window: QualityWindow, final: QualityWindow): VintageCase[] {
	const ends = figuresOf(final);
	const now = figuresOf(window);
	return FIGURES.flatMap(figure => {
		const [end, known] = [ends[figure], now[figure]];
		const half = normalQuantile((1 + LEVEL) / 2) * errorOf(figure, window);
		const naive =
			known === null || window.labelled === window.decisions ? undefined : {estimate: known, low: known - half, high: known + half};
		return end === null || window.labelled === window.decisions
			? []
			: [
					{
						figure,
						start: window.start,
						asOf: window.vintage?.asOf ?? '',
						said: window.vintage?.estimate?.[figure] ?? null,
						naive,
						final: end,
					},
				];
	});
}

function figuresOf({labelled, positives, series: {loop}}: QualityWindow): Record<(typeof FIGURES)[number], number | null> {
	const {auc, logLoss, calibration}: QualityPoint = loop;
	return {positives: labelled === 0 ? null : positives / labelled, auc, logLoss, calibration};
}

/** Standard error of a figure of the labels known, were they a sample of all. */
function errorOf(figure: (typeof FIGURES)[number], {labelled, positives, series: {loop}}: QualityWindow): number {
	const negatives = labelled - positives;
	const share = positives / labelled;
	if (figure === 'auc' && loop.auc !== null) {
		// Hanley and McNeil 1982.
		const [q1, q2] = [loop.auc / (2 - loop.auc), (2 * loop.auc ** 2) / (1 + loop.auc)];
		const sum = loop.auc * (1 - loop.auc) + (positives - 1) * (q1 - loop.auc ** 2) + (negatives - 1) * (q2 - loop.auc ** 2);
		return Math.sqrt(sum / (positives * negatives));
	}

	// The deviation of a loss is about that of a positive's, the loss of one being some two nats more.
	return Math.sqrt((share * (1 - share)) / labelled) * (figure === 'logLoss' ? 2 : 1);
}
