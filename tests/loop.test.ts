/** One turn of the whole loop, with real parts in every room: learn, retrain, gate, distil, publish, pull, answer, watch, retrain again. */
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {train} from '../app/commands/levers.ts';
import type {ClientInstance} from '../app/replay/client.ts';
import {exportStudent} from '../app/student-export.ts';
import {digestOf, hasCode, MemoryLogger, type Job, type Vintage} from '../core/domain/index.ts';
import {createRng, drawInteger, drawNormal, sigmoid} from '../core/numerics/index.ts';
import {loadOnnxSession} from '../core/runtimes/index.ts';
import {EdgeAgent} from '../edge/index.ts';
import {runSystem, type RunningSystem} from './running-system.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 5);
const MODEL = 'loop';
const SPEC = {
	name: MODEL,
	task: 'binary',
	label: {field: 'bad', delay: {fixed: 'P1D'}, maturity: 'P1D'},
	features: [
		{name: 'amount', type: 'numeric'},
		{name: 'city', type: 'categorical'},
		{name: 'isNew', type: 'boolean'},
	],
	offline: {
		schedule: '0 3 * * 1',
		minimumRows: 200,
		minimumNewLabels: 50,
		hidden: [16],
		effort: 'quick',
		triggers: [{on: 'drift', cooldown: 'P1D', budgetPerMonth: 2}],
	},
	edge: {student: {hidden: [16]}},
	gates: {minimumRows: 50, challengerMustWin: false, studentAucLossMax: 0.1, decisionFlipsMax: 0.2, logitErrorRatioMax: 0.5},
	monitors: {window: 'P7D', psiThreshold: 0.25},
};

let running: RunningSystem;
let folder: string;

test.before(async () => {
	running = await runSystem({localWorkers: 1});
	folder = mkdtempSync(path.join(os.tmpdir(), 'perennial-loop-'));
	await running.client.advance(START);
	await running.client.createModel(SPEC);
});

test.after.always(async () => {
	await running.remove();
	rmSync(folder, {recursive: true, force: true});
});

interface Applicant {
	readonly instance: ClientInstance;
	readonly bad: boolean;
}

/** A day of applicants; `shift` moves their amounts. */
function drawDay(day: number, {count = 60, shift = 0}: {count?: number; shift?: number} = {}): Applicant[] {
	const rng = createRng(1000 + day);
	return Array.from({length: count}, (_, index) => {
		const amount = drawNormal(rng) + shift;
		const city = drawInteger(rng, 4);
		return {
			instance: {
				id: `d${day}-${index}`,
				time: new Date(START + day * DAY + index * 60_000).toISOString(),
				features: {amount, city: `city-${city}`, isNew: rng() < 0.5},
			},
			bad: rng() < sigmoid(2 * amount - 1 + city / 2),
		};
	});
}

let yesterday: Applicant[] = [];

/** Live days: labels of the day before come in, time moves, applicants are answered. */
async function live(from: number, to: number, options?: {count?: number; shift?: number}): Promise<void> {
	const {client} = running;
	for (let day = from; day < to; day++) {
		const now = START + day * DAY;
		if (yesterday.length > 0) {
			await client.labels(
				MODEL,
				yesterday.map(({instance, bad}) => ({id: instance.id, value: bad ? 1 : 0, observedAt: new Date(now).toISOString()})),
			);
		}

		await client.advance(now);
		yesterday = drawDay(day, options);
		const instances = yesterday.map(({instance}) => instance);
		await client.predict(MODEL, instances).catch(async (error: unknown) => {
			if (!hasCode(error, 'MODEL_NOT_READY')) {
				throw error;
			}

			await client.events(
				MODEL,
				instances.map(instance => ({...instance, source: 'predict'})),
			);
		});
	}
}

async function finished(job: Job): Promise<Job> {
	let current = job;
	while (current.endedAt === undefined) {
		await sleep(50);
		current = await running.client.job(job.id);
	}

	return current;
}

