/**
 * The gate between a teacher and the channel: against the champion of the day, on rows that neither has learnt from.
 *
 * @module
 */
import {blobOf, CHAMPION, digestOf, type GateReport, type Manifest, type TrainingFrame} from '../../core/domain/index.ts';
import type {Registry} from '../../registry/index.ts';
import {baseRatesOf, compareChampion, representationOf} from '../../trainers/index.ts';
import {compareRivals} from './rivalry.ts';
import {scoreFrame} from './score-file.ts';
import type {Material} from './workshop.ts';

/** The manifest that the champion channel points at. */
export async function currentChampion(registry: Registry, model: string): Promise<Manifest | undefined> {
	const move = await registry.currentOf(model, CHAMPION);
	return move && registry.manifest(model, move.version);
}

/** What {@link judgeTeacher} needs. */
export interface Rivalry {
	readonly registry: Registry;
	/** The version to beat; absent: the base rates of what was learnt. */
	readonly champion: Manifest | undefined;
	/** Its ONNX file, and its probabilities of the rows of `gate`. */
	readonly teacher: {readonly bytes: Uint8Array; readonly input: Manifest['teacherInput']; readonly onGate: Float32Array};
	readonly learn: TrainingFrame;
	readonly gate: TrainingFrame;
	/** Its frame ends with the rows of `gate`: those before are their history. */
	readonly material: Pick<Material, 'row' | 'open' | 'frame'>;
}

/** The verdict, and what else there is to know; nothing on the champion's own teacher, which cannot be better than itself. */
export async function judgeTeacher({
	registry,
	champion,
	teacher,
	learn,
	gate,
	material: {row, open, frame},
}: Rivalry): Promise<GateReport[]> {
	const blob = champion && blobOf(champion, 'teacher');
	if (blob?.digest === digestOf(teacher.bytes)) {
		return [];
	}

	const {outputCount} = learn;
	const file = champion && {bytes: await registry.getBlob(blob!.digest), input: champion.teacherInput};
	const rival = file && (await scoreFrame(file.bytes, {input: file.input, outputCount}, frame, frame.rowCount - gate.rowCount));
	const representation = open && (await representationOf(gate, open));
	const verdict = compareChampion({
		labels: gate.labels,
		...(gate.weights && {weights: gate.weights}),
		...(representation && {representation}),
		challenger: teacher.onGate,
		baseRates: baseRatesOf(learn.labels, outputCount, learn.weights),
		outputCount,
		gates: row.spec.gates,
		seed: row.spec.offline.seed,
		...(rival && {champion: rival}),
	});
	const others =
		file && gate.rowCount >= row.spec.gates.minimumRows
			? await compareRivals({challenger: teacher, champion: {...file, onGate: rival!}, learn, gate, material: {row}})
			: [];
	return [verdict, ...others];
}
