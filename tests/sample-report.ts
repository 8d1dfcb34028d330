/**
 * A report with something in every part, for tests.
 *
 * @module
 */
import type {CandidateReport, TrainingReport, VersionReport} from '../core/domain/index.ts';

const CURVE = Array.from({length: 30}, (_, at) => ({
	epoch: at + 1,
	trainLoss: 0.7 - 0.01 * at,
	validationLoss: 0.72 - 0.012 * at + 0.0003 * at * at,
	seconds: at,
}));

const CANDIDATE: CandidateReport = {
	name: 'boosted-trees',
	settings: {leaves: 31, learningRate: 0.05},
	seeds: [1],
	bestIteration: 20,
	weight: 1,
	validation: {auc: 0.8123, averagePrecision: 0.51, logLoss: 0.4321, baseRateLogLoss: 0.55, calibrationError: 0.012},
	curve: CURVE,
	trials: [{settings: {leaves: 7}, rung: 1, logLoss: null, seconds: 0.5, outcome: 'failed: the loss was NaN'}],
	backend: 'threads: 1',
	seconds: 1.5,
	dropped: [],
	notes: [],
};

/** How the teacher came to be. */
export const SAMPLE_TEACHER: TrainingReport = {
	reportVersion: 2,
	teacher: 'boosted-trees',
	effort: 'standard',
	seed: 1,
	data: {
		frameDigest: `sha256:${'0'.repeat(64)}`,
		asOf: '2025-03-03T00:00:00.000Z',
		labelRule: 'final after P45D',
		rows: {learnt: 800, validation: 200},
		classCounts: {learnt: [700, 100], validation: [170, 30]},
		times: {from: '2025-01-06T00:00:00.000Z', validationFrom: '2025-02-20T00:00:00.000Z', through: '2025-03-01T00:00:00.000Z'},
		columns: [
			{feature: 'amount', kind: 'numeric', missing: 0.125},
			{feature: '<script>alert(1)</script>', kind: 'categorical', missing: 0, levels: 7},
		],
	},
	guards: [{guard: 'near-dead-column', feature: 'jobs', action: 'dropped', reason: 'it is constant (0)'}],
	candidates: [CANDIDATE, {...CANDIDATE, name: 'mlp', weight: 0, curve: [], trials: [], failure: 'The loss was NaN at step 7.'}],
	decisions: [{question: 'teacher', answer: 'boosted-trees', reason: 'log loss 0.4321 & no other'}],
	validation: CANDIDATE.validation,
	calibration: [
		{rows: 100, predicted: 0.05, observed: 0.06},
		{rows: 100, predicted: 0.2, observed: 0.24},
	],
	importances: {
		method: 'permutation',
		rows: 200,
		features: [
			{feature: '<script>alert(1)</script>', logLossRise: 0.03},
			{feature: 'amount', logLossRise: -0.001},
		],
		treeGain: [{feature: 'amount', share: 1}],
	},
	resources: {wallSeconds: 3.25, cpuSeconds: 4.5, peakMemoryBytes: 256 * 2 ** 20, backends: ['threads: 1']},
};

/** The whole report of a version. */
export const SAMPLE_REPORT: VersionReport = {
	teacher: SAMPLE_TEACHER,
	student: {bestEpoch: 3, curve: CURVE.slice(0, 5), seconds: 2, hidden: [128, 64]},
	gates: [{gate: 'champion', passed: false, reason: 'not proved better', measured: {rows: 200}}],
};
