/** What the patch of the wasm kernels must keep to beside giving right numbers, which tests/gradients.test.ts looks at. */
import test from 'ava';
import {operationCases, trainerCases} from '../../tests/gradient-cases.ts';
import {MemoryLogger} from '../domain/index.ts';
import {loadTensorFlow} from './tensorflow.ts';

const {tf} = await loadTensorFlow({backend: 'wasm', logger: new MemoryLogger()});

test('ids outside the segments are left out, as the cpu backend leaves them; other backends refuse them or do not care', async t => {
	const sums = tf.unsortedSegmentSum(tf.tensor2d([1, 2, 3, 4], [4, 1]), tf.tensor1d([0, -1, 3, 2], 'int32'), 3);
	t.deepEqual([...(await sums.data())], [1, 0, 4]);
	sums.dispose();
});

test('the patched kernels leave no tensor behind', t => {
	const cases = Object.values({...operationCases(tf), ...trainerCases(tf)});
	const inUse = (): number[] => [tf.memory().numTensors, tf.findBackend('wasm').numDataIds(), tf.findBackend('cpu').numDataIds()];
	const before = inUse();
	for (let round = 0; round < 3; round++) {
		tf.tidy(() => {
			for (const compute of cases) {
				compute();
			}
		});
	}

	t.deepEqual(inUse(), before);
});

test('a right-hand side may be used again under another shape', async t => {
	const data = tf.range(0, 24);
	for (const [rows, columns, sums] of [
		[4, 6, [36, 40, 44, 48, 52, 56]],
		[6, 4, [60, 66, 72, 78]],
		[4, 6, [36, 40, 44, 48, 52, 56]],
	] as const) {
		const product = tf.tidy(() => tf.matMul(tf.ones([1, rows]), data.as2D(rows, columns)));
		t.deepEqual([...(await product.data())], [...sums]);
		product.dispose();
	}

	data.dispose();
});
