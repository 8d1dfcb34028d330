/**
 * A fleet of made-up models in exactly the shapes of the REST face, for tests of the console. Seeded: the same bytes on every machine.
 *
 * @module
 */
import {
	digestOf,
	manifestSchema,
	modelSpecSchema,
	type Alarm,
	type ChannelMove,
	type DecisionView,
	type DriftWindow,
	type EdgeStatus,
	type Job,
	type Manifest,
	type ModelSpec,
	type ModelSummary,
	type QualityPoint,
	type QualitySeries,
	type QualityWindow,
	type MaturingFigure,
	type VintageView,
	type TimelineMark,
} from '../core/domain/index.ts';
import {createRng, drawNormal, type Rng} from '../core/numerics/index.ts';
import {SAMPLE_BACKTESTS} from './console-backtest.ts';
import {SAMPLE_DECISION} from './console-decision.ts';

const WEEK = 7 * 86_400_000;

/** Event time of the sample: a Monday. */
export const SAMPLE_NOW = Date.UTC(2026, 9, 5, 8, 12);
/** Start of the newest window that has ended. */
const LAST_WEEK = Date.UTC(2026, 8, 28);

/** Everything that the REST face says of one model. */
export interface SampleModel {
	summary: ModelSummary;
	readonly spec: ModelSpec;
	quality: QualityWindow[];
	drift: DriftWindow[];
	alarms: Alarm[];
	marks: TimelineMark[];
	versions: (Manifest & {channels: string[]})[];
	moves: Readonly<Record<string, ChannelMove[]>>;
}

/** A whole sample. */
export interface Sample {
	readonly models: Map<string, SampleModel>;
	jobs: Job[];
	edges: EdgeStatus[];
	decisions: DecisionView[];
	backtests: Job[];
	clock: {kind: 'event'; now: string};
}

interface Shape {
	readonly name: string;
	readonly task?: 'binary' | 'multiclass';
	readonly windows: number;
	/** Newest windows whose labels are not all known. */
	readonly open: number;
	readonly auc: number;
	/** What the never-updated model has lost by the end. */
	readonly decay: number;
	readonly features: readonly string[];
	/** Window in which each version went live, from the end. */
	readonly versions: readonly number[];
	/** Feature -> windows from the end during which it drifts, and how far. */
	readonly drifts?: readonly {
		readonly feature: string;
		readonly from: number;
		readonly to: number;
		readonly multiple: number;
		readonly state: Alarm['state'];
	}[];
	readonly refusedLast?: string;
	/** Windows since the last event. */
	readonly silent?: number;
	readonly edge?: {readonly agents: number; readonly onNewest: number};
}

const LOAN_FEATURES = [
	'credit_utilisation',
	'debt_to_income',
	'annual_income',
	'employment_length',
	'delinquencies_24m',
	'inquiries_6m',
	'oldest_account_months',
	'loan_amount',
	'term_months',
	'open_accounts',
	'home_ownership',
	'purpose',
	'revolving_balance',
	'region',
	'instalment_share',
	'public_records',
	'channel',
	'hour_of_day',
	'device_age_days',
	'number_of_mortgage_accounts_opened',
];

const SHAPES: readonly Shape[] = [
	{
		name: 'consumer-loan-default',
		windows: 78,
		open: 13,
		auc: 0.784,
		decay: 0.05,
		features: LOAN_FEATURES,
		versions: [69, 56, 43, 21, 12],
		edge: {agents: 8, onNewest: 6},
		drifts: [
			{feature: 'debt_to_income', from: 49, to: 43, multiple: 1.6, state: 'resolved'},
			{feature: 'loan_amount', from: 34, to: 25, multiple: 1.3, state: 'resolved'},
			{feature: 'inquiries_6m', from: 33, to: 28, multiple: 1.4, state: 'resolved'},
			{feature: 'employment_length', from: 5, to: 0, multiple: 2.6, state: 'open'},
			{feature: 'channel', from: 13, to: 0, multiple: 1.5, state: 'acknowledged'},
		],
	},
	{
		name: 'card-fraud',
		windows: 60,
		open: 6,
		auc: 0.941,
		decay: 0.11,
		features: ['merchant_category', 'amount', 'country', 'device_age_days'],
		versions: [50, 38, 25, 9],
		edge: {agents: 4, onNewest: 4},
		refusedLast: 'INT8 departs from FP32 on 2400 rows: 0.9 % of decisions flip at 0.5, above 0.5 % (at least 0.6 %).',
	},
	{
		name: 'application-fraud',
		windows: 52,
		open: 8,
		auc: 0.902,
		decay: 0.068,
		features: ['email_age_days', 'phone_age_days', 'ip_country'],
		versions: [40, 20],
	},
	{name: 'merchant-risk', windows: 5, open: 5, auc: 0.741, decay: 0, features: ['turnover_30d', 'chargebacks_90d'], versions: []},
	{
		name: 'account-takeover',
		windows: 44,
		open: 3,
		auc: 0.957,
		decay: 0.09,
		features: ['device_age_days', 'geo_velocity'],
		versions: [30, 1],
		edge: {agents: 2, onNewest: 2},
	},
	{
		name: 'income-band',
		task: 'multiclass',
		windows: 40,
		open: 9,
		auc: 0.873,
		decay: 0.012,
		features: ['occupation', 'age'],
		versions: [33],
	},
	{
		name: 'collections-contact',
		windows: 44,
		open: 14,
		auc: 0.712,
		decay: 0.02,
		features: ['days_past_due', 'balance'],
		versions: [38],
		silent: 4,
	},
];