test.serial('two weeks: the cron trains, the gates accept, the channels move, the student answers', async t => {
	await live(0, 16);
	const {client} = running;
	const versions = await client.versions(MODEL);
	t.true(versions.length >= 2);
	t.true(versions[0]!.accepted, JSON.stringify(versions[0]!.gates));
	t.deepEqual([...versions[0]!.channels].toSorted(), ['champion', 'edge-stable']);
	const model = await client.model(MODEL);
	t.is(model.champion?.version, versions[0]!.version);
	const [answer] = await client.predict(MODEL, [
		{...drawDay(99)[0]!.instance, id: 'probe', time: new Date(START + 14 * DAY).toISOString()},
	]);
	t.like(answer, {version: versions[0]!.version});
	const {decisionId, tier} = answer as Extract<typeof answer, {readonly tier: string}>;
	const {reason} = await client.decision(decisionId);
	const newest = Math.max(...versions.map(({version}) => version));
	t.is(reason.endsWith(`; it hears the teacher of version ${newest}`), tier === 'online', reason);
	const jobs = await client.jobs(MODEL);
	t.true(jobs.every(({state, trigger}) => state === 'succeeded' && trigger === 'schedule'));
	t.true((await client.marks(MODEL)).some(({kind}) => kind === 'promoted'));
});

