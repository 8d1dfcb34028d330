import test from 'ava';
import {minimizeSteps, type MinimizeStep, type Objective} from './limited-memory-bfgs.ts';

/** A narrow bent valley: no method that forgets the curvature gets through in a hundred steps. */
const rosenbrock: Objective = (point, gradient) => {
	let value = 0;
	gradient.fill(0);
	for (let index = 0; index + 1 < point.length; index++) {
		const [x, y] = [point[index]!, point[index + 1]!];
		value += 100 * (y - x * x) ** 2 + (1 - x) ** 2;
		gradient[index]! += -400 * x * (y - x * x) - 2 * (1 - x);
		gradient[index + 1]! += 200 * (y - x * x);
	}

	return value;
};

const lastOf = (steps: Iterable<MinimizeStep>): MinimizeStep => [...steps].at(-1)!;

test('finds the end of a narrow valley, going down at every step', t => {
	const steps = [...minimizeSteps(rosenbrock, Float64Array.of(-1.2, 1, -0.5, 2))];
	t.true(steps.every(({value}, index) => index === 0 || value <= steps[index - 1]!.value));
	const {point, isConverged} = steps.at(-1)!;
	t.true(isConverged && point.every(value => Math.abs(value - 1) < 1e-5), `${steps.length} steps to ${point.join()}`);
	t.true(steps.length < 100);
});

test('begins where it is told, changes nothing of it, and stops at once at a minimum', t => {
	const start = Float64Array.of(1, 1);
	const steps = [...minimizeSteps(rosenbrock, start)];
	t.deepEqual(
		steps.map(({isConverged}) => isConverged),
		[true],
	);
	t.deepEqual([...start], [1, 1]);
});

test('stops after so many steps, and says that it has not converged', t => {
	const {isConverged} = lastOf(minimizeSteps(rosenbrock, Float64Array.of(-1.2, 1), {stepsMax: 3}));
	t.false(isConverged);
});

test('a value that is not a number is never stepped to', t => {
	const cliff: Objective = ([x], gradient) => {
		gradient[0] = -1;
		return x! > 5 ? Number.NaN : -x!;
	};
	const {point} = lastOf(minimizeSteps(cliff, Float64Array.of(0), {stepsMax: 50}));
	t.true(point[0]! <= 5 && point[0]! > 4);
});
