import test from 'ava';
import {SAMPLE_TEACHER} from '../tests/sample-report.ts';
import {lossCurve, trainingSummary} from './training-summary.ts';

test('a training in words names what was chosen, why, and how the loss went', t => {
	const lines = trainingSummary(SAMPLE_TEACHER);
	const text = lines.join('\n');
	t.regex(lines[0]!, /^Teacher: boosted-trees \(effort standard\), learnt from 800 rows, chosen on the newest 200\.$/v);
	t.true(text.includes('* boosted-trees') && text.includes('weight 1.00') && text.includes('AUC 0.8123'));
	t.true(text.includes('mlp') && text.includes('failed: The loss was NaN at step 7.'));
	t.true(text.includes('teacher: boosted-trees (log loss 0.4321 & no other)'));
	t.true(text.includes('guard: jobs is dropped: it is constant (0)'));
	t.true(text.includes('3.3 s, 4.5 CPU s, 256 MiB'));
});

test('a curve goes from the upper left to the lower right, whatever its length', t => {
	for (const length of [2, 7, 500]) {
		const curve = Array.from({length}, (_, at) => ({
			epoch: at + 1,
			trainLoss: 0.5 - (0.5 * at) / length,
			validationLoss: 1 - (0.5 * at) / length,
			seconds: 0,
		}));
		const [, ...lines] = lossCurve('mlp', curve);
		t.regex(lines[0]!, /1\.0000 ┤•/v);
		t.regex(lines.at(-2)!, /┤ *·+$/v);
		t.regex(lines.at(-1)!, new RegExp(`iteration ${length}$`, 'v'));
		t.true(lines.every(line => line.length <= 90));
	}

	const unheard = [1, 2].map(epoch => ({epoch, trainLoss: 1 / epoch, validationLoss: Number.NaN, seconds: 0}));
	t.notRegex(lossCurve('mlp', unheard).join('\n'), /NaN/v);
});