/** Make the sample. */
export function makeConsoleSample(): Sample {
	const models = new Map(SHAPES.map((shape, index) => [shape.name, makeModel(shape, createRng(index + 1))]));
	return {
		models,
		jobs: makeJobs(),
		edges: makeEdges(),
		decisions: [SAMPLE_DECISION],
		backtests: [...SAMPLE_BACKTESTS],
		clock: {kind: 'event', now: timeText(SAMPLE_NOW)},
	};
}

/** One more window of quality and of drift, after the newest: what a replay sends. */
export function nextWindows(model: SampleModel): {quality: QualityWindow; drift: DriftWindow} {
	const [quality, drift] = [model.quality.at(-1)!, model.drift.at(-1)!];
	const [start, end] = [quality.end, timeText(Date.parse(quality.end) + WEEK)];
	return {
		quality: {...quality, start, end, series: {...quality.series, loop: {...quality.series.loop, auc: 0.8123}}},
		drift: {...drift, start, end},
	};
}

function makeModel(shape: Shape, rng: Rng): SampleModel {
	const {name, task = 'binary', features, versions: lived} = shape;
	const spec = modelSpecSchema.parse({
		name,
		task,
		label: {field: 'label', maturity: 'P90D', ...(task === 'multiclass' && {classes: ['low', 'middle', 'high']})},
		features: features.map(feature => ({name: feature, type: 'numeric'})),
	});
	const starts = Array.from(
		{length: shape.windows},
		(_, index) => LAST_WEEK - (shape.windows - 1 - index) * WEEK - (shape.silent ?? 0) * WEEK,
	);
	const quality = starts
		.map((start, index) => makeQuality(shape, start, shape.windows - 1 - index, rng))
		.filter((_, index) => shape.windows < 70 || (index !== 38 && index !== 39));
	const drift = starts.map((start, index) => makeDrift(shape, start, shape.windows - 1 - index, rng)).filter(({rows}) => rows > 0);
	const times = lived.map(back => timeText(starts[shape.windows - 1 - back]!));
	const move = (channel: string, index: number, at: string): ChannelMove => ({
		model: name,
		channel,
		sequence: index + 1,
		version: index + 1,
		at,
		reason: 'every gate passed',
		by: 'gate',
	});
	const moves = {
		champion: times.map((at, index) => move('champion', index, at)),
		'edge-stable': shape.edge ? times.map((at, index) => move('edge-stable', index, timeText(Date.parse(at) + WEEK / 3))) : [],
	};
	const count = lived.length + (shape.refusedLast === undefined ? 0 : 1);
	const versions = Array.from({length: count}, (_, index) =>
		makeVersion(shape, index + 1, times[index] ?? timeText(LAST_WEEK), index < lived.length),
	).toReversed();
	const alarms = makeAlarms(shape, starts);
	const newest = quality.findLast(({labelled}) => labelled > 0);
	const summary: ModelSummary = {
		name,
		tenant: 'default',
		task,
		state: 'active',
		specVersion: 1,
		schemaVersion: 1,
		alarmsOpen: alarms.filter(({state}) => state === 'open').length,
		counts: {events: shape.windows * 1200, decisions: shape.windows * 1200, labels: (shape.windows - shape.open) * 1180, orphans: 3},
		edge: shape.edge ?? {agents: 0, onNewest: 0},
		newestEventAt: timeText(shape.silent === undefined ? SAMPLE_NOW - 60_000 : starts.at(-1)! + WEEK),
		nextRetrainAt: timeText(Date.UTC(2026, 9, 12, 3)),
		...(newest && {quality: newest}),
		...(lived.length > 0 && {champion: {version: lived.length, since: times.at(-1)!}}),
	};
	return {summary, spec, quality, drift, alarms, marks: makeMarks(shape, times, starts), versions, moves};
}

