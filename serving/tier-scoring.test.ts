/** Which tiers are asked for which rows under a promise, and what is said when the teacher is gone. */
import test from 'ava';
import {
	CHAMPION,
	MemoryLogger,
	MemoryMetricSink,
	PerennialError,
	tierScores,
	type FeatureSchema,
	type LearnerDefinition,
	type LogRecord,
	type Manifest,
} from '../core/domain/index.ts';
import {createRng, drawNormal, sigmoid} from '../core/numerics/index.ts';
import type {Deployment, ServedRole} from './deployment.ts';
import {DeploymentSet} from './deployment-set.ts';
import {OnlineScorer} from './online-scorer.ts';
import {recallPromise} from './recall-promise.ts';
import {isWatched, TierPromise} from './tier-promise.ts';
import {TierScoring} from './tier-scoring.ts';

const POLICY = {cutoffs: [{at: 0.3, below: 'approve', above: 'decline'}]};
const TIERS = {agreementMin: 0.995, confidence: 0.95, watched: 0.02};
const SCHEMA: FeatureSchema = {version: 1, columns: [{name: 'amount', type: 'numeric'}]};
const UNUSED: LearnerDefinition = {parameterCount: () => 1, scorer: () => () => undefined} as unknown as LearnerDefinition;

/** A student that says sigmoid(amount), and a teacher that says a little more. */
function makeWorld({watched = 0, rows = 4000} = {}) {
	const rng = createRng(1);
	const student = Float32Array.from({length: rows}, () => sigmoid(-0.8 + drawNormal(rng)));
	const teacher = student.map(probability => probability + 0.01);
	const usual = {low: [-5], high: [5], outsideMax: 0, missingMax: 0};
	const promise = new TierPromise({policy: POLICY, tiers: {...TIERS, watched}, heldOut: {student, teacher, usual}});
	const asked: string[] = [];
	const world = {asked, isGone: false, isBusy: false, isFirstGone: false, promise};
	const load = async (version: number, roles: readonly ServedRole[]): Promise<Deployment> => ({
		version,
		manifest: {version} as Manifest,
		...(roles.includes('student') && {promise}),
		encoder: () => rowsOf => ({
			rowCount: rowsOf.length,
			numeric: Float32Array.from(rowsOf, row => row[0]!),
			categorical: new BigInt64Array(0),
		}),
		scorer: role => async rowsOf => {
			asked.push(`${roles.includes('student') ? 'live' : 'frozen'} ${role} ${rowsOf.length}`);
			if (world.isGone && role === 'teacher' && roles.includes('student')) {
				throw new PerennialError('RUNTIME_UNAVAILABLE', 'the thread is gone');
			}

			if (world.isBusy && role === 'teacher') {
				throw new PerennialError('MODEL_NOT_READY', 'too many runs wait');
			}

			if (world.isFirstGone && !roles.includes('student')) {
				throw new PerennialError('RUNTIME_UNAVAILABLE', 'the thread is gone');
			}

			return Float32Array.from(rowsOf, row => sigmoid(row[0]!) + (role === 'teacher' ? 0.01 : 0));
		},
		close: async () => undefined,
	});
	const deployments = new DeploymentSet({
		model: 'm',
		logger: new MemoryLogger(),
		channels: {
			currentOf: async () => ({version: 2, at: '2026-01-01T00:00:00.000Z'}) as never,
			versionNumbers: async () => [1, 2],
			hasExpert: async () => false,
		},
		load,
	});
	const metrics = new MemoryMetricSink();
	const logger = new MemoryLogger();
	const online = new OnlineScorer(UNUSED, {schema: SCHEMA, outputCount: 1});
	const dictionary = {valueOf: () => undefined};
	const scoring = new TierScoring({
		model: 'm',
		outputCount: 1,
		schema: SCHEMA,
		dictionary,
		deployments,
		online,
		metrics,
		logger,
		watched,
	});
	const score = async (amounts: readonly number[], ids = amounts.map((_, index) => `id-${index}`)) => {
		await deployments.refresh();
		asked.length = 0;
		const items = amounts.map((amount, index) => ({id: ids[index]!, row: Float64Array.of(amount)}));
		return scoring.scorePromised(items, deployments.champion!, promise);
	};

	return Object.assign(world, {score, metrics, logger});
}

