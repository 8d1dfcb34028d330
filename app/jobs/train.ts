/**
 * The weekly job: a point-in-time frame, a teacher, the gate against the champion, a student, its gates, a version, and the channels.
 *
 * @module
 */
import {hasCode, ModelInputEncoder, type TrainingFrame} from '../../core/domain/index.ts';
import {modelInputOf, networkToOnnx} from '../../distill/index.ts';
import type {Registry} from '../../registry/index.ts';
import {createNetworkFitter, trainTeacher, type TrainedTeacher} from '../../trainers/index.ts';
import type {JobContext} from '../job-worker.ts';
import {currentChampion} from './champion-gate.ts';
import {finishVersion, type Teacher, type VersionOutcome} from './finish-version.ts';
import {scoreFile} from './score-file.ts';
import {splitForGate} from './split.ts';
import {cutMaterial, type Material, type Workshop} from './workshop.ts';

/** Do the weekly job. */
export async function trainJob({job, logger, report}: JobContext, workshop: Workshop): Promise<VersionOutcome> {
	await report(0.02, 'cutting the frame');
	const material = await cutMaterial(job, workshop);
	const {row, frame} = material;
	const registry = workshop.registryOf(row.tenant);
	const champion = await currentChampion(registry, row.name);
	const skip = await reasonToSkip(material, registry, job.trigger);
	if (skip !== undefined) {
		return {outcome: 'skipped', reason: skip};
	}

	const {learn, gate} = splitForGate(frame, row.spec.gates.minimumRows, champion);
	const tensorFlow = await workshop.tensorFlow();
	const fit = createNetworkFitter(tensorFlow);
	const trained = await trainTeacher(learn, row.spec.offline, fit, {
		onProgress: async (share, message) => report(0.1 + 0.4 * share, `teacher: ${message}`),
	}).catch((error: unknown) => skipIfTooSmall(error, job.trigger));
	if ('outcome' in trained) {
		return trained;
	}

	logger.info('a teacher is trained', {
		model: row.name,
		rows: learn.rowCount,
		epoch: trained.fit.bestEpoch,
		seconds: trained.fit.seconds,
	});
	await report(0.5, 'teacher: fitting once more with the newest rows');
	const refit = await fit(
		learn,
		{},
		{hidden: row.spec.offline.hidden, seed: row.spec.offline.seed, trainRows: learn.rowCount, epochsMax: trained.fit.bestEpoch},
	);
	const teacher = await prepareTeacher({...trained, fit: refit}, learn, gate);
	return finishVersion({
		job,
		report,
		workshop,
		registry,
		material,
		learn,
		gate,
		champion,
		tensorFlow,
		teacher,
	});
}

/** A scheduled job with nothing new to learn from is skipped; one that somebody asked for is not. */
async function reasonToSkip({row, frame}: Material, registry: Registry, trigger: string): Promise<string | undefined> {
	const newest = (await registry.versions(row.name)).at(-1);
	if (trigger !== 'schedule' || newest === undefined) {
		return undefined;
	}

	const {lineage} = await registry.manifest(row.name, newest);
	const added = frame.rowCount - lineage.rowCount;
	return lineage.specVersion === row.specVersion && row.spec.offline.window === 'all' && added < row.spec.offline.minimumNewLabels
		? `${Math.max(0, added)} rows with a final label more than version ${newest} had, ${row.spec.offline.minimumNewLabels} are needed`
		: undefined;
}

/** A schedule that comes too early has nothing to answer for; a person who asks is told. */
function skipIfTooSmall(error: unknown, trigger: string): VersionOutcome & {readonly outcome: 'skipped'} {
	if (trigger === 'schedule' && hasCode(error, 'FRAME_TOO_SMALL')) {
		return {outcome: 'skipped', reason: error.message};
	}

	throw error;
}

async function prepareTeacher({fit, report}: TrainedTeacher, learn: TrainingFrame, gate: TrainingFrame): Promise<Teacher> {
	const input = modelInputOf(fit.network);
	const bytes = networkToOnnx(fit.network, {metadata: {role: 'teacher'}});
	const encoder = new ModelInputEncoder(input);
	return {
		input,
		bytes,
		report,
		seed: report.seed,
		onLearn: await scoreFile(bytes, {input, outputCount: fit.network.outputCount}, encoder.fromFrame(learn)),
		onGate: await scoreFile(bytes, {input, outputCount: fit.network.outputCount}, encoder.fromFrame(gate)),
	};
}
