/** Units taken out: the matrices shrink, and what is left says nearly the same. */
import test from 'ava';
import type {TabularNetwork} from '../core/domain/index.ts';
import {forwardNetwork} from './network/forward.ts';
import {randomBatch, randomNetwork} from './network/random-network.ts';
import {pruneUnits} from './prune.ts';

const network = randomNetwork({numericCount: 10, vocabularySizes: [6], hidden: [24, 12], flaggedShare: 0.3});
const rows = randomBatch(network, 600, {missingShare: 0.1, seed: 2});
const unseen = randomBatch(network, 600, {missingShare: 0.1, seed: 3});
const widthsOf = ({layers}: TabularNetwork): number[][] => layers.map(({inputs, outputs}) => [inputs, outputs]);

/** Root mean square difference of the logits on rows that nothing was chosen by. */
function distance(one: TabularNetwork, two: TabularNetwork): number {
	const [a, b] = [forwardNetwork(one, unseen).logits, forwardNetwork(two, unseen).logits];
	return Math.sqrt(a.reduce((sum, value, row) => sum + (value - b[row]!) ** 2, 0) / a.length);
}

/** A network with a unit of the first layer that nobody reads, and one that always says 5. */
function withIdleUnits(): TabularNetwork {
	const [first, second, ...rest] = network.layers;
	const weights = first!.weights.map((weight, at) => (at % 24 === 7 ? 0 : weight));
	const bias = first!.bias.map((value, unit) => (unit === 7 ? 5 : value));
	const reading = second!.weights.map((weight, at) => (Math.floor(at / 12) === 3 ? 0 : weight));
	return {...network, layers: [{...first!, weights, bias}, {...second!, weights: reading}, ...rest]};
}

test('hidden layers keep their share, and inputs and outputs stay', t => {
	const width = network.layers[0]!.inputs;
	t.deepEqual(widthsOf(pruneUnits(network, rows, 0.5)), [
		[width, 12],
		[12, 6],
		[6, 1],
	]);
	t.deepEqual(widthsOf(pruneUnits(network, rows, 0.99)), [
		[width, 1],
		[1, 1],
		[1, 1],
	]);
	t.deepEqual(pruneUnits(network, rows, 0), network);
});

test('units that nobody reads, or that always say the same, go first and are not missed', t => {
	const idle = withIdleUnits();
	const pruned = pruneUnits(idle, rows, 2 / 24);
	t.is(pruned.layers[0]!.outputs, 22);
	t.deepEqual(pruneUnits(idle, rows, 2 / 24), pruned, 'the same rows give the same network');
	const column = ({layers: [first]}: TabularNetwork, unit: number): string =>
		first!.weights.filter((_, at) => at % first!.outputs === unit).join(' ');
	const kept = new Set(Array.from({length: 22}, (_, unit) => column(pruned, unit)));
	t.false(kept.has(column(idle, 3)) || kept.has(column(idle, 7)));
});

test('the loudest units carry more than as many others do', t => {
	const loud = distance(network, pruneUnits(network, rows, 0.25));
	const first = network.layers[0]!;
	const blind = Array.from({length: 6}, (_, offset) => {
		const weights = first.weights.map((weight, at) => ((at + offset) % 4 === 0 ? 0 : weight));
		const bias = first.bias.map((value, unit) => ((unit + offset) % 4 === 0 ? 0 : value));
		return distance(network, {...network, layers: [{...first, weights, bias}, ...network.layers.slice(1)]});
	});
	t.true(loud < Math.min(...blind), `${loud} against ${blind.join(' ')}`);
});

test('a share that leaves nothing, and no rows, are refused', t => {
	t.throws(() => pruneUnits(network, rows, 1), {name: 'AssertionError'});
	t.throws(() => pruneUnits(network, randomBatch(network, 0), 0.5), {name: 'AssertionError'});
});