/** `back`: windows before the newest. */
function makeQuality(shape: Shape, start: number, back: number, rng: Rng): QualityWindow {
	const {auc, decay, windows, open, task, versions} = shape;
	const decisions = Math.round(1150 + 60 * drawNormal(rng));
	const share = back >= open ? 1 : Math.max(0, 1 - (open - back) / open) ** 0.6;
	const labelled = back >= open ? decisions : Math.round(decisions * share);
	const positives = Math.round(labelled * 0.14);
	const age = 1 - back / windows;
	const wave = 0.006 * Math.sin(back / 7);
	const fresh = Math.min(...versions.map(from => from - back).filter(since => since >= 0), 30) / 30;
	const level: Record<QualitySeries, number> = {
		loop: auc + wave - 0.012 * fresh,
		teacher: auc + wave + 0.004 - 0.012 * fresh,
		student: auc + wave + 0.001 - 0.012 * fresh,
		online: auc - 0.016 + wave - 0.08 * Math.exp(-age * 18),
		frozen: auc - 0.004 + wave - decay * age,
	};
	const scored = (series: QualitySeries): boolean =>
		labelled > 20 && (series === 'loop' || series === 'online' || (versions.length > 0 && back <= versions[0]!));
	const point = (series: QualitySeries): QualityPoint =>
		scored(series)
			? {
					auc: level[series] + 0.006 * drawNormal(rng),
					logLoss: 0.36 - (level[series] - 0.7) * 0.6,
					rows: labelled,
					calibration: task === 'multiclass' ? null : (series === 'frozen' ? 0.03 * age : 0.004) + 0.003 * drawNormal(rng),
				}
			: {auc: null, logLoss: null, rows: 0, calibration: null};
	const series = {
		loop: point('loop'),
		online: point('online'),
		student: point('student'),
		teacher: point('teacher'),
		frozen: point('frozen'),
	};
	return {
		start: timeText(start),
		end: timeText(start + WEEK),
		decisions,
		labelled,
		positives,
		final: back >= open,
		series,
		...(task !== 'multiclass' && open > 0 && {vintage: makeVintage(series.loop, back, open, start)}),
	};
}

/** Bad outcomes come early; what is not known yet widens the bounds. */
function makeVintage({auc, logLoss}: QualityPoint, back: number, open: number, start: number): VintageView {
	const steps = Math.min(24, Math.floor((24 * back) / open));
	const shares = Array.from({length: steps}, (_, step) => ((step + 1) / 24) ** 0.6);
	const half = 0.5 * (1 - (shares.at(-1) ?? 0));
	const about = (value: number | null, width: number): MaturingFigure | null =>
		value === null ? null : {estimate: value, low: value - half * width, high: value + half * width};
	const level = 0.13 + 0.02 * Math.sin(back / 5);
	return {
		asOf: timeText(start + (back + 1) * WEEK),
		stepSeconds: (open * WEEK) / 24 / 1000,
		labelled: shares,
		positives: shares.map(share => level * Math.min(1, share * 1.1)),
		level: 0.95,
		estimate: {
			positives: about(level, 0.06),
			auc: about(auc, 0.08),
			logLoss: about(logLoss, 0.1),
			calibration: about(0.004, 0.06),
		},
	};
}

function makeDrift({features, drifts = [], versions}: Shape, start: number, back: number, rng: Rng): DriftWindow {
	const threshold = 0.25;
	const live = versions.filter(from => from >= back).length;
	const indexOf = (feature: string): number | null => {
		const own = drifts.filter(drift => drift.feature === feature && back <= drift.from && back >= drift.to);
		const noise = 0.05 + Math.abs(drawNormal(rng)) * 0.035;
		return feature === 'region' && back === 20 ? null : noise + own.reduce((sum, {multiple}) => sum + multiple * threshold, 0);
	};
	return {
		start: timeText(start),
		end: timeText(start + WEEK),
		rows: live === 0 ? 0 : 1150,
		referenceVersion: Math.max(1, live),
		threshold,
		features: Object.fromEntries(features.map(feature => [feature, indexOf(feature)])),
		missing: Object.fromEntries(
			features.map(feature => [feature, feature === 'employment_length' && back <= 5 ? 0.172 : 0.001 * drawNormal(rng)]),
		),
		score: live === 0 ? null : 0.06 + Math.abs(drawNormal(rng)) * 0.03 + (drifts.length > 0 && back <= 5 ? 0.25 : 0),
	};
}

