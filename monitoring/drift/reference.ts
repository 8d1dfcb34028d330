/**
 * The reference of a version: how its training data were distributed, in bins that never move. Live data are counted in the same bins.
 *
 * @module
 */
import {z} from 'zod';
import {PerennialError, type CategoricalColumn, type FrameColumn, type NumericColumn, type TrainingFrame} from '../../core/domain/index.ts';
import {binOf, decileEdges, quantileSorted, sortedFinite} from '../../core/numerics/index.ts';
import {scoreOutcomes, scoreOutcomesSchema, type ScoreOutcomes} from './score-outcomes.ts';
import {tailsOf, wanderOf, wanderSchema} from './wander.ts';

/** Categories with a bin of their own; rarer ones share the last bin. */
const CATEGORIES_MAX = 20;
/** A row without a score is in no bin. */
const NOWHERE = -1;
/** Quantiles of a number: what a test of values loses by taking them for all values is below 0.002 in each distribution function. */
const QUANTILES = 256;
/** Share of the present values that a category needs for a bin of its own. */
const CATEGORY_SHARE_MIN = 0.01;

const count = z.int().min(0);
const edges = z.array(z.number()).max(9);
/** Evenly spaced quantiles of the present values, ascending: for tests of values, which bins cannot serve. */
const quantiles = z.array(z.number()).max(256).optional();
/** For the look at each row; versions made without it are looked at by windows alone. */
const wander = wanderSchema.optional();
/** How much the version leans on the feature: its share in what all of them are worth; absent where nobody measured it. */
const importance = z.number().min(0).max(1).optional();
const numericSchema = z.strictObject({
	kind: z.literal('numeric'),
	name: z.string(),
	/** Inner edges, ascending; the counts have one entry more. */
	edges,
	counts: z.array(count),
	missing: count,
	quantiles,
	wander,
	importance,
});
const categoricalSchema = z.strictObject({
	kind: z.literal('categorical'),
	name: z.string(),
	/** Most frequent first; the last of the counts is everything else. */
	categories: z.array(z.string()).max(CATEGORIES_MAX),
	counts: z.array(count),
	missing: count,
	wander,
	importance,
});
const referenceSchema = z.strictObject({
	referenceVersion: z.literal(1),
	rowCount: count,
	features: z.array(z.discriminatedUnion('kind', [numericSchema, categoricalSchema])),
	/** `outcomes`: what came of those scores, bin for bin; versions made without it are not judged without labels. */
	score: z.strictObject({edges, counts: z.array(count), quantiles, wander, outcomes: scoreOutcomesSchema.optional()}).optional(),
});

/** Plain JSON, some hundred bytes a feature, 5,000 with quantiles; no row of the training data can be read from it. */
export type Reference = z.output<typeof referenceSchema>;

/** The bins of one feature. */
export type FeatureReference = Reference['features'][number];

interface ReferenceOptions {
	readonly hasQuantiles?: boolean;
	readonly outcomes?: {readonly of: ScoreOutcomes['of']; readonly happened: ArrayLike<number>} | undefined;
	readonly scoreTimes?: ArrayLike<number>;
	readonly importances?: ReadonlyArray<{readonly feature: string; readonly logLossRise: number}> | undefined;
}

/** Rows to count. `times`: of their events, ascending; without them it is not known how far features wander. */
type CountedFrame = Pick<TrainingFrame, 'columns' | 'rowCount'> & {readonly times?: ArrayLike<number>};

/**
 * Count a frame into fixed bins: deciles of numbers, the most frequent categories, and missing values apart.
 *
 * Cost: one sort a numeric column. The same frame gives the same reference.
 *
 * @param scores - What the version says on rows like those it will meet: scores of validation rows, since rows it learnt from score otherwise.
 * One number a row (for several classes, the highest probability); any count of rows; NaN is left out.
 * @param options - `hasQuantiles`: keep 256 quantiles of each number, for tests of values; else bins alone. `outcomes`: what the scores are
 * probabilities of, and 1 for each score where it came true; the reference then says what scores are worth. `scoreTimes`: as `times`, of the scores.
 * `importances`: what the version loses without each feature, as its training report says.
 * @example
 * const column = {name: 'amount', kind: 'numeric', values: Float64Array.of(1, 2, 3, NaN)};
 * const {features} = buildReference({columns: [column], rowCount: 4});
 * features[0].counts.reduce((sum, count) => sum + count, 0); //=> 3
 * features[0].missing; //=> 1
 */
export function buildReference(
	{columns, rowCount, times}: CountedFrame,
	scores?: ArrayLike<number>,
	{hasQuantiles = false, outcomes, scoreTimes, importances = []}: ReferenceOptions = {},
): Reference {
	const shares = sharesOf(importances);
	const features = columns.map((column: FrameColumn): FeatureReference => ({
		...(column.kind === 'numeric' ? numericReference(column, hasQuantiles, times) : categoricalReference(column, times)),
		...(shares && {importance: shares.get(column.name) ?? 0}),
	}));
	if (!scores) {
		return {referenceVersion: 1, rowCount, features};
	}

	const {
		kind: _,
		name: __,
		missing: ___,
		...score
	} = numericReference({name: 'score', kind: 'numeric', values: Float64Array.from(scores)}, hasQuantiles);
	const known = outcomes && {outcomes: scoreOutcomes(outcomes.of, score.edges, scores, outcomes.happened)};
	const wandered = scoreTimes && {
		wander: wanderOf({counts: score.counts, isOrdered: true}, placesOf(score.edges, scores, NOWHERE), scoreTimes),
	};
	return {referenceVersion: 1, rowCount, features, score: {...score, ...known, ...wandered}};
}

