import test from 'ava';
import {MemoryLogger, ModelInputEncoder, parseSpec} from '../../core/domain/index.ts';
import {sigmoid} from '../../core/numerics/index.ts';
import {loadTensorFlow} from '../../core/runtimes/index.ts';
import {teacherInputOf, teacherToOnnx} from '../../distill/index.ts';
import {chooseTeacher, createTeacherDefinitions} from '../../trainers/index.ts';
import {drawFrame, drawLoan} from '../../trainers/offline/sample-frames.ts';
import {choiceOf, mayLabelsChange} from './choice.ts';
import {scoreFile} from './score-file.ts';

const specOf = (offline: object, label: object = {}): ReturnType<typeof parseSpec> =>
	parseSpec({name: 'loans', task: 'binary', label: {field: 'bad', ...label}, features: [{name: 'income', type: 'numeric'}], offline});

test('a spec says which kinds, how hard to try, and the widths of a network', t => {
	t.deepEqual(choiceOf(specOf({})), {teacher: 'auto', effort: 'quick', settings: {}});
	t.deepEqual(choiceOf(specOf({teacher: 'mlp', effort: 'quick', hidden: [32, 8]})), {
		teacher: 'mlp',
		effort: 'quick',
		settings: {mlp: {hidden: '32-8'}},
	});
});

test('labels may change where they come one by one and nothing waits for the last', t => {
	t.true(mayLabelsChange(specOf({}, {delay: {field: 'paid'}})));
	t.false(mayLabelsChange(specOf({}, {delay: {field: 'paid'}, maturity: 'P36M'})));
	t.false(mayLabelsChange(specOf({}, {delay: {fixed: 'P7D'}})));
});

test('the file of a blend of all kinds answers as the chosen teacher does', async t => {
	const tensorFlow = await loadTensorFlow({backend: 'wasm', logger: new MemoryLogger()});
	const definitions = createTeacherDefinitions({tensorFlow});
	const frame = drawFrame(2000, drawLoan);
	for (const teacher of ['auto', 'mlp', 'logistic-regression'] as const) {
		const chosen = await chooseTeacher(
			{frame, seed: 1, minimumRows: 100},
			{definitions, ...choiceOf(specOf({teacher, effort: 'quick', hidden: [16]}))},
		);
		const input = teacherInputOf(chosen.model);
		const said = await scoreFile(teacherToOnnx(chosen.model), {input, outputCount: 1}, new ModelInputEncoder(input).fromFrame(frame));
		for (const [row, logit] of (await chosen.score(frame)).entries()) {
			t.true(Math.abs(said[row]! - sigmoid(logit)) < 1e-5, `${teacher}, row ${row}: ${said[row]} and ${sigmoid(logit)}`);
		}

		t.true(chosen.report.validation.auc! > 0.72, `${teacher}: ${chosen.report.validation.auc}`);
		if (teacher !== 'auto') {
			t.is(chosen.report.teacher, teacher);
			t.is(chosen.report.candidates.length, 1);
		}
	}
});