function makeAlarms({name, drifts = [], windows}: Shape, starts: readonly number[]): Alarm[] {
	return drifts
		.map(({feature, from, to, multiple, state}, index): Alarm => {
			const openedAt = timeText(starts[windows - 1 - from]! + WEEK);
			return {
				id: `alarm-${name}-${index}`,
				model: name,
				subject: 'feature',
				name: feature,
				detector: 'psi',
				state,
				openedAt,
				effect: multiple * 0.25,
				threshold: 0.25,
				message: `The input ${feature} has moved: its stability index is ${(multiple * 0.25).toFixed(2)}, above 0.25.`,
				...(state === 'resolved' && {resolvedAt: timeText(starts[windows - 1 - to]! + WEEK)}),
			};
		})
		.toReversed();
}

function makeMarks({versions, windows, refusedLast}: Shape, times: readonly string[], starts: readonly number[]): TimelineMark[] {
	const promoted = times.map((at, index): TimelineMark => ({
		at,
		kind: 'promoted',
		version: index + 1,
		reason: 'Every gate passed: log loss 0.3121 against 0.3204, difference −0.0083 [−0.0121, −0.0040].',
	}));
	const refused =
		windows > 60
			? [32, 51].map((index): TimelineMark => ({
					at: timeText(starts[index]!),
					kind: 'refused',
					reason: 'The challenger is refused, for it is not proved better: difference +0.0004 [−0.0031, +0.0033].',
				}))
			: [];
	const skipped: TimelineMark[] =
		windows > 60
			? [{at: timeText(starts[60]!), kind: 'skipped', reason: 'Only 12 new labels since the last training, where 100 are needed.'}]
			: [];
	const last: TimelineMark[] =
		refusedLast === undefined
			? []
			: [{at: timeText(LAST_WEEK + 3 * 86_400_000), kind: 'refused', version: versions.length + 1, reason: refusedLast}];
	return [...promoted, ...refused, ...skipped, ...last].toSorted((a, b) => (a.at < b.at ? -1 : 1));
}

function makeVersion(
	{name, task = 'binary', features, auc, versions: lived, edge}: Shape,
	version: number,
	at: string,
	accepted: boolean,
): Manifest & {channels: string[]} {
	const input = {numeric: [...features], categorical: []};
	const digest = digestOf(`${name} ${version}`);
	const blob = (role: Manifest['blobs'][number]['role'], sizeBytes: number): Manifest['blobs'][number] => ({
		role,
		mediaType: role === 'student' || role === 'teacher' ? 'application/onnx' : 'application/json',
		digest: digestOf(`${digest} ${role}`),
		sizeBytes,
	});
	const manifest = manifestSchema.parse({
		manifestVersion: 1,
		model: name,
		tenant: 'default',
		version,
		createdAt: at,
		task,
		classes: task === 'binary' ? ['0', '1'] : ['low', 'middle', 'high'],
		featureSchema: {version: 1, digest, columns: features.map(feature => ({name: feature, type: 'numeric'}))},
		studentInput: input,
		teacherInput: input,
		blobs: [
			blob('student', 48_213 + version),
			blob('teacher', 402_113),
			blob('golden', 20_411),
			blob('reference', 9_120),
			blob('report', 3_204),
		],
		lineage: {
			specVersion: 1,
			specDigest: digest,
			frameDigest: digest,
			asOf: at,
			offsets: {from: 1, through: 90_000 + version * 1000},
			rowCount: 20_000 + version * 4000,
			labelRule: 'labels final as of the frame',
			codeCommit: digest.slice(7, 47),
			backend: 'tfjs-node 4.22.0, cpu',
			seed: 1,
			jobId: `job-${version}`,
			trigger: version % 3 === 0 ? 'drift' : 'schedule',
		},
		metrics: {auc: auc + version * 0.001, logLoss: 0.312 - version * 0.002, expectedCalibrationError: 0.0121},
		gates: [
			{
				gate: 'champion',
				passed: true,
				reason: `The challenger wins: its log loss is 0.${3121 - version} against the champion's 0.3204.`,
				measured: {rows: 2400, logLossDifference: -0.0083 + version / 10_000, aucDifference: 0.004},
			},
			{
				gate: 'student-quality',
				passed: true,
				reason: 'The student keeps to the teacher: AUC loss 0.0012.',
				measured: {rows: 2400, aucLoss: 0.0012},
			},
			{
				gate: 'int8-parity',
				passed: accepted,
				reason: accepted
					? 'INT8 keeps to FP32 on 2400 rows: 0 % of decisions flip.'
					: '0.9 % of decisions flip at 0.5, above 0.5 %.',
				measured: {rows: 2400, decisionFlips: accepted ? 0 : 0.009},
			},
			{
				gate: 'size',
				passed: true,
				reason: "The INT8 file has 48213 bytes, 0.301 of the FP32 file's 160020.",
				measured: {int8Bytes: 48_213, fp32Bytes: 160_020, ratio: 0.301},
			},
		],
		accepted,
	});
	return {...manifest, channels: version === lived.length ? ['champion', ...(edge ? ['edge-stable'] : [])] : []};
}

