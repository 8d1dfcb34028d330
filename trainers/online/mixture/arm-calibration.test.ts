/** Curves: nothing is changed before there is a reason, each arm by its own rows, and rare events are not blown up by the first of them. */
import test from 'ava';
import {createRng, sigmoid} from '../../../core/numerics/index.ts';
import {ArmCalibration} from './arm-calibration.ts';

function make(armCount: number): {curves: ArmCalibration; state: Float64Array; say: (...arms: number[]) => Float64Array} {
	const curves = new ArmCalibration(armCount);
	const state = new Float64Array(curves.parameterCount + 2);
	curves.reset(state, 1);
	return {
		curves,
		state,
		say(...arms) {
			const into = new Float64Array(armCount);
			curves.predict(state, 1, Float64Array.from(arms), into);
			return into;
		},
	};
}

test('it starts as the identity, and stays inside of what it was given', t => {
	const {say, state} = make(1);
	for (const p of [1e-9, 0.0004, 0.01, 0.2, 0.5, 0.77, 0.99, 0.9999, 1]) {
		t.true(Math.abs(say(p)[0]! - p) < 0.005, `${say(p)[0]} for ${p}`);
	}

	t.is(say(Number.NaN)[0], 0.5);
	t.is(state[0], 0);
	t.is(state.at(-1), 0);
});

test('labels that are noise for a tenth of the rows: a sure model is taken down to nine in ten, one that knows stays', t => {
	const {curves, state, say} = make(2);
	const rng = createRng(1);
	for (let index = 0; index < 60_000; index++) {
		const score = 12 * rng() - 6;
		const truth = score > 0 ? 0.9 : 0.1;
		curves.learn(state, 1, Float64Array.of(sigmoid(score), truth), rng() < truth ? 1 : 0, 1);
	}

	const [sure, honest] = say(0.99, 0.9);
	t.true(Math.abs(sure! - 0.9) < 0.03, `${sure}`);
	t.true(Math.abs(honest! - 0.9) < 0.03, `${honest}`);
	t.true(Math.abs(say(0.01, 0.1)[0]! - 0.1) < 0.03);
});

test('one event among rows that are rare events moves a curve by a part of its value, and a weight is that many labels', t => {
	const {curves, state, say} = make(1);
	curves.learn(state, 1, Float64Array.of(0.002), 1, 1);
	t.true(say(0.002)[0]! < 0.003, `${say(0.002)[0]}`);
	const heavy = make(1);
	const thrice = make(1);
	heavy.curves.learn(heavy.state, 1, Float64Array.of(0.3), 1, 3);
	for (let index = 0; index < 3; index++) {
		thrice.curves.learn(thrice.state, 1, Float64Array.of(0.3), 1, 1);
	}

	t.true(Math.abs(heavy.say(0.3)[0]! - thrice.say(0.3)[0]!) < 1e-12);
	curves.learn(state, 1, Float64Array.of(0.3), 1, 1e300);
	t.true(say(0.3)[0]! > 0 && say(0.3)[0]! <= 1);
});
