/** The weekly job with teachers that remember: one that begins where the champion's ended, and one that reads sequences and is never served. */
import {mkdtempSync, rmSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import {trainingReportPage} from '../api/report/training-report-page.ts';
import {createHandlers} from '../app/jobs/index.ts';
import {FileTrainingCheckpoints} from '../app/training-checkpoints.ts';
import {
	CategoryDictionary,
	decodeTeacher,
	digestOf,
	encodeTeacher,
	featureSchemaOf,
	fromManifestJson,
	MemoryLogger,
	parseSpec,
	RowEncoder,
	SystemClock,
	toManifestJson,
	type Manifest,
	type ModelSpecInput,
	type VersionReport,
} from '../core/domain/index.ts';
import {createRng, drawInteger, drawNormal} from '../core/numerics/index.ts';
import {createOnnxRuntime, loadTensorFlow} from '../core/runtimes/index.ts';
import {readMetadata, STUDENT_FAMILY} from '../distill/index.ts';
import {MemoryObjectStore, Registry} from '../registry/index.ts';
import {loadDeployment} from '../serving/index.ts';
import {ModelStore, openStore} from '../store/index.ts';
import {Lake} from '../streams/index.ts';
import {EventLogWriter} from '../streams/log/event-log-writer.ts';

const MINUTE = 60_000;
const SHAPE = {task: 'binary', label: {field: 'fraud'}, features: [{name: 'amount', type: 'numeric'}]} as const;

interface Scene {
	/** Append so many payments: a fraud costs more than twice the card's last one. */
	readonly append: (count: number, more?: {readonly isLabelled: boolean}) => Promise<void>;
	readonly run: (kind: 'train' | 'distill') => Promise<Readonly<Record<string, unknown>>>;
	readonly registry: Registry;
	readonly manifest: (version: number) => Promise<Manifest>;
	readonly report: (version: number) => Promise<VersionReport>;
}

async function inScene(input: Omit<ModelSpecInput, keyof typeof SHAPE>, use: (scene: Scene) => Promise<void>): Promise<void> {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'perennial-teacher-jobs-'));
	const spec = parseSpec({...SHAPE, ...input});
	const schema = featureSchemaOf(spec, 1);
	const store = await openStore(path.join(folder, 'store.db'));
	const models = new ModelStore(store.db);
	const logger = new MemoryLogger();
	const registry = new Registry({store: new MemoryObjectStore(), clock: new SystemClock(), logger, tenant: spec.tenant});
	const writer = new EventLogWriter(path.join(folder, `${spec.tenant}.${spec.name}.log.db`), {clock: {now: () => 0}});
	const encoder = new RowEncoder(schema, writer.dictionary);
	const rng = createRng(1);
	const last = new Map<number, number>();
	let minute = 0;
	let jobs = 0;
	const handlers = createHandlers({
		objects: new MemoryObjectStore(),
		logger,
		models,
		lake: new Lake({objects: new MemoryObjectStore(), cacheDirectory: path.join(folder, 'lake'), threads: 1}),
		clock: new SystemClock(),
		registryOf: () => registry,
		streamsDirectory: folder,
		commit: 'none',
		tensorFlow: async () => loadTensorFlow({backend: 'wasm', logger}),
		checkpointsOf: ({id}) => new FileTrainingCheckpoints({root: path.join(folder, 'training'), job: id, logger}),
		threads: 1,
	});
	try {
		await models.create(spec, 0);
		await use({
			registry,
			async append(count, {isLabelled} = {isLabelled: true}) {
				for (let row = 0; row < count; row++, minute++) {
					const card = drawInteger(rng, 40);
					const amount = Math.exp(drawNormal(rng));
					const event = {
						id: `e${minute}`,
						source: 's',
						time: minute * MINUTE,
						schemaVersion: 1,
						row: encoder.encode({amount}, []),
					};
					await writer.appendEvents([{...event, entity: `card ${card}`}]);
					const value = amount > 2 * (last.get(card) ?? Infinity) ? 1 : 0;
					last.set(card, amount);
					if (!isLabelled) {
						continue;
					}

					await writer.appendLabels([{id: event.id, value, observedAt: event.time, channel: 'outcome', withdrawn: false}]);
				}
			},
			run: async kind =>
				handlers[kind]({
					logger,
					job: {
						id: `job-${++jobs}`,
						kind,
						model: spec.name,
						trigger: 'manual',
						reason: 'a test',
						asOf: minute * MINUTE,
						payload: {},
						owner: 'test',
						state: 'running',
						attempt: 1,
						attemptsMax: 1,
						createdAt: 0,
						progress: 0,
						message: '',
					},
					report: async () => Promise.resolve(),
				}),
			manifest: async version => registry.manifest(spec.name, version),
			async report(version) {
				const {blobs} = await registry.manifest(spec.name, version);
				return JSON.parse(
					Buffer.from(await registry.getBlob(blobs.find(({role}) => role === 'report')!.digest)).toString(),
				) as VersionReport;
			},
		});
	} finally {
		writer.close();
		await store.close();
		rmSync(folder, {recursive: true});
	}
}

