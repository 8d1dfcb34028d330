/**
 * The gate between a teacher and the channel: against the champion of the day, on rows that neither has learnt from.
 *
 * @module
 */
import {
	blobOf,
	CHAMPION,
	ModelInputEncoder,
	type GateReport,
	type Manifest,
	type ModelSpec,
	type TrainingFrame,
} from '../../core/domain/index.ts';
import type {Registry} from '../../registry/index.ts';
import {baseRatesOf, compareChampion} from '../../trainers/index.ts';
import {scoreFile} from './score-file.ts';

/** The manifest that the champion channel points at. */
export async function currentChampion(registry: Registry, model: string): Promise<Manifest | undefined> {
	const move = await registry.currentOf(model, CHAMPION);
	return move && registry.manifest(model, move.version);
}

/** What {@link judgeAgainst} needs beside the champion. */
export interface Rivalry {
	readonly registry: Registry;
	/** The challenger's probabilities of the rows of `gate`. */
	readonly challenger: Float32Array;
	readonly learn: TrainingFrame;
	readonly gate: TrainingFrame;
	readonly spec: ModelSpec;
}

/** Compare a challenger with the champion; without one, with the base rates of what was learnt. */
export async function judgeAgainst(
	champion: Manifest | undefined,
	{registry, challenger, learn, gate, spec}: Rivalry,
): Promise<GateReport> {
	const {outputCount} = learn;
	const rival =
		champion &&
		(await scoreFile(
			await registry.getBlob(blobOf(champion, 'teacher').digest),
			{input: champion.teacherInput, outputCount},
			new ModelInputEncoder(champion.teacherInput).fromFrame(gate),
		));
	return compareChampion({
		labels: gate.labels,
		challenger,
		baseRates: baseRatesOf(learn.labels, outputCount),
		outputCount,
		gates: spec.gates,
		seed: spec.offline.seed,
		...(rival && {champion: rival}),
	});
}
