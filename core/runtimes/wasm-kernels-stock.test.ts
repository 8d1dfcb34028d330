/** What the wasm backend does without the patch: each test here fails on the day that the patch is no longer needed. */
import {createRequire} from 'node:module';
import test from 'ava';
import type * as tensorflow from '@tensorflow/tfjs';

const require = createRequire(import.meta.url);
const tf = require('@tensorflow/tfjs') as typeof tensorflow;
require('@tensorflow/tfjs-backend-wasm');
await tf.setBackend('wasm');

test('stock wasm has no gradient of gather, so no embedding can be trained', t => {
	t.throws(() => tf.grad(table => tf.gather(table, tf.tensor1d([0, 2], 'int32')).sum())(tf.ones([3, 2])), {
		message: /'UnsortedSegmentSum' not registered/v,
	});
});

test('stock wasm has no gradient of a convolution by its filter', t => {
	const x = tf.ones([1, 4, 4, 1]);
	const gradient = tf.grad(filter => tf.conv2d(x.as4D(1, 4, 4, 1), filter.as4D(2, 2, 1, 1), 1, 'valid').sum());
	t.throws(() => gradient(tf.ones([2, 2, 1, 1])), {message: /'Conv2DBackpropFilter' not registered/v});
});

test('stock wasm misplaces the gradient of a pool window whose maximum is negative', async t => {
	const gradient = tf.grad(x => tf.maxPool(x.as4D(1, 2, 2, 1), 2, 2, 'valid').sum())(tf.tensor4d([-4, -1, -2, -3], [1, 2, 2, 1]));
	t.deepEqual([...(await gradient.data())], [1, 0, 0, 0], 'it should be [0, 1, 0, 0]');
});

test('stock wasm multiplies by the shape under which it first saw a right-hand side', async t => {
	const data = tf.range(0, 24);
	tf.matMul(tf.ones([1, 4]), data.as2D(4, 6)).dispose();
	const product = tf.matMul(tf.ones([1, 6]), data.as2D(6, 4));
	t.deepEqual([...(await product.data())], [36, 40, 44, 48], 'it should be [60, 66, 72, 78]');
});