const blobWith = ({blobs}: Manifest, role: string): Manifest['blobs'][number] => blobs.find(blob => blob.role === role)!;

/** Gates that let anything through: what is tested is how a version is made. */
const OPEN = {
	challengerMustWin: false,
	decisionFlipsMax: 1,
	logitErrorRatioMax: 1,
	aucLossMax: 0.5,
	studentAucLossMax: 0.5,
	minimumRows: 100,
};
const offline = {effort: 'quick', minimumRows: 100, minimumNewLabels: 0} as const;

test.serial('a version keeps its teacher as plain data; with warmStart the next one goes on from it', async t => {
	await inScene({name: 'warm', gates: OPEN, offline: {...offline, teacher: 'mlp', warmStart: 'always', hidden: [16]}}, async scene => {
		await scene.append(1200);
		t.is((await scene.run('train'))['outcome'], 'promoted');
		const first = await scene.manifest(1);
		const {teacher} = await scene.report(1);
		t.true('decisions' in teacher && teacher.decisions.some(({reason}) => reason === 'there is no champion to go on from'));
		const bytes = await scene.registry.getBlob(blobWith(first, 'teacher-weights').digest);
		t.is(digestOf(encodeTeacher(decodeTeacher(bytes))), blobWith(first, 'teacher-weights').digest);
		await scene.append(400);
		await scene.run('train');
		const second = await scene.report(2);
		t.true('decisions' in second.teacher);
		if ('decisions' in second.teacher) {
			const decision = second.teacher.decisions.find(({question}) => question === 'warm-start');
			t.deepEqual([decision?.answer, decision?.reason], ['mlp: from version 1', 'the spec asks for it']);
			t.deepEqual(second.teacher.candidates[0]!.notes, []);
		}

		const others = second.gates.filter(({gate}) => ['champion-calibration', 'forgetting', 'stability', 'cost'].includes(gate));
		t.deepEqual(
			others.map(({gate, passed}) => [gate, passed]),
			[
				['champion-calibration', true],
				['forgetting', true],
				['stability', true],
				['cost', true],
			],
		);
		t.true(others.every(({measured}) => Object.values(measured).every(Number.isFinite)));
		t.is(
			first.gates.find(({gate}) => gate === 'stability'),
			undefined,
			'the first version has no rival',
		);

		await scene.run('distill');
		const newest = await scene.manifest(3);
		t.is(blobWith(newest, 'teacher-weights').digest, blobWith(await scene.manifest(newest.parent!), 'teacher-weights').digest);
		const without = {...first, blobs: first.blobs.filter(({role}) => role !== 'teacher-weights')};
		t.deepEqual(fromManifestJson(toManifestJson(without)), without, 'a manifest of before has none');
	});
});

