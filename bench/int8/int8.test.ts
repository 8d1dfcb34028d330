/** The figures of the INT8 benchmark on a network small enough for a test. */
import test from 'ava';
import {createRng} from '../../core/numerics/index.ts';
import {forwardNetwork, randomBatch, randomNetwork} from '../../distill/index.ts';
import {parityRows} from './parity-rows.ts';
import {processorRows} from './processor.ts';
import {rowsDifferent} from './web-runtime.ts';

test('the processor is read off its flags, whole words only; a system that does not say is named', t => {
	const rows = processorRows('model name\t: some\nflags\t\t: fpu avx2 avx512_vnni_extra\nflags\t\t: fpu\n');
	t.deepEqual(
		rows.filter(({value}) => value === 1).map(({name}) => name),
		['processor.avx2'],
	);
	t.true(processorRows('processor : 0').every(({note}) => note === 'not run: the system does not say'));
});

test('logits differ where any bit does', t => {
	t.is(rowsDifferent(Float32Array.of(1, 0, Number.NaN), Float32Array.of(1, -0, Number.NaN)), 1);
	t.is(rowsDifferent(Float32Array.of(1), Float32Array.of(1 + 2 ** -23)), 1);
});

test('parity of a drawn network: every figure is there, and what must be equal in both runtimes is', async t => {
	const network = randomNetwork({numericCount: 6, vocabularySizes: [4], hidden: [32, 16]});
	const batch = randomBatch(network, 5000, {seed: 3});
	const rng = createRng(1);
	const labels = Int32Array.from(forwardNetwork(network, batch).probabilities, probability => (rng() < probability ? 1 : 0));
	const rows = await parityRows({subject: 'small', network, calibration: randomBatch(network, 1000, {seed: 2}), batch, labels});
	const valueOf = (name: string): number => rows.find(row => row.name === `int8.small.${name}`)!.value;
	t.true(rows.every(({value}) => Number.isFinite(value)));
	t.is(valueOf('rowsThatDependOnOthers'), 0);
	t.is(valueOf('rowsUnlikeWebAssembly'), 0);
	t.true(valueOf('logitError') > 0 && valueOf('logitError') < 0.05);
	t.true(valueOf('distinctScores') > 4500);
});
