/**
 * Distil the teacher of an existing version again: on today's frame, into a new version.
 *
 * @module
 */
import {blobOf, PerennialError, type Manifest} from '../../core/domain/index.ts';
import {guardFrame, validationRowOf} from '../../trainers/index.ts';
import type {JobContext} from '../job-worker.ts';
import {currentChampion} from './champion-gate.ts';
import {finishVersion, type VersionOutcome} from './finish-version.ts';
import {scoreFrame, scoreOpen} from './score-file.ts';
import {splitForGate} from './split.ts';
import {cutMaterial, type Workshop} from './workshop.ts';

/** Do it. A teacher that is not the champion's own has to beat the champion first, as when it was new. */
export async function distillJob({job, report}: JobContext, workshop: Workshop): Promise<VersionOutcome> {
	await report(0.05, 'cutting the frame');
	const material = await cutMaterial(job, workshop);
	const {row, frame} = material;
	const registry = workshop.registryOf(row.tenant);
	const asked = job.payload['version'];
	const champion = await currentChampion(registry, row.name);
	const parent = typeof asked === 'number' ? await registry.manifest(row.name, asked) : champion;
	if (!parent) {
		throw new PerennialError('VERSION_NOT_FOUND', `${row.name} has no champion to distil; train it first, or name a version.`);
	}

	const {learn, gate} = splitForGate(frame, row.spec.gates.minimumRows, newerOf(parent, champion));
	if (learn.rowCount < row.spec.offline.minimumRows) {
		throw new PerennialError(
			'FRAME_TOO_SMALL',
			`There are ${learn.rowCount} rows with a final label to distil on, ${row.spec.offline.minimumRows} are needed.`,
		);
	}

	await report(0.3, `asking the teacher of version ${parent.version}`);
	const bytes = await registry.getBlob(blobOf(parent, 'teacher').digest);
	const weights = parent.blobs.find(({role}) => role === 'teacher-weights');
	const shape = {input: parent.teacherInput, outputCount: frame.outputCount};
	return finishVersion({
		job,
		report,
		workshop,
		registry,
		material,
		learn,
		whole: learn,
		studied: guardFrame(learn, {trainRows: validationRowOf(learn)}).frame,
		gate,
		champion,
		tensorFlow: await workshop.tensorFlow(),
		parent: parent.version,
		teacher: {
			input: parent.teacherInput,
			bytes,
			...(weights && {weights: await registry.getBlob(weights.digest)}),
			report: {version: parent.version},
			seed: row.spec.offline.seed,
			onLearn: await scoreFrame(bytes, shape, learn),
			onGate: await scoreFrame(bytes, shape, frame, frame.rowCount - gate.rowCount),
			...(await scoreOpen(bytes, shape, material.open)),
		},
	});
}

/** Whichever of the two has learnt from newer rows. */
function newerOf(parent: Manifest, champion: Manifest | undefined): Manifest {
	const learntUntil = ({metrics}: Manifest): number => metrics['learntUntil'] ?? -Infinity;
	return champion && learntUntil(champion) > learntUntil(parent) ? champion : parent;
}