test.serial('a teacher that reads sequences teaches a student and judges, and serving does not load it', async t => {
	const entity = {field: 'card'};
	await inScene({name: 'sequences', entity, gates: OPEN, offline: {...offline, teacher: 'sequence', hidden: [16]}}, async scene => {
		await scene.append(1600);
		const result = await scene.run('train');
		t.is(result['outcome'], 'promoted');
		const manifest = await scene.manifest(1);
		t.is(result['distillation'], manifest.gates.find(({gate}) => gate === 'distillation')!.reason);
		t.regex(String(result['distillation']), /^The teacher is better, AUC 0\.\d+ against /v);
		t.like(manifest.gates.find(({gate}) => gate === 'runtime-equality')!.measured, {rows: 240, rowsDifferent: 0});
		const metadata = readMetadata(await scene.registry.getBlob(blobWith(manifest, 'student').digest));
		t.is(metadata['calibration'], manifest.lineage.calibrationDigest);
		t.is(metadata['featureSchema'], manifest.featureSchema.digest);
		t.deepEqual(manifest.teacherInput.history, {length: 8});
		t.is(manifest.studentInput.history, undefined);
		t.true(manifest.metrics['teacherAuc']! > manifest.metrics['studentAuc']! + 0.02, JSON.stringify(manifest.metrics));
		await scene.append(300);
		t.true(
			['promoted', 'refused'].includes(String((await scene.run('train'))['outcome'])),
			'the champion of before is judged with its history',
		);
		await scene.run('distill');
		const runtime = createOnnxRuntime({logger: new MemoryLogger()});
		try {
			const {registry} = scene;
			const deployment = await loadDeployment({
				source: registry,
				runtime,
				model: 'sequences',
				version: 1,
				roles: ['student', 'teacher'],
			});
			const schema = featureSchemaOf(parseSpec({...SHAPE, name: 'sequences', entity}), 1);
			const rows = [Float64Array.of(1), Float64Array.of(9)];
			t.true((await deployment.scorer('student', schema, new CategoryDictionary())(rows)).every(Number.isFinite));
			t.deepEqual([...(await deployment.scorer('teacher', schema, new CategoryDictionary())(rows))], [Number.NaN, Number.NaN]);
			await deployment.close();
		} finally {
			await runtime.close();
		}

		t.is(digestOf(await scene.registry.getBlob(blobWith(manifest, 'teacher').digest)), blobWith(manifest, 'teacher').digest);
	});
});

test.serial('the newest events teach the student before anybody knows their labels, and the report says how many', async t => {
	const spec = {name: 'recent', gates: OPEN, offline: {...offline, teacher: 'boosted-trees'}} as const;
	await inScene(spec, async ({append, run, report, manifest}) => {
		await append(900);
		await run('train');
		await append(250, {isLabelled: false});
		await run('distill');
		const [before, after] = [await report(1), await report(2)];
		const rowsOf = ({student: {taughtBy, unlabelledRows}}: VersionReport, open: number): boolean =>
			unlabelledRows === (taughtBy === 'teacher' ? open : 0);
		t.true(rowsOf(before, 0) && rowsOf(after, 250), JSON.stringify([before.student, after.student]));
		const [first, second] = [await manifest(1), await manifest(2)];
		t.not(first.lineage.calibrationDigest, second.lineage.calibrationDigest);
		t.is(first.lineage.frameDigest, second.lineage.frameDigest, 'they are no part of the frame');
	});
});

test.serial('a student whose size is left open has the smallest that is as good as the best, and the report says so', async t => {
	const spec = {
		name: 'sized',
		gates: OPEN,
		offline: {...offline, teacher: 'logistic-regression'},
		edge: {student: {hidden: 'auto'}},
	} as const;
	await inScene(spec, async ({append, run, report, registry}) => {
		await append(800);
		const {outcome, version} = await run('train');
		t.is(outcome, 'promoted', JSON.stringify(await report(1)));
		const {student} = await report(version as number);
		const {candidates, reason} = student.choice!;
		t.is(candidates.length, STUDENT_FAMILY.length);
		const chosen = candidates.find(({hidden}) => hidden.join() === student.hidden.join())!;
		t.true(chosen.behindBest <= chosen.error);
		for (const smaller of candidates.slice(0, candidates.indexOf(chosen))) {
			t.true(smaller.behindBest > smaller.error, 'no smaller one is as good');
		}

		t.true(candidates.every(({sizeBytes, microsBatch1, microsBatch256}) => sizeBytes > 0 && microsBatch1 > 0 && microsBatch256 > 0));
		t.regex(reason, new RegExp(`^${student.hidden.join('-')} `, 'v'));
		const page = trainingReportPage({model: 'sized', version: 1, report: await report(1)});
		t.true(page.includes('Sizes of the student') && page.includes(reason));
		t.truthy(await registry.currentOf('sized', 'champion'));
	});
});
