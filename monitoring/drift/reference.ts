/**
 * The reference of a version: how its training data were distributed, in bins that never move. Live data are counted in the same bins.
 *
 * @module
 */
import {z} from 'zod';
import {PerennialError, type CategoricalColumn, type FrameColumn, type NumericColumn, type TrainingFrame} from '../../core/domain/index.ts';
import {binOf, decileEdges, quantileSorted, sortedFinite} from '../../core/numerics/index.ts';
import {scoreOutcomes, scoreOutcomesSchema, type ScoreOutcomes} from './score-outcomes.ts';

/** Categories with a bin of their own; rarer ones share the last bin. */
const CATEGORIES_MAX = 20;
/** Quantiles of a number: what a test of values loses by taking them for all values is below 0.002 in each distribution function. */
const QUANTILES = 256;
/** Share of the present values that a category needs for a bin of its own. */
const CATEGORY_SHARE_MIN = 0.01;

const count = z.int().min(0);
const edges = z.array(z.number()).max(9);
/** Evenly spaced quantiles of the present values, ascending: for tests of values, which bins cannot serve. */
const quantiles = z.array(z.number()).max(256).optional();
const numericSchema = z.strictObject({
	kind: z.literal('numeric'),
	name: z.string(),
	/** Inner edges, ascending; the counts have one entry more. */
	edges,
	counts: z.array(count),
	missing: count,
	quantiles,
});
const categoricalSchema = z.strictObject({
	kind: z.literal('categorical'),
	name: z.string(),
	/** Most frequent first; the last of the counts is everything else. */
	categories: z.array(z.string()).max(CATEGORIES_MAX),
	counts: z.array(count),
	missing: count,
});
const referenceSchema = z.strictObject({
	referenceVersion: z.literal(1),
	rowCount: count,
	features: z.array(z.discriminatedUnion('kind', [numericSchema, categoricalSchema])),
	/** `outcomes`: what came of those scores, bin for bin; versions made without it are not judged without labels. */
	score: z.strictObject({edges, counts: z.array(count), quantiles, outcomes: scoreOutcomesSchema.optional()}).optional(),
});

/** Plain JSON, some hundred bytes a feature, 5,000 with quantiles; no row of the training data can be read from it. */
export type Reference = z.output<typeof referenceSchema>;

/** The bins of one feature. */
export type FeatureReference = Reference['features'][number];

interface ReferenceOptions {
	readonly hasQuantiles?: boolean;
	readonly outcomes?: {readonly of: ScoreOutcomes['of']; readonly happened: ArrayLike<number>} | undefined;
}

/**
 * Count a frame into fixed bins: deciles of numbers, the most frequent categories, and missing values apart.
 *
 * Cost: one sort a numeric column. The same frame gives the same reference.
 *
 * @param scores - What the version says on rows like those it will meet: scores of validation rows, since rows it learnt from score otherwise.
 * One number a row (for several classes, the highest probability); any count of rows; NaN is left out.
 * @param options - `hasQuantiles`: keep 256 quantiles of each number, for tests of values; else bins alone. `outcomes`: what the scores are
 * probabilities of, and 1 for each score where it came true; the reference then says what scores are worth.
 * @example
 * const column = {name: 'amount', kind: 'numeric', values: Float64Array.of(1, 2, 3, NaN)};
 * const {features} = buildReference({columns: [column], rowCount: 4});
 * features[0].counts.reduce((sum, count) => sum + count, 0); //=> 3
 * features[0].missing; //=> 1
 */
export function buildReference(
	{columns, rowCount}: Pick<TrainingFrame, 'columns' | 'rowCount'>,
	scores?: ArrayLike<number>,
	{hasQuantiles = false, outcomes}: ReferenceOptions = {},
): Reference {
	const features = columns.map((column: FrameColumn) =>
		column.kind === 'numeric' ? numericReference(column, hasQuantiles) : categoricalReference(column),
	);
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
	return {referenceVersion: 1, rowCount, features, score: {...score, ...known}};
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
	const {rows, happened, expected, variance, right} = score?.outcomes ?? {};
	const outcomes = [rows, happened, expected, variance, right].filter(sums => sums !== undefined);
	if (!isWhole || (score && [score.counts, ...outcomes].some(({length}) => length !== score.edges.length + 1))) {
		throw new PerennialError('MANIFEST_INVALID', 'The drift reference has counts that do not fit its bins; publish the version again.');
	}

	return result.data;
}

function numericReference({name, values}: NumericColumn, hasQuantiles: boolean): FeatureReference & {kind: 'numeric'} {
	const edges = decileEdges(values);
	const counts = Array.from({length: edges.length + 1}, () => 0);
	let missing = 0;
	for (const value of values) {
		if (Number.isFinite(value)) {
			counts[binOf(edges, value)]!++;
		} else {
			missing++;
		}
	}

	return {kind: 'numeric', name, edges: [...edges], counts, missing, ...(hasQuantiles && {quantiles: quantilesOf(values)})};
}

/** The smallest and largest values are left out where there are more than {@link QUANTILES}: they would be those of single rows. */
function quantilesOf(values: ArrayLike<number>): number[] {
	const sorted = sortedFinite(values);
	return sorted.length <= QUANTILES
		? [...sorted]
		: Array.from({length: QUANTILES}, (_, index) => quantileSorted(sorted, (index + 0.5) / QUANTILES));
}

function categoricalReference({name, values, categories}: CategoricalColumn): FeatureReference {
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
		.map((rows, index) => ({rows, category: categories[index]!}))
		.filter(({rows}) => rows > 0 && rows >= CATEGORY_SHARE_MIN * present)
		.toSorted((a, b) => b.rows - a.rows || (a.category < b.category ? -1 : 1))
		.slice(0, CATEGORIES_MAX);
	const counts = frequent.map(({rows}) => rows);
	const rest = present - counts.reduce((sum, rows) => sum + rows, 0);
	return {kind: 'categorical', name, categories: frequent.map(({category}) => category), counts: [...counts, rest], missing};
}
