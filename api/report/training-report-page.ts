/**
 * The training report of a version as one self-contained page: no script, no other file, fit for an archive.
 *
 * @module
 */
import type {CandidateReport, GateReport, TrainingReport, VersionReport} from '../../core/domain/index.ts';
import {escapeHtml} from './escape-html.ts';
import {barPlot, calibrationPlot, frontPlot, lossPlot} from './plots.ts';
import {STYLE} from './style.ts';

/** Features with a bar; the report's JSON has all. */
const FEATURES_MAX = 20;

/** Trials listed of one candidate; the report's JSON has all. */
const TRIALS_MAX = 50;

/** What the page is about. */
export interface ReportPageOptions {
	readonly model: string;
	readonly version: number;
	readonly report: VersionReport;
}

/** Headers of the page: it may show itself, and load nothing. */
export const REPORT_HEADERS: Readonly<Record<string, string>> = {
	'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	'Referrer-Policy': 'no-referrer',
	'X-Content-Type-Options': 'nosniff',
};

/** The page. A report of an older form, or of a version that was only distilled again, shows what there is. */
export function trainingReportPage({model, version, report}: ReportPageOptions): string {
	const title = `${model} v${version}: training report`;
	const {teacher, student, gates} = report;
	return [
		'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
		`<title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body><main>`,
		`<h1>${escapeHtml(title)}</h1>`,
		'reportVersion' in teacher ? teacherSections(teacher) : section('Teacher', paragraph(otherTeacher(teacher))),
		section(
			'Student',
			paragraph(`Hidden layers ${student.hidden.join('-')}, iteration ${student.bestEpoch} kept, ${student.seconds.toFixed(1)} s.`) +
				lossPlot({name: 'the student', curve: student.curve, best: student.bestEpoch}) +
				sizeChoice(student),
		),
		section('Gates', gateTable(gates)),
		'</main></body></html>\n',
	].join('');
}

function sizeChoice({choice, hidden}: VersionReport['student']): string {
	return choice === undefined
		? ''
		: `<h3>Size</h3>${paragraph(choice.reason)}${table(
				[
					'hidden layers',
					'weights',
					'log loss',
					'behind the best',
					'agreement with the teacher',
					'bytes',
					'microseconds a row',
					'256 rows',
					'unbeaten',
				],
				choice.candidates.map(candidate => [
					candidate.hidden.join('-'),
					String(candidate.parameters),
					candidate.logLoss.toFixed(4),
					`${candidate.behindBest.toFixed(4)} +/- ${candidate.error.toFixed(4)}`,
					`${(100 * candidate.agreement).toFixed(1)} %`,
					String(candidate.sizeBytes),
					candidate.microsBatch1.toFixed(1),
					candidate.microsBatch256.toFixed(1),
					candidate.isOnFront ? 'yes' : 'no',
				]),
			)}${figure('Newest learnt rows; the line joins what no other size beats', frontPlot(choice.candidates, hidden.join('-')))}`;
}

function otherTeacher(teacher: object): string {
	return 'version' in teacher
		? `The teacher is that of version ${String(teacher.version)}; its report says how it came to be.`
		: 'This report has an older form; its JSON has all there is.';
}

function teacherSections(report: TrainingReport): string {
	const {teacher, effort, seed, candidates, decisions, calibration, importances, guards} = report;
	return [
		section(
			'Teacher',
			paragraph(`Chosen: <b>${escapeHtml(teacher)}</b>, effort ${escapeHtml(effort)}, seed ${seed}.`, true) +
				measures(report) +
				decisionTable(decisions),
		),
		section('Candidates', candidateTable(candidates)),
		section(
			'Loss curves',
			`<p>Dashed: the rows learnt from; line: the newest rows; dot: what was kept.</p><div class="plots">${candidates
				.filter(({curve}) => curve.length > 0)
				.map(({name, curve, bestIteration}) => figure(name, lossPlot({name, curve, best: bestIteration})))
				.join('')}</div>`,
		),
		calibration.length === 0 ? '' : section('Calibration', figure('Newest rows, bins of equal count', calibrationPlot(calibration))),
		section('Importances', importancePlots(importances)),
		section('Guards', guards.length === 0 ? paragraph('Nothing had to be guarded against.') : guardTable(guards)),
		section('Data', dataTables(report)),
		section('Search', candidates.map(trialTable).join('') || paragraph('No settings were searched.')),
		section('Resources', resourceTable(report)),
	].join('');
}

function measures({validation}: TrainingReport): string {
	return table(
		['on the newest rows', 'AUC', 'average precision', 'log loss', 'log loss of the base rate', 'calibration error'],
		[['chosen teacher', ...measured(validation)]],
	);
}

function measured({auc, averagePrecision, logLoss, baseRateLogLoss, calibrationError}: TrainingReport['validation']): string[] {
	return [auc, averagePrecision, logLoss, baseRateLogLoss, calibrationError].map(number);
}