const [FAR, NEAR, STRANGE] = [-4, Math.log(0.3 / 0.7), 40];

test('the teacher is asked for the rows near a cut-off and the strange ones, together, and for no other; the frozen model for none', async t => {
	const {score, asked, metrics} = makeWorld();
	const [far, near, strange, alsoFar] = await score([FAR, NEAR, STRANGE, FAR]);
	t.deepEqual(asked, ['live student 4', 'live teacher 2']);
	t.deepEqual([far!.tier, near!.tier, strange!.tier, alsoFar!.tier], ['student', 'teacher', 'teacher', 'student']);
	t.true(Number.isNaN(tierScores(far!.scores, 'teacher', 1)[0]!));
	t.is(tierScores(near!.scores, 'teacher', 1)[0], Math.fround(sigmoid(NEAR) + 0.01));
	t.regex(strange!.reason, /lie outside/v);
	t.is(metrics.values.get('perennial_tier_routes_total{model="m",reason="promised"}'), 2);
	t.is(metrics.values.get('perennial_tier_routes_total{model="m",reason="band"}'), 1);
});

test('a watched row is scored by the teacher and the frozen model too, and the student still answers it', async t => {
	const {score, asked, promise, metrics} = makeWorld({watched: 1});
	const [far] = await score([FAR]);
	t.deepEqual(asked, ['live student 1', 'live teacher 1', 'frozen teacher 1']);
	t.is(far!.tier, 'student');
	t.false(Number.isNaN(tierScores(far!.scores, 'frozen', 1)[0]!));
	t.is(promise.live.watched, 1);
	t.is(metrics.values.get('perennial_tier_agreement_ratio{model="m"}'), 1);
});

test('with the teacher gone the student answers inside of its promise, and the rest is referred with the reason', async t => {
	const world = makeWorld();
	world.isGone = true;
	const [far, near] = await world.score([FAR, NEAR]);
	t.deepEqual([far!.tier, far!.isReferred], ['student', false]);
	t.deepEqual([near!.tier, near!.isReferred], ['student', true]);
	t.regex(near!.reason, /cut-off: .* the teacher cannot be asked, so a person decides/v);
	t.is(world.metrics.values.get('perennial_teacher_failures_total{model="m"}'), 1);
	t.is(world.logger.lines.filter(({level}) => level === 'error').length, 1);
});

test('a teacher that is only busy refuses the request, and nobody is referred; a first version that is gone fails no answer', async t => {
	const world = makeWorld({watched: 1});
	world.isFirstGone = true;
	const [far] = await world.score([FAR]);
	t.is(far!.tier, 'student');
	t.true(Number.isNaN(tierScores(far!.scores, 'frozen', 1)[0]!));
	t.false(Number.isNaN(tierScores(far!.scores, 'teacher', 1)[0]!));
	world.isBusy = true;
	await t.throwsAsync(world.score([NEAR]), {code: 'MODEL_NOT_READY'});
	t.is(world.metrics.values.get('perennial_teacher_failures_total{model="m"}'), undefined);
});

test('after a start a promise knows the watched answers of its version that the log has, and no others', t => {
	const ids = Array.from({length: 3000}, (_, index) => `e${index}`);
	const records = ids.flatMap((id, index): LogRecord[] => {
		const scores = Float64Array.of(Number.NaN, 0.1, index % 3 === 0 ? Number.NaN : 0.9, Number.NaN);
		const [offset, version] = [2 * index + 1, index % 2 === 0 ? 2 : 1];
		const times = {time: 0, recordedAt: 0};
		return [
			{kind: 'event', offset, source: 's', id, schemaVersion: 1, row: new Float64Array(1), ...times},
			{
				kind: 'decision',
				offset: offset + 1,
				eventOffset: offset,
				tier: 'student',
				version,
				channel: CHAMPION,
				reason: '',
				scores,
				...times,
			},
		];
	});
	const {promise} = makeWorld();
	recallPromise(promise, records, {version: 2, watched: 0.1});
	const expected = ids.filter((id, index) => index % 2 === 0 && index % 3 !== 0 && isWatched(id, 0.1)).length;
	t.deepEqual(promise.live, {watched: expected, equal: 0, low: 0});
	t.true(promise.widened > 0 && expected > 50);
});
