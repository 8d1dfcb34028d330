/**
 * Scaling of an online learner's numeric columns as graph nodes, in 64 bits: logarithms, ranks between knots, standardisation, clip.
 *
 * @module
 */
import type {PortableScaling} from '../../core/domain/index.ts';
import type {GraphInputs, GraphScope} from './graph-values.ts';

/** Scaled values [N, columns]; missing ones are 0. */
export function addScaling(scope: GraphScope, {wide, missing}: GraphInputs, scaling: readonly PortableScaling[], clip: number): string {
	const row = [1, scaling.length];
	const zero = scope.number(0);
	const present = scope.node('Where', [missing!, zero, wide!]);
	const shaped = addRanks(scope, addLogarithms(scope, present, scaling), present, scaling);
	const shifted = scope.node('Sub', [
		shaped,
		scope.constant(
			Float64Array.from(scaling, ({mean}) => mean),
			row,
		),
	]);
	const scaled = scope.node('Mul', [
		shifted,
		scope.constant(
			Float64Array.from(scaling, ({inverseDeviation}) => inverseDeviation),
			row,
		),
	]);
	const bounds = Float64Array.from(scaling, ({kind}) => (kind === 'plain' ? Number.MAX_VALUE : clip));
	const lowest = scope.constant(
		bounds.map(bound => -bound),
		row,
	);
	const clipped = scope.node('Min', [scope.node('Max', [scaled, lowest]), scope.constant(bounds, row)]);
	return scope.node('Where', [missing!, zero, clipped]);
}

/** sign(x) ln(1 + |x|) where a column wants it. The logarithm is corrected for what 1 + |x| loses, so that tiny values keep their digits. */
function addLogarithms(scope: GraphScope, values: string, scaling: readonly PortableScaling[]): string {
	const isLogged = scaling.map(({kind}) => kind === 'log');
	if (!isLogged.includes(true)) {
		return values;
	}

	const [one, zero] = [scope.number(1), scope.number(0)];
	const size = scope.node('Abs', [values]);
	const above = scope.node('Add', [size, one]);
	const kept = scope.node('Sub', [above, one]);
	const isTiny = scope.node('Equal', [kept, zero]);
	const ratio = scope.node('Div', [size, scope.node('Where', [isTiny, one, kept])]);
	const logarithm = scope.node('Where', [isTiny, size, scope.node('Mul', [scope.node('Log', [above]), ratio])]);
	const signed = scope.node('Mul', [logarithm, scope.node('Sign', [values])]);
	return scope.node('Where', [scope.mask(isLogged), signed, values]);
}

/** Scores of ranks in place of the columns that want them: a sum of ramps, one between each two knots. */
function addRanks(scope: GraphScope, shaped: string, values: string, scaling: readonly PortableScaling[]): string {
	const places = scaling.flatMap(({kind}, place) => (kind === 'quantile' ? [place] : []));
	if (places.length === 0) {
		return shaped;
	}

	const rampCount = Math.max(1, ...places.map(place => scaling[place]!.knots.length - 1));
	const [starts, widths, rises] = [0, 1, 2].map(() => new Float64Array(places.length * rampCount)) as [
		Float64Array<ArrayBuffer>,
		Float64Array<ArrayBuffer>,
		Float64Array<ArrayBuffer>,
	];
	widths.fill(1);
	for (const [index, place] of places.entries()) {
		const {knots, scores} = scaling[place]!;
		for (let ramp = 0; ramp + 1 < knots.length; ramp++) {
			starts[index * rampCount + ramp] = knots[ramp]!;
			widths[index * rampCount + ramp] = knots[ramp + 1]! - knots[ramp]!;
			rises[index * rampCount + ramp] = scores[ramp + 1]! - scores[ramp]!;
		}
	}

	const shape = [1, places.length, rampCount];
	const wide = scope.node('Unsqueeze', [scope.columns(values, places), scope.integers([2])]);
	const beyond = scope.node('Max', [scope.node('Sub', [wide, scope.constant(starts, shape)]), scope.number(0)]);
	const top = scope.constant(widths, shape);
	const share = scope.node('Div', [scope.node('Min', [beyond, top]), top]);
	const risen = scope.sum(scope.node('Mul', [share, scope.constant(rises, shape)]), 2);
	const first = scope.constant(
		Float64Array.from(places, place => scaling[place]!.scores[0] ?? 0),
		[1, places.length],
	);
	const ranks = scope.node('Add', [risen, first]);
	const joined = scope.node('Concat', [shaped, ranks], {axis: 1});
	return scope.columns(
		joined,
		scaling.map(({kind}, place) => (kind === 'quantile' ? scaling.length + places.indexOf(place) : place)),
	);
}