function decisionTable(decisions: TrainingReport['decisions']): string {
	return table(
		['decision', 'answer', 'reason'],
		decisions.map(({question, answer, reason}) => [question, answer, reason]),
	);
}

function candidateTable(candidates: readonly CandidateReport[]): string {
	return table(
		[
			'candidate',
			'weight',
			'AUC',
			'average precision',
			'log loss',
			'base rate',
			'calibration error',
			'iteration',
			'seconds',
			'settings',
		],
		candidates.map(({name, weight, validation, bestIteration, seconds, settings, failure, notes}) => [
			name,
			weight.toFixed(2),
			...measured(validation),
			String(bestIteration),
			seconds.toFixed(1),
			failure ?? [settingsText(settings), ...notes].join('; '),
		]),
	);
}

function importancePlots({features, rows, treeGain}: TrainingReport['importances']): string {
	const permuted = features.slice(0, FEATURES_MAX).map(({feature, logLossRise}) => ({name: feature, value: logLossRise}));
	const gain = treeGain.slice(0, FEATURES_MAX).map(({feature, share}) => ({name: feature, value: share}));
	const plots = [
		permuted.length > 0
			? figure(`Rise of the log loss when its values change places (${rows} newest rows)`, barPlot('Permutation', permuted))
			: '',
		gain.length > 0 ? figure('Share of the gain of all splits (boosted trees)', barPlot('Gain', gain)) : '',
	];
	return `<div class="plots">${plots.join('') || paragraph('Not measured.')}</div>`;
}

function guardTable(guards: TrainingReport['guards']): string {
	return table(
		['feature', 'guard', 'what was done', 'reason'],
		guards.map(({feature, guard, action, reason}) => [feature, guard, action, reason]),
	);
}

function dataTables({data}: TrainingReport): string {
	const {rows, classCounts, times, frameDigest, asOf, labelRule, columns} = data;
	return (
		table(
			['', 'learnt', 'validation'],
			[
				['rows', String(rows.learnt), String(rows.validation)],
				['rows by class', classCounts.learnt.join(', '), classCounts.validation.join(', ')],
				['from', times.from, times.validationFrom],
				['through', times.validationFrom, times.through],
			],
		) +
		paragraph(`Labels as of ${asOf}: ${labelRule}. Frame ${frameDigest}.`) +
		`<details><summary>${columns.length} columns</summary>${table(
			['feature', 'kind', 'missing', 'levels'],
			columns.map(({feature, kind, missing, levels}) => [
				feature,
				kind,
				`${(100 * missing).toFixed(1)} %`,
				levels === undefined ? '' : String(levels),
			]),
		)}</details>`
	);
}

function trialTable({name, trials}: CandidateReport): string {
	return trials.length === 0
		? ''
		: `<h3>${escapeHtml(name)}</h3>${table(
				['trial', 'rung', 'log loss', 'seconds', 'outcome', 'settings'],
				trials
					.slice(0, TRIALS_MAX)
					.map(({rung, logLoss, seconds, outcome, settings}, at) => [
						String(at),
						String(rung),
						number(logLoss),
						seconds.toFixed(1),
						outcome,
						settingsText(settings),
					]),
			)}`;
}

function resourceTable({resources: {wallSeconds, cpuSeconds, peakMemoryBytes, backends}}: TrainingReport): string {
	return table(
		['wall time', 'CPU time', 'peak memory', 'ran on'],
		[
			[
				`${wallSeconds.toFixed(1)} s`,
				`${cpuSeconds.toFixed(1)} s`,
				`${(peakMemoryBytes / 2 ** 20).toFixed(0)} MiB`,
				backends.join(', '),
			],
		],
	);
}

function gateTable(gates: readonly GateReport[]): string {
	return table(
		['gate', 'verdict', 'reason'],
		gates.map(({gate, passed, reason}) => [gate, passed ? 'passed' : 'refused', reason]),
	);
}

function settingsText(settings: CandidateReport['settings']): string {
	return Object.entries(settings)
		.map(([name, value]) => `${name} ${typeof value === 'number' ? Number(value.toPrecision(4)) : String(value)}`)
		.join(', ');
}

function section(title: string, content: string): string {
	return `<section><h2>${escapeHtml(title)}</h2>${content}</section>`;
}

function paragraph(text: string, isHtml = false): string {
	return `<p>${isHtml ? text : escapeHtml(text)}</p>`;
}

function figure(caption: string, picture: string): string {
	return `<figure><figcaption>${escapeHtml(caption)}</figcaption>${picture}</figure>`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
	const cells = (tag: string, values: readonly string[]): string => values.map(value => `<${tag}>${escapeHtml(value)}</${tag}>`).join('');
	return (
		`<div class="wide"><table><thead><tr>${cells('th', head)}</tr></thead>` +
		`<tbody>${rows.map(row => `<tr>${cells('td', row)}</tr>`).join('')}</tbody></table></div>`
	);
}

function number(value: number | null): string {
	return value === null ? '–' : value.toFixed(4);
}
