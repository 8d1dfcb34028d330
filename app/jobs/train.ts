/**
 * The weekly job: a point-in-time frame, a teacher, the gate against the champion, a student, its gates, a version, and the channels.
 *
 * @module
 */
import {encodeTeacher, hasCode, type TrainingFrame} from '../../core/domain/index.ts';
import {teacherInputOf, teacherToOnnx} from '../../distill/index.ts';
import type {Registry} from '../../registry/index.ts';
import {chooseTeacher, createTeacherDefinitions, sampleFrame, type ChosenTeacher} from '../../trainers/index.ts';
import type {JobContext} from '../job-worker.ts';
import {currentChampion} from './champion-gate.ts';
import {choiceOf, mayLabelsChange} from './choice.ts';
import {finishVersion, type Teacher, type VersionOutcome} from './finish-version.ts';
import {formerTeacherOf} from './former-teacher.ts';
import {scoreFrame, scoreOpen} from './score-file.ts';
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

	const {learn: whole, gate} = splitForGate(frame, row.spec.gates.minimumRows, champion);
	const learn = sampleFrame(whole, row.spec.offline.sampling, row.spec.offline.seed);
	const tensorFlow = await workshop.tensorFlow();
	const checkpoints = workshop.checkpointsOf(job);
	const {offline} = row.spec;
	const chosen = await chooseTeacher(
		{frame: learn, seed: offline.seed, minimumRows: offline.minimumRows, partialLabels: mayLabelsChange(row.spec)},
		{
			definitions: createTeacherDefinitions({tensorFlow, threads: workshop.threads}),
			...choiceOf(row.spec),
			warmStart: await formerTeacherOf(registry, champion, offline),
			checkpoints,
			onProgress: async (share, message) => report(0.05 + 0.5 * share, `teacher: ${message}`),
		},
	).catch((error: unknown) => skipIfTooSmall(error, job.trigger));
	if ('outcome' in chosen) {
		return chosen;
	}

	const {teacher: kind, resources} = chosen.report;
	logger.info('a teacher is chosen', {model: row.name, rows: learn.rowCount, teacher: kind, seconds: resources.wallSeconds});
	const outcome = await finishVersion({
		job,
		report,
		workshop,
		registry,
		material,
		learn,
		whole,
		studied: chosen.guarded.frame,
		gate,
		champion,
		tensorFlow,
		teacher: await prepareTeacher(
			chosen,
			{frame, learn, gate, ...(material.open && {open: material.open})},
			sampleFrame(frame, offline.sampling, offline.seed),
		),
	});
	await checkpoints.clear();
	return outcome;
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

/**
 * @param frames - `frame` has all rows; the newest of them are those of `gate`.
 * @param all - All rows as they are sampled for learning.
 */
async function prepareTeacher(
	chosen: ChosenTeacher,
	{frame, learn, gate, open}: Record<'frame' | 'learn' | 'gate', TrainingFrame> & {readonly open?: TrainingFrame},
	all: TrainingFrame,
): Promise<Teacher> {
	const {model, report} = chosen;
	const input = teacherInputOf(model);
	const expert = gate.rowCount > 0 && !input.history ? await chosen.refit(all) : undefined;
	const bytes = teacherToOnnx(model, {metadata: {role: 'teacher'}});
	const shape = {input, outputCount: learn.outputCount};
	return {
		input,
		bytes,
		weights: encodeTeacher(model),
		...(expert && {expert: {input: teacherInputOf(expert), bytes: teacherToOnnx(expert, {metadata: {role: 'expert'}})}}),
		report,
		seed: report.seed,
		onLearn: await scoreFrame(bytes, shape, learn),
		onGate: await scoreFrame(bytes, shape, frame, frame.rowCount - gate.rowCount),
		...(await scoreOpen(bytes, shape, open)),
	};
}
