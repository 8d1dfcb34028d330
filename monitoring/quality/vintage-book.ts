/**
 * Vintages side by side: what the older ones tell of how labels come in, and what the younger ones will therefore be worth.
 *
 * @module
 */
import {formatTime, type Millis, type VintageView} from '../../core/domain/index.ts';
import {AGE_STEPS, LabelCounts, LabelDevelopment, type LabelledRow} from './label-development.ts';
import {
	estimateVintage,
	historyOf,
	spreadOf,
	VINTAGE_LEVEL,
	type FigureInterval,
	type VintageHistory,
	type VintageSpread,
} from './vintage-estimate.ts';
import {VintageGroups} from './vintage-groups.ts';

/** Closed vintages whose levels are remembered; at the bound the oldest is forgotten, and counts of labels fade at the same pace. */
const CLOSED_MAX = 60;

/** Open vintages that are looked at for how much vintages differ. */
const COMPARED_MAX = 60;
/** Rows of each that tell of others, about: a vintage that is itself estimated is looked at whole. */
const SAMPLE_MAX = 1000;

/** A vintage whose rows are held. */
export interface OpenVintage {
	/** Calls with each row, the same object each time, or with evenly spread ones if there are more than `rowsMax`. @returns How many there were. */
	readonly eachRow: (take: (row: LabelledRow) => void, rowsMax?: number) => number;
	/** Rows that its rows stand for. */
	readonly decisions: number;
	readonly start: Millis;
	/** Time from an event until its label is final. */
	readonly span: Millis;
	/** False: it only tells of others. */
	readonly isWanted: boolean;
}

/** All state of a {@link VintageBook} as plain data. */
export interface VintageBookState {
	readonly closed: readonly VintageHistory[];
	readonly counts: Float64Array;
}

/** Remembers closed vintages; open ones are given to it anew each time, so that a corrected label counts as it is now. */
export class VintageBook {
	#closed: VintageHistory[] = [];
	readonly #counts = new LabelCounts();

	/** A vintage whose rows will be forgotten. */
	close(vintage: OpenVintage): void {
		this.#counts.scale(1 - 1 / CLOSED_MAX);
		const {counts, rowCount} = groupsOf(vintage);
		this.#counts.merge(counts, rowCount === 0 ? 0 : vintage.decisions / rowCount);
		this.#closed.push(historyOf(counts, new LabelDevelopment(this.#counts), vintage));
		if (this.#closed.length > CLOSED_MAX) {
			this.#closed.shift();
		}
	}

	/**
	 * Views of the open vintages that are wanted, in the order given.
	 *
	 * Cost: O(rows) of those that are wanted, and of 1,000 rows of each other. How vintages differ is learnt from {@link COMPARED_MAX} at most, evenly
	 * spread.
	 */
	views(now: Millis, vintages: readonly OpenVintage[]): VintageView[] {
		if (!vintages.some(({isWanted}) => isWanted)) {
			return [];
		}

		const all = new LabelCounts();
		all.merge(this.#counts);
		const every = Math.ceil(vintages.length / COMPARED_MAX);
		const compared: Array<readonly [LabelCounts, OpenVintage]> = [];
		for (const [index, vintage] of vintages.entries()) {
			const counts = new LabelCounts();
			const taken = vintage.eachRow(row => {
				counts.add(row);
			}, SAMPLE_MAX);
			all.merge(counts, vintage.decisions / taken);
			if (index % every === 0) {
				compared.push([counts, vintage]);
			}
		}

		const development = new LabelDevelopment(all);
		const histories = compared.map(([counts, vintage]) => historyOf(counts, development, vintage));
		const spread = spreadOf([...this.#closed, ...histories]);
		return vintages.filter(({isWanted}) => isWanted).map(vintage => viewOf(now, vintage, development, spread));
	}

	state(): VintageBookState {
		return {closed: this.#closed, counts: this.#counts.state()};
	}

	/** Inverse of {@link VintageBook.state}. @returns False if it is none. */
	load({closed, counts}: VintageBookState): boolean {
		this.#closed = [...closed];
		return this.#counts.load(counts);
	}
}

function groupsOf({eachRow}: OpenVintage): VintageGroups {
	const groups = new VintageGroups();
	eachRow(row => {
		groups.add(row);
	});
	return groups;
}

function viewOf(now: Millis, vintage: OpenVintage, development: LabelDevelopment, spread: VintageSpread): VintageView {
	const groups = groupsOf(vintage);
	const estimate = estimateVintage(now, groups, historyOf(groups.counts, development, vintage), development, spread);
	return {
		asOf: formatTime(now),
		stepSeconds: vintage.span / AGE_STEPS / 1000,
		...groups.curve(),
		level: VINTAGE_LEVEL,
		estimate: estimate
			? {
					positives: shown(estimate.positives, 0, 1),
					auc: shown(estimate.auc, 0, 1),
					logLoss: shown(estimate.logLoss, 0, Infinity),
					calibration: shown(estimate.calibration, -1, 1),
				}
			: null,
	};
}

/** Within what the figure can be at all; null where it cannot be said. */
function shown({estimate, low, high}: FigureInterval, least: number, most: number): FigureInterval | null {
	return Number.isFinite(estimate + low + high) ? {estimate, low: Math.max(least, low), high: Math.min(most, high)} : null;
}
