/**
 * What will become of rows whose label has not come yet: the probability of each class, from rows of every age.
 *
 * @module
 */
import type {Millis, TrainingFrame} from '../../../core/domain/index.ts';
import {quantileSorted} from '../../../core/numerics/index.ts';
import {planLinear} from '../linear/linear-inputs.ts';
import {inputMatrixOf} from '../network/input-matrix.ts';
import {OPEN, pieceAt, pieceEdgesOf, pieceLength, waitsOf, type PartlyLabelled, type Waits} from './age-pieces.ts';
import {delayGroupsOf, type DelayGroups} from './delay-groups.ts';
import {fitRates, waitLoss, type LabelRates, type RateInputs} from './label-rates.ts';

/** Penalties that the newest labels choose from. */
const CHOICES = [0.01, 0.1];
/** Share of the labels, the newest, that choose. */
const NEWEST_SHARE = 0.2;
/** Labels of a class below which its rate is not fitted: it then has none. */
const LABELS_MIN = 10;

/** What the model of the delays came to. */
export interface OpenOutlook {
	/** Rows x classes; of an open row they add up to 1, of any other all are 0. */
	readonly probabilities: Float64Array;
	readonly openRows: number;
	/** In words, for the record. */
	readonly notes: readonly string[];
}

/**
 * Probability of each class of each open row, given that it is still open at its age.
 *
 * Labels come at rates of their own for each class, which depend on age (level within pieces, whose edges are quantiles of the delays), on the column on
 * which the delays depend most if there is one, and in proportion on all columns. Every row tells the rates for as long as it has been watched, so that
 * what comes early is not taken for what is likely, and young rows are heard. From its age on the rates of the classes compete for an open row until
 * its label has come; in the last piece they go on as they are for ever.
 *
 * The penalty on the coefficients is chosen by the likelihood of the newest labels under what was known before them.
 *
 * What cannot be known: rates at ages that no row of its kind has reached go on as they were, with the shape of all other rows.
 *
 * @remarks
 * Shape: a frame of labelled and open rows -> rows x classes.
 * Cost: a few hundred passes over the rows a class.
 * Source: R. Prentice et al., "The Analysis of Failure Times in the Presence of Competing Risks", 1978; D. Glennon, P. Nigro, "Measuring the Default
 * Risk of Small Business Loans: A Survival Analysis Approach", 2005 (rates by age with competing repayment).
 */
export async function outlookOf(partly: PartlyLabelled): Promise<OpenOutlook> {
	const {frame, knownAt, asOf} = partly;
	const classCount = Math.max(2, frame.outputCount);
	const edges = pieceEdgesOf(partly);
	const waits = waitsOf(partly, edges, asOf);
	const openRows = waits.ending.reduce((sum, label) => sum + (label === OPEN ? 1 : 0), 0);
	const probabilities = new Float64Array(frame.rowCount * classCount);
	if (openRows === 0 || openRows === frame.rowCount) {
		return {
			probabilities,
			openRows,
			notes: [openRows === 0 ? 'every label has come' : 'no label has come: nothing is known of open rows'],
		};
	}

	const delay = delayGroupsOf(frame, waits, classCount);
	const inputs = rateInputsOf(frame, delay);
	const since = quantileSorted(knownAt.filter(at => at <= asOf).sort(), 1 - NEWEST_SHARE);
	const earlier = waitsOf(partly, edges, since);
	const notes = [`delays by ${delay.feature ?? 'no column'}, ${edges.length} pieces of age`];
	const rates: (LabelRates | undefined)[] = [];
	for (let label = 0; label < classCount; label++) {
		const count = waits.ending.reduce((sum, ending) => sum + (ending === label ? 1 : 0), 0);
		const fitted = count < LABELS_MIN ? undefined : await fitClass(inputs, label, waits, earlier);
		rates.push(fitted?.rates);
		notes.push(`class ${label}: ${count} labels${fitted ? `, inverse penalty ${fitted.choice}` : ', too few for a rate'}`);
	}

	for (let row = 0; row < frame.rowCount; row++) {
		if (waits.ending[row] === OPEN) {
			const closing = partly.closesAt && partly.closesAt[row]! > asOf ? partly.closesAt[row]! - frame.times[row]! : Infinity;
			putOutlook(probabilities.subarray(row * classCount, (row + 1) * classCount), {row, closing}, waits, delay, rates);
		}
	}

	return {probabilities, openRows, notes};
}

function rateInputsOf(frame: TrainingFrame, delay: DelayGroups): RateInputs {
	const plan = planLinear(frame, frame.rowCount);
	return {matrix: inputMatrixOf(plan, frame), levelCounts: plan.categorical.map(({vocabulary}) => vocabulary.length + 1), delay};
}

async function fitClass(inputs: RateInputs, label: number, waits: Waits, earlier: Waits): Promise<{rates: LabelRates; choice: number}> {
	let best = {choice: CHOICES[0]!, loss: Infinity};
	let from: Float64Array | undefined;
	for (const choice of CHOICES) {
		const {point, rates} = await fitRates(inputs, earlier, {label, inverseRegularization: choice, ...(from && {from})});
		from = point;
		const loss = waitLoss(rates, waits, inputs.delay, label) - waitLoss(rates, earlier, inputs.delay, label);
		best = loss < best.loss ? {choice, loss} : best;
	}

	const {rates} = await fitRates(inputs, waits, {label, inverseRegularization: best.choice, ...(from && {from})});
	return {rates, choice: best.choice};
}

/** Let the rates compete from a row's age on. */
function putOutlook(
	into: Float64Array,
	{row, closing}: {readonly row: number; readonly closing: Millis},
	waits: Waits,
	{groups}: DelayGroups,
	rates: readonly (LabelRates | undefined)[],
): void {
	const pieces = waits.edges.length;
	const last = closing === Infinity ? pieces - 1 : pieceAt(waits.edges, closing);
	let open = 1;
	for (let piece = waits.piece[row]!; piece <= last; piece++) {
		const each = rates.map(one => (one ? Math.exp(one.effects[row]! + one.logRates[groups[row]! * pieces + piece]!) : 0));
		const all = each.reduce((sum, rate) => sum + rate, 0);
		const length = piece === last ? (closing - waits.edges[piece]!) / waits.unit : pieceLength(waits, piece);
		const left = length - (piece === waits.piece[row] ? waits.waited[row]! : 0);
		const stays = left === Infinity ? 0 : Math.exp(-all * left);
		for (const [label, rate] of each.entries()) {
			into[label]! += all > 0 ? (open * (1 - stays) * rate) / all : (open * (1 - stays)) / each.length;
		}

		open *= stays;
	}

	into[0]! += open;
}