function makeJobs(): Job[] {
	const job = (index: number, over: Partial<Job>): Job => ({
		id: `job-${20 - index}`,
		kind: 'train',
		model: 'consumer-loan-default',
		trigger: 'schedule',
		reason: 'The weekly schedule 0 3 * * 1 fell due.',
		asOf: SAMPLE_NOW - index * WEEK,
		payload: {},
		state: 'succeeded',
		attempt: 1,
		attemptsMax: 3,
		createdAt: SAMPLE_NOW - index * WEEK,
		startedAt: SAMPLE_NOW - index * WEEK + 4000,
		endedAt: SAMPLE_NOW - index * WEEK + 94_000,
		progress: 1,
		message: 'done',
		...over,
	});
	const {
		startedAt: _started,
		endedAt: _ended,
		...waiting
	} = job(0, {
		id: 'job-22',
		model: 'account-takeover',
		state: 'queued',
		progress: 0,
		message: '',
		trigger: 'manual',
		reason: 'asked for over REST',
		kind: 'distill',
	});
	const {endedAt: _end, ...running} = job(0, {
		id: 'job-21',
		state: 'running',
		progress: 0.42,
		message: 'epoch 12 of 30',
		trigger: 'drift',
		reason: 'Drift alarm on employment_length.',
	});
	return [
		waiting,
		running,
		job(1, {result: {outcome: 'promoted', version: 5, reason: 'Every gate passed.', rows: 41_200, seconds: 88.4}}),
		job(2, {
			state: 'failed',
			error: {code: 'TRAINING_DIVERGED', message: 'The loss became infinite in epoch 3; lower the learning rate.'},
			attempt: 3,
		}),
		job(3, {model: 'card-fraud', result: {outcome: 'refused', version: 5, reason: '0.9 % of decisions flip in INT8.'}}),
		job(4, {state: 'cancelled'}),
	];
}

function makeEdges(): EdgeStatus[] {
	const sites = ['lyon', 'gdansk', 'porto', 'leeds', 'turin', 'brno', 'oslo', 'graz'];
	const agent = (edge: string, model: string, version: number, over: Partial<EdgeStatus> = {}): EdgeStatus => ({
		edge,
		model,
		channel: 'edge-stable',
		version,
		state: 'serving',
		verified: true,
		bitEqual: true,
		signed: true,
		freshUntil: timeText(SAMPLE_NOW + WEEK),
		lastSeenAt: timeText(Date.now() - 9000),
		predictions: 184_223,
		latencyMicrosP50: 61,
		latencyMicrosP99: 212.4,
		...over,
	});
	return [
		...sites.map((site, index) =>
			agent(
				`${site}-00${index + 1}`,
				'consumer-loan-default',
				5,
				index === 2
					? {
							version: 4,
							state: 'refusing',
							refusal: {version: 5, code: 'ARTIFACT_GOLDEN_MISMATCH', message: '2 of 64 golden outputs differ.'},
						}
					: index === 6
						? {version: 4, state: 'silent', lastSeenAt: timeText(Date.now() - 31 * 3_600_000)}
						: {},
			),
		),
		...sites.slice(0, 4).map((site, index) => agent(`${site}-10${index}`, 'card-fraud', 4)),
		...sites.slice(0, 2).map(site => agent(`${site}-201`, 'account-takeover', 2)),
	];
}

function timeText(time: number): string {
	return new Date(time).toISOString();
}