/** Text of a reference: the bytes of a version's blob `reference`. */
export function toReferenceJson(reference: Reference): string {
	return `${JSON.stringify(reference)}\n`;
}

/**
 * Read a reference.
 *
 * @throws PerennialError - MANIFEST_INVALID if the text is none, or its counts do not fit its bins.
 */
export function fromReferenceJson(text: string): Reference {
	let document: unknown;
	try {
		document = JSON.parse(text);
	} catch (error) {
		throw new PerennialError('MANIFEST_INVALID', 'The drift reference is no JSON; publish the version again.', {cause: error});
	}

	return parseReference(document);
}

/** Check a parsed reference. @throws PerennialError - MANIFEST_INVALID. */
export function parseReference(document: unknown): Reference {
	const result = referenceSchema.safeParse(document);
	if (!result.success) {
		const [fault] = z.prettifyError(result.error).split('\n', 1);
		throw new PerennialError('MANIFEST_INVALID', `The drift reference cannot be read: ${fault}. Publish the version again.`, {
			cause: result.error,
		});
	}

	const {features, score} = result.data;
	const isWhole = features.every(
		feature => feature.counts.length === (feature.kind === 'numeric' ? feature.edges : feature.categories).length + 1,
	);
	const tailsFit = [...features, ...(score ? [score] : [])].every(watched => !watched.wander || tailsOf(watched.wander, watched));
	const {rows, happened, expected, variance, right} = score?.outcomes ?? {};
	const outcomes = [rows, happened, expected, variance, right].filter(sums => sums !== undefined);
	if (!isWhole || !tailsFit || (score && [score.counts, ...outcomes].some(({length}) => length !== score.edges.length + 1))) {
		throw new PerennialError('MANIFEST_INVALID', 'The drift reference has counts that do not fit its bins; publish the version again.');
	}

	return result.data;
}

/** Undefined where nothing was measured, or nothing is worth anything. A feature without which the version is better is worth nothing. */
function sharesOf(importances: NonNullable<ReferenceOptions['importances']>): ReadonlyMap<string, number> | undefined {
	const total = importances.reduce((sum, {logLossRise}) => sum + Math.max(0, logLossRise), 0);
	return total > 0 ? new Map(importances.map(({feature, logLossRise}) => [feature, Math.max(0, logLossRise) / total])) : undefined;
}

function numericReference(
	{name, values}: NumericColumn,
	hasQuantiles: boolean,
	times?: ArrayLike<number>,
): FeatureReference & {kind: 'numeric'} {
	const edges = decileEdges(values);
	const placed = placesOf(edges, values, edges.length + 1);
	const counts = countsOf(placed, edges.length + 2);
	const missing = counts.pop()!;
	return {
		kind: 'numeric',
		name,
		edges: [...edges],
		counts,
		missing,
		...(hasQuantiles && {quantiles: quantilesOf(values)}),
		...(times && {wander: wanderOf({counts, missing, isOrdered: true}, placed, times)}),
	};
}

/** Bin of each value; `missing` where there is none. */
function placesOf(edges: ArrayLike<number>, values: ArrayLike<number>, missing: number): Int32Array {
	return Int32Array.from({length: values.length}, (_, row) => (Number.isFinite(values[row]) ? binOf(edges, values[row]!) : missing));
}

function countsOf(placed: Int32Array, binCount: number): number[] {
	const counts = Array.from({length: binCount}, () => 0);
	for (const bin of placed) {
		counts[bin]!++;
	}

	return counts;
}

/** The smallest and largest values are left out where there are more than {@link QUANTILES}: they would be those of single rows. */
function quantilesOf(values: ArrayLike<number>): number[] {
	const sorted = sortedFinite(values);
	return sorted.length <= QUANTILES
		? [...sorted]
		: Array.from({length: QUANTILES}, (_, index) => quantileSorted(sorted, (index + 0.5) / QUANTILES));
}

function categoricalReference({name, values, categories}: CategoricalColumn, times?: ArrayLike<number>): FeatureReference {
	const seen = Array.from({length: categories.length}, () => 0);
	let missing = 0;
	for (const value of values) {
		if (value >= 0) {
			seen[value]!++;
		} else {
			missing++;
		}
	}

	const present = values.length - missing;
	const frequent = seen
		.map((rows, code) => ({rows, code, category: categories[code]!}))
		.filter(({rows}) => rows > 0 && rows >= CATEGORY_SHARE_MIN * present)
		.toSorted((a, b) => b.rows - a.rows || (a.category < b.category ? -1 : 1))
		.slice(0, CATEGORIES_MAX);
	const binOfCode = new Map(frequent.map(({code}, bin) => [code, bin]));
	const placed = values.map(value => (value < 0 ? frequent.length + 1 : (binOfCode.get(value) ?? frequent.length)));
	const counts = countsOf(placed, frequent.length + 2);
	counts.pop();
	return {
		kind: 'categorical',
		name,
		categories: frequent.map(({category}) => category),
		counts,
		missing,
		...(times && {wander: wanderOf({counts, missing, isOrdered: false}, placed, times)}),
	};
}
