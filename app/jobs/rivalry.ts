/**
 * Challenger and champion side by side: where each is better, what would change, and what it costs. Beside the gate, which says who wins.
 *
 * @module
 */
import {sliceFrame, type GateReport, type Manifest, type TrainingFrame} from '../../core/domain/index.ts';
import {compareCalibration, compareDecisions, compareOnOldest, compareSegments, type Rivals} from '../../trainers/index.ts';
import {newestRows, scoreFrame} from './score-file.ts';
import type {Material} from './workshop.ts';

/** A teacher's file, and what it takes. */
export interface RivalFile {
	readonly bytes: Uint8Array;
	readonly input: Manifest['teacherInput'];
}

/** What {@link compareRivals} looks at. */
export interface RivalryOptions {
	readonly challenger: RivalFile & {readonly onGate: Float32Array};
	readonly champion: RivalFile & {readonly onGate: Float32Array};
	/** Rows learnt from, oldest first, and those that judge. */
	readonly learn: TrainingFrame;
	readonly gate: TrainingFrame;
	readonly material: Pick<Material, 'row'>;
}

/** Oldest rows that are scored, of the older half: more would say no more. */
const OLDEST_ROWS_MAX = 5000;
/** Rows that are timed, and how often each file is. */
const TIMED_ROWS_MAX = 2000;
const TIMED_ROUNDS = 3;

/** Reports, in the order segments, calibration, forgetting, stability, cost; those that cannot be made are left out. */
export async function compareRivals({challenger, champion, learn, gate, material: {row}}: RivalryOptions): Promise<GateReport[]> {
	const {gates, monitors, policy, offline} = row.spec;
	const {outputCount} = gate;
	const shared = {outputCount, confidence: gates.confidence, seed: offline.seed};
	const weightsOf = ({weights}: TrainingFrame): Pick<Rivals, 'weights'> => (weights ? {weights} : {});
	const onGate: Rivals = {...shared, ...weightsOf(gate), labels: gate.labels, challenger: challenger.onGate, champion: champion.onGate};
	const oldest = sliceFrame(learn, 0, Math.min(OLDEST_ROWS_MAX, Math.floor(learn.rowCount / 2)));
	const scoresOf = async ({bytes, input}: RivalFile, frame: TrainingFrame): Promise<Float32Array> =>
		scoreFrame(bytes, {input, outputCount}, frame);
	const onOldest: Rivals = {
		...shared,
		...weightsOf(oldest),
		labels: oldest.labels,
		challenger: await scoresOf(challenger, oldest),
		champion: await scoresOf(champion, oldest),
	};
	const isBinary = outputCount === 1;
	return [
		compareSegments(onGate, gate, monitors.segments, gates.segmentLossRiseMax),
		isBinary ? compareCalibration(onGate) : undefined,
		compareOnOldest(onOldest, gates.forgettingMax),
		isBinary
			? compareDecisions(
					onGate,
					policy.cutoffs.map(({at}) => at),
				)
			: undefined,
		await compareCosts(challenger, champion, newestRows(gate, TIMED_ROWS_MAX)),
	].filter(report => report !== undefined);
}

/** Bytes of both files, and microseconds a row on this machine; a report of what it is, which no bound is put on. */
async function compareCosts(challenger: RivalFile, champion: RivalFile, frame: TrainingFrame): Promise<GateReport> {
	const best = {challenger: Infinity, champion: Infinity};
	const files = {challenger, champion};
	for (let round = 0; round < TIMED_ROUNDS; round++) {
		for (const who of ['challenger', 'champion'] as const) {
			const {bytes, input} = files[who];
			const started = performance.now();
			await scoreFrame(bytes, {input, outputCount: frame.outputCount}, frame);
			best[who] = Math.min(best[who], ((performance.now() - started) * 1000) / frame.rowCount);
		}
	}

	const text = (who: 'challenger' | 'champion'): string =>
		`${best[who].toFixed(1)} microseconds a row and ${files[who].bytes.length} bytes`;
	return {
		gate: 'cost',
		passed: true,
		reason: `Loading and scoring ${frame.rowCount} rows takes the challenger ${text('challenger')}, the champion ${text('champion')}.`,
		measured: {
			rows: frame.rowCount,
			challengerMicros: best.challenger,
			championMicros: best.champion,
			challengerBytes: challenger.bytes.length,
			championBytes: champion.bytes.length,
		},
	};
}
