/**
 * A version's report as Markdown: for a ticket, a review or a repository. The page has more, the JSON has all.
 *
 * @module
 */
import type {GateReport, TrainingReport, VersionReport} from '../../core/domain/index.ts';
import type {ReportPageOptions} from './training-report-page.ts';

/** The text. A report of an older form, or of a version that was only distilled again, shows what there is. */
export function trainingReportMarkdown({model, version, report}: ReportPageOptions): string {
	const {teacher, student, gates} = report;
	return [
		`# ${escapeMarkdown(model)} v${version}`,
		...('reportVersion' in teacher
			? teacherSections(teacher)
			: [
					'## Teacher',
					'version' in teacher
						? `That of version ${teacher.version}.`
						: 'This report has an older form; its JSON has all there is.',
				]),
		'## Student',
		`Hidden layers ${student.hidden.join('-')}, iteration ${student.bestEpoch} kept.${student.choice ? ` ${escapeMarkdown(student.choice.reason)}` : ''}`,
		...(student.choice ? [sizes(student.choice)] : []),
		'## Gates',
		gateTable(gates),
		'',
	].join('\n\n');
}

function teacherSections({teacher, effort, seed, data, decisions, candidates, validation}: TrainingReport): string[] {
	return [
		'## Teacher',
		`**${escapeMarkdown(teacher)}**, effort ${escapeMarkdown(effort)}, seed ${seed}.`,
		`${data.rows.learnt} rows learnt from and ${data.rows.validation} newer ones, labels as of ${data.asOf}: ${escapeMarkdown(data.labelRule)}. ` +
			`Frame ${data.frameDigest}.`,
		table(
			['on the newest rows', 'AUC', 'average precision', 'log loss', 'base rate', 'calibration error'],
			[
				[`**${teacher}**`, ...measured(validation)],
				...candidates.map(({name, validation: own, failure}) =>
					failure === undefined ? [name, ...measured(own)] : [name, failure, '', '', '', ''],
				),
			],
		),
		table(
			['decision', 'answer', 'reason'],
			decisions.map(({question, answer, reason}) => [question, answer, reason]),
		),
	];
}

function sizes({candidates}: NonNullable<VersionReport['student']['choice']>): string {
	return table(
		['hidden layers', 'weights', 'log loss', 'bytes', 'microseconds a row'],
		candidates.map(({hidden, parameters, logLoss, sizeBytes, microsBatch1}) => [
			hidden.join('-'),
			String(parameters),
			logLoss.toFixed(4),
			String(sizeBytes),
			microsBatch1.toFixed(1),
		]),
	);
}

function gateTable(gates: readonly GateReport[]): string {
	return table(
		['gate', 'verdict', 'reason'],
		gates.map(({gate, passed, reason}) => [gate, passed ? 'passed' : '**refused**', reason]),
	);
}

function measured({auc, averagePrecision, logLoss, baseRateLogLoss, calibrationError}: TrainingReport['validation']): string[] {
	return [auc, averagePrecision, logLoss, baseRateLogLoss, calibrationError].map(value => value?.toFixed(4) ?? '-');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
	const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
	return [line(head), line(head.map(() => '---')), ...rows.map(row => line(row.map(cell => escapeCell(cell))))].join('\n');
}

/** Text of users in a cell: no pipe ends it, no line breaks it, no markup is taken for ours. */
function escapeCell(text: string): string {
	return /^\*\*[a-z\-]+\*\*$/v.test(text) ? text : escapeMarkdown(text);
}

function escapeMarkdown(text: string): string {
	return text.replaceAll(/[\\`*_\[\]<>#\|]/gv, String.raw`\$&`).replaceAll(/\s+/gv, ' ');
}
