/** Words instead of ids: the same scores, to the last bit, and anything unknown is "everything else". */
import test from 'ava';
import * as web from 'onnxruntime-web';
import type {OnnxBatch} from '../../core/domain/index.ts';
import {LARGE, scoreInWebAssembly} from '../../tests/quantized-files.ts';
import {modelInputOf} from '../network/layout.ts';
import {randomBatch, randomNetwork} from '../network/random-network.ts';
import {quantizeNetwork} from '../quantize/quantize-network.ts';
import {readMetadata} from './model-file.ts';
import {withStringInputs} from './string-inputs.ts';

const input = modelInputOf(LARGE);
const bytes = quantizeNetwork(LARGE, randomBatch(LARGE, 300, {seed: 2}), {metadata: {model: 'churn'}});

/** The words of ids; ids that no word has become words that no vocabulary has. */
function wordsOf({categorical}: OnnxBatch): string[] {
	return Array.from(categorical, (id, at) => {
		const {vocabulary} = input.categorical[at % input.categorical.length]!;
		return vocabulary[Number(id) - 1] ?? (id % 2n === 0n ? '' : `unheard of ${id}`);
	});
}

test('a file that takes words scores as the one that takes ids', async t => {
	const batch = randomBatch(LARGE, 500, {missingShare: 0.1, seed: 3});
	batch.categorical.set([0n, -4n, 9999n]);
	const renamed = withStringInputs(bytes, input);
	const session = await web.InferenceSession.create(renamed, {executionProviders: ['wasm']});
	const {logit} = await session.run({
		numeric: new web.Tensor('float32', batch.numeric, [batch.rowCount, input.numeric.length]),
		categorical: new web.Tensor('string', wordsOf(batch), [batch.rowCount, input.categorical.length]),
	});
	await session.release();
	t.deepEqual(logit!.data as Float32Array, await scoreInWebAssembly(bytes, LARGE, batch));
	t.deepEqual(readMetadata(renamed), {model: 'churn', categories: 'strings'});
	t.deepEqual(withStringInputs(bytes, input), renamed, 'the same bytes each time');
});

test('a file without categories stays as it is, one of other features is refused, and so is one that takes words already', t => {
	const plain = randomNetwork({numericCount: 3, hidden: [4]});
	const without = quantizeNetwork(plain, randomBatch(plain, 20));
	t.deepEqual(withStringInputs(without, modelInputOf(plain)), without);
	const fewer = {categorical: input.categorical.slice(1)};
	t.throws(() => withStringInputs(bytes, fewer), {code: 'PARAMETER_INVALID', message: /3 categories as ids, the manifest names 2/v});
	t.throws(() => withStringInputs(withStringInputs(bytes, input), input), {code: 'PARAMETER_INVALID'});
});