test.serial('the manifest says where a version comes from', async t => {
	const [newest] = await running.client.versions(MODEL);
	t.regex(newest!.lineage.frameDigest, /^sha256:[\da-f]{64}$/v);
	t.is(newest!.lineage.specVersion, 1);
	t.true(newest!.lineage.rowCount > 200 && newest!.lineage.offsets.through > newest!.lineage.rowCount);
	t.regex(newest!.lineage.backend, /^(?:wasm|node|gpu|webgpu) \(/v);
	t.deepEqual(
		newest!.blobs.map(({role}) => role),
		['student', 'teacher', 'teacher-weights', 'expert', 'golden', 'reference', 'agreement', 'report', 'bom'],
	);
});

test.serial('the student can be taken elsewhere: as it was published, or with words for categories', async t => {
	const {config, logger, client} = running;
	const [out, named] = [path.join(folder, 'student.onnx'), path.join(folder, 'words.onnx')];
	const facts = await exportStudent({config, logger, model: MODEL, out, strings: false});
	const {version, blobs} = (await client.versions(MODEL)).find(({channels}) => channels.includes('champion'))!;
	t.like(facts, {version, categories: 'ids', published: blobs.find(({role}) => role === 'student')!.digest});
	t.is(facts.sha256, facts.published);
	t.is(digestOf(readFileSync(out)), facts.published);
	const words = await exportStudent({config, logger, model: MODEL, version, out: named, strings: true});
	t.like(words, {categories: 'strings', published: facts.published, sha256: digestOf(readFileSync(named))});
	t.deepEqual(JSON.parse(readFileSync(path.join(folder, 'words.json'), 'utf8')), words);
	await t.throwsAsync(exportStudent({config, logger, model: MODEL, version: 99, out, strings: false}), {code: 'VERSION_NOT_FOUND'});
	await t.throwsAsync(exportStudent({config, logger, model: 'nobody', out, strings: false}), {code: 'MODEL_NOT_FOUND'});
});

test.serial('an edge agent pulls the student, verifies it, and answers with the same bits', async t => {
	const {client, url} = running;
	const agent = new EdgeAgent({
		url,
		model: MODEL,
		channel: 'edge-stable',
		directory: path.join(folder, 'edge'),
		name: 'pi-1',
		pollSeconds: 0.1,
		loadSession: loadOnnxSession,
		logger: new MemoryLogger(),
		rng: createRng(1),
	});
	await agent.start();
	try {
		const {version} = await client.channel(MODEL, 'edge-stable');
		while (agent.status().version !== version) {
			await sleep(20);
		}

		t.like(agent.status(), {state: 'serving', verified: true, bitEqual: true});
		const instances = drawDay(77).map(({instance}, index) => ({
			...instance,
			id: `edge-${index}`,
			time: new Date(START + 14 * DAY).toISOString(),
		}));
		const answers = await client.predict(MODEL, instances);
		const {probabilities} = await agent.predict(instances.map(({features}) => features));
		for (const [index, answer] of answers.entries()) {
			t.false('error' in answer);
			const {scores} = await client.decision((answer as {decisionId: string}).decisionId);
			t.is(Object.values(scores['student']!)[0], probabilities[index]);
		}

		while (!(await client.edges()).some(({edge, version: reported}) => edge === 'pi-1' && reported === version)) {
			await sleep(20);
		}
	} finally {
		await agent.stop();
	}

	t.like((await client.model(MODEL)).edge, {agents: 1, onNewest: 1});
});

test.serial('quality is known by tier and window, and the loop is no worse than the model that was never updated', async t => {
	await live(16, 23);
	const windows = (await running.client.quality(MODEL)).filter(({series}) => series.student.auc !== null && series.frozen.auc !== null);
	t.true(windows.length > 0);
	for (const {series} of windows) {
		t.true(series.loop.auc! > 0.75, JSON.stringify(series));
	}

	const response = await fetch(`${running.client.url}/v1/models/${MODEL}/monitor/vintages`);
	const {items} = (await response.json()) as {items: Vintage[]};
	const finals = items.filter(({final, figures}) => final && figures.auc);
	t.true(finals.length > 0);
	for (const {start, figures} of finals) {
		const window = windows.find(one => one.start === start);
		t.is(figures.auc!.low, figures.auc!.high, 'nothing is left to come');
		t.is(figures.auc!.estimate, window ? window.series.loop.auc! : figures.auc!.low, start);
	}
});

test.serial('a shift of the inputs raises an alarm, and the alarm asks for a retraining', async t => {
	await live(23, 37, {shift: 2.5});
	const {client} = running;
	const alarms = await client.alarms(MODEL);
	t.true(
		alarms.some(({subject, name}) => subject === 'feature' && name === 'amount'),
		JSON.stringify(alarms),
	);
	t.true((await client.jobs(MODEL)).some(({trigger, reason}) => trigger === 'drift' && reason.startsWith('Drift: ')));
	const text = await client.metrics();
	t.regex(text, /^perennial_alarms_raised_total\{.*subject="feature".*\} [1-9]/mv);
	t.regex(text, /^perennial_drift_feature_psi\{.*feature="amount".*\} \d/mv);
	t.regex(
		text,
		/^perennial_estimate_accuracy\{.*method="expected".*\} 0\.\d/mv,
		'a trained version says what it is worth without labels',
	);
	t.regex(text, /^perennial_live_version\{.*channel="champion".*\} \d/mv);
	t.regex(text, /^perennial_jobs_total\{kind="train",state="succeeded"\} \d/mv);
});

test.serial('an alarm that a person has seen stays seen', async t => {
	const {client, url} = running;
	const open = (await client.alarms(MODEL)).find(({state}) => state === 'open');
	if (open) {
		const response = await fetch(`${url}/v1/models/${MODEL}/monitor/alarms/${open.id}`, {
			method: 'PATCH',
			headers: {'content-type': 'application/json'},
			body: '{"state": "acknowledged"}',
		});
		t.like(await response.json(), {id: open.id, state: 'acknowledged'});
	}

	const unknown = await fetch(`${url}/v1/models/${MODEL}/monitor/alarms/none`, {
		method: 'PATCH',
		headers: {'content-type': 'application/json'},
		body: '{"state": "acknowledged"}',
	});
	t.is(unknown.status, 404);
});

test.serial('the manual levers: train, distil again, move a channel back', async t => {
	const {client} = running;
	const lines: string[] = [];
	await train.run(
		{model: MODEL, url: running.url},
		{print: line => lines.push(line), progress: {write: () => true}, isJson: false, signal: new AbortController().signal},
	);
	t.regex(lines[0]!, /^Teacher: [a-z\-]+ \(effort quick\), learnt from \d+ rows/v);
	t.true(
		lines.some(line => line.includes('┤')),
		'the curve is drawn',
	);
	t.regex(lines.at(-1)!, /^Version \d+ was (?:promoted|refused): /v);
	const before = await client.versions(MODEL);
	const report = await client.report(MODEL, before[0]!.version);
	t.true('reportVersion' in report.teacher && report.teacher.data.rows.learnt > 0);
	const page = await fetch(`${running.url}/v1/models/${MODEL}/versions/${before[0]!.version}/report`, {headers: {accept: 'text/html'}});
	t.regex(await page.text(), /<h2>Candidates<\/h2>/v);
	const distilled = await finished(await client.askJob({kind: 'distill', model: MODEL, reason: 'by hand', version: before[0]!.version}));
	t.is(distilled.state, 'succeeded', JSON.stringify(distilled.error));
	const [newest] = await client.versions(MODEL);
	t.is(newest!.parent, before[0]!.version);
	t.deepEqual((await client.report(MODEL, newest!.version)).teacher, {version: before[0]!.version});
	t.is(newest!.blobs.find(({role}) => role === 'teacher')!.digest, before[0]!.blobs.find(({role}) => role === 'teacher')!.digest);

	const teacherOf = ({blobs}: (typeof before)[number]): string => blobs.find(({role}) => role === 'teacher')!.digest;
	const live = (await client.model(MODEL)).champion!.version;
	const others = await client.versions(MODEL);
	const older = before.find(
		candidate =>
			candidate.version !== live &&
			!others.some(other => other.version !== candidate.version && teacherOf(other) === teacherOf(candidate)),
	)!;
	const again = await finished(await client.askJob({kind: 'distill', model: MODEL, reason: 'by hand', version: older.version}));
	t.is(again.state, 'succeeded', JSON.stringify(again.error));
	const judged = (await client.versions(MODEL)).find(({parent}) => parent === older.version)!;
	t.true(
		judged.gates.some(({gate}) => gate === 'champion'),
		'a teacher that is not the champion meets the champion',
	);
	const moves = await client.history(MODEL, 'champion');
	t.is(
		moves.some(({version}) => version === judged.version),
		judged.accepted,
	);

	const move = await client.moveChannel(MODEL, 'champion', {version: 2, reason: 'compare with last week', override: true});
	t.like(move, {version: 2, by: 'rest'});
	t.is((await client.model(MODEL)).champion?.version, 2);
	const history = await client.history(MODEL, 'champion');
	t.deepEqual(
		history.map(({sequence}) => sequence),
		history.map((_, index) => index + 1),
	);
	const missing = await finished(await client.askJob({kind: 'distill', model: MODEL, reason: 'by hand', version: 999}));
	t.like(missing, {state: 'failed', error: {code: 'VERSION_NOT_FOUND'}});
});

test.serial(
	'a change of the features makes a new schema: the learner reads the log again, the live version still answers, the next training knows it',
	async t => {
		const {client, url} = running;
		const model = await client.model(MODEL);
		const spec = {...model.spec, features: [...model.spec.features, {name: 'income', type: 'numeric', level: 3}]};
		const changed = await fetch(`${url}/v1/models/${MODEL}`, {
			method: 'PUT',
			headers: {'content-type': 'application/json', 'if-match': `"${model.specVersion}"`},
			body: JSON.stringify(spec),
		});
		t.like(await changed.json(), {specVersion: 2, schemaVersion: 2, champion: {version: 2}});
		const [answer] = await client.predict(MODEL, [
			{id: 'wider', time: new Date(START + 36 * DAY).toISOString(), features: {amount: 1, city: 'city-1', income: 1000}},
		]);
		t.like(answer, {version: 2});
		const {scores} = await client.decision((answer as {decisionId: string}).decisionId);
		t.true(Object.values(scores['student']!)[0]! > 0.5 && Object.values(scores['online']!)[0]! > 0.5, JSON.stringify(scores));
		const trained = await finished(await client.askJob({kind: 'train', model: MODEL, reason: 'new feature'}));
		t.is(trained.state, 'succeeded', JSON.stringify(trained.error));
		const [newest] = await client.versions(MODEL);
		t.is(newest!.featureSchema.version, 2);
	},
);
