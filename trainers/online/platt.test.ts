/** Calibration: it helps where a model is wrong about its own certainty, and costs nothing where it is right. */
import test from 'ava';
import {createRng, drawNormal, logLossOf, sigmoid, softmaxInPlace} from '../../core/numerics/index.ts';
import {OnlinePlatt} from './platt.ts';

/** Mean log losses over the second half of a stream whose model is calibrated after `slope` and `shift`. */
function losses({
	slope,
	shift,
	outputCount = 1,
	seed = 1,
	count = 20_000,
}: {
	slope: number;
	shift: number;
	outputCount?: number;
	seed?: number;
	count?: number;
}): {
	model: number;
	calibrated: number;
} {
	const platt = new OnlinePlatt(outputCount);
	const state = new Float64Array(platt.parameterCount);
	platt.reset(state, 0);
	const rng = createRng(seed);
	const [said, into, truth] = [new Float64Array(outputCount), new Float64Array(outputCount), new Float64Array(outputCount)];
	let [model, calibrated] = [0, 0];
	for (let index = 0; index < count; index++) {
		for (let output = 0; output < outputCount; output++) {
			const logit = 1.5 * drawNormal(rng);
			said[output] = outputCount === 1 ? sigmoid(logit) : logit;
			truth[output] = outputCount === 1 ? sigmoid(slope * logit + shift) : slope * logit + (output === 0 ? shift : 0);
		}

		let label = 0;
		if (outputCount === 1) {
			label = rng() < truth[0]! ? 1 : 0;
		} else {
			softmaxInPlace(said);
			softmaxInPlace(truth);
			const draw = rng();
			label = draw < truth[0]! ? 0 : draw < truth[0]! + truth[1]! ? 1 : 2;
		}

		platt.predict(state, 0, said, into);
		model += index < count / 2 ? 0 : logLossOf(said, label);
		calibrated += index < count / 2 ? 0 : logLossOf(into, label);
		platt.learn(state, 0, said, label, 1);
	}

	return {model: model / (count / 2), calibrated: calibrated / (count / 2)};
}

test('an overconfident, an underconfident and a shifted model are mended', t => {
	for (const wrong of [
		{slope: 0.3, shift: 0},
		{slope: 2.5, shift: 0},
		{slope: 1, shift: -1.5},
	]) {
		for (const outputCount of [1, 3]) {
			const {model, calibrated} = losses({...wrong, outputCount});
			t.true(calibrated < model - 0.02, `${JSON.stringify(wrong)} ${outputCount}: ${calibrated} against ${model}`);
		}
	}
});

test('a calibrated model is left alone: the loss grows by less than a thousandth', t => {
	for (const seed of [1, 2, 3, 4, 5]) {
		for (const outputCount of [1, 3]) {
			const {model, calibrated} = losses({slope: 1, shift: 0, seed, outputCount});
			t.true(calibrated < model + 0.001, `seed ${seed} ${outputCount}: ${calibrated} against ${model}`);
		}
	}
});

test('it never turns an order round, and survives certainty and weights without end', t => {
	const platt = new OnlinePlatt(1);
	const state = new Float64Array(platt.parameterCount);
	platt.reset(state, 0);
	const [low, high] = [new Float64Array(1), new Float64Array(1)];
	for (let index = 0; index < 5000; index++) {
		platt.learn(state, 0, Float64Array.of(index % 2), index % 2 === 0 ? 1 : 0, index % 7 === 0 ? 1e12 : 1);
	}

	platt.predict(state, 0, Float64Array.of(0.1), low);
	platt.predict(state, 0, Float64Array.of(0.9), high);
	t.true(low[0]! < high[0]! && low[0]! >= 0 && high[0]! <= 1, `${low[0]} ${high[0]}`);
});
