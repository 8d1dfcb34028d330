/**
 * INT8 students: speed and size beside FP32, what quantising costs, and what a student loses against its teacher.
 *
 * Speed is that of the full graph, preprocessing included, on one thread, both files in turns. Quality needs the shared data; without it those rows
 * are named with the reason.
 *
 * @module
 */
import {existsSync} from 'node:fs';
import {MemoryLogger, ModelInputEncoder, PerennialError} from '../core/domain/index.ts';
import {createRng} from '../core/numerics/index.ts';
import {loadTensorFlow} from '../core/runtimes/index.ts';
import {forwardNetwork, modelInputOf, randomBatch, randomNetwork, WEIGHT_MAX} from '../distill/index.ts';
import {createNetworkFitter, createTeacherDefinitions, networkOnGrid} from '../trainers/index.ts';
import {notRun, type BenchDefinition, type BenchOutput, type BenchRow} from './bench.ts';
import {parityRows} from './int8/parity-rows.ts';
import {processorRows} from './int8/processor.ts';
import {speedRows} from './int8/speed-rows.ts';
import {studentRows} from './int8/student-rows.ts';
import {DATA_DIRECTORY} from './online/streams.ts';
import {readTeacherSet} from './teacher/read-teacher-set.ts';
import {TEACHER_SETS, type TeacherSetName} from './teacher/teacher-set.ts';

const SETS: readonly TeacherSetName[] = ['lending_club', 'uci', 'sba', 'noaa', 'elec2', 'flights'];
const SEEDS = 2;
/** Threads of the trees. */
const THREADS = 2;
/** Rows of the drawn set: what the bar on distinct scores was set for. */
const DRAWN_ROWS = 60_000;
const DRAWN_CALIBRATION_ROWS = 5000;

/** The benchmark. */
export const definition: BenchDefinition = {
	name: 'int8',
	summary: 'INT8 students: speed, size, what quantising and distilling cost [SETS=lending_club,uci] [SEEDS=2]; takes minutes',
	options: ['sets', 'seeds'],
	async run(output, options) {
		const {sets, seeds} = planOf(options);
		const rows = [...processorRows(), ...(await speedRows(output)), ...(await drawnRows(output))];
		if (!existsSync(DATA_DIRECTORY)) {
			return [...rows, ...sets.map(set => notRun(`student.${set}.auc`, 'auc', 'the shared data is absent'))];
		}

		for (const set of sets) {
			rows.push(...(await setRows(set, seeds, output)));
		}

		return rows;
	},
};

function planOf(options: Readonly<Record<string, string | undefined>>): {sets: readonly TeacherSetName[]; seeds: number} {
	const sets = options['sets']?.split(',').map(word => {
		const name = TEACHER_SETS.find(set => set === word);
		if (name === undefined) {
			throw new PerennialError('USAGE', `SETS knows no ${JSON.stringify(word)}; there are ${TEACHER_SETS.join(', ')}.`);
		}

		return name;
	});
	const seeds = Number(options['seeds'] ?? SEEDS);
	if (!Number.isInteger(seeds) || seeds < 1) {
		throw new PerennialError('USAGE', `SEEDS is a whole number from 1; it is ${JSON.stringify(options['seeds'])}.`);
	}

	return {sets: sets ?? SETS, seeds};
}

/**
 * A drawn network, moved onto the grid that students are fitted on, on drawn rows, with labels drawn from its own scores: runs everywhere, and has as many
 * rows as the bar on distinct scores asks.
 */
async function drawnRows({progress}: BenchOutput): Promise<BenchRow[]> {
	progress(`drawn: ${DRAWN_ROWS} rows`);
	const network = networkOnGrid(
		randomNetwork({numericCount: 20, vocabularySizes: [5, 50], hidden: [128, 64], flaggedShare: 0.2, loggedShare: 0.2}),
		WEIGHT_MAX,
	);
	const batch = randomBatch(network, DRAWN_ROWS, {missingShare: 0.02, seed: 3});
	const rng = createRng(4);
	return parityRows({
		subject: 'drawn',
		network,
		calibration: randomBatch(network, DRAWN_CALIBRATION_ROWS, {missingShare: 0.02, seed: 2}),
		batch,
		labels: Int32Array.from(forwardNetwork(network, batch).probabilities, probability => (rng() < probability ? 1 : 0)),
	});
}

async function setRows(set: TeacherSetName, seeds: number, {progress}: BenchOutput): Promise<BenchRow[]> {
	const tensorFlow = await loadTensorFlow({logger: new MemoryLogger()});
	// German is cross-validated; its first fold stands for all.
	const {frame, trainRows, test} = (await readTeacherSet(set, DATA_DIRECTORY)).folds[0]!;
	const {rows, student, learnt} = await studentRows({
		set,
		frame,
		trainRows,
		test,
		definitions: createTeacherDefinitions({tensorFlow, threads: THREADS}),
		fit: createNetworkFitter(tensorFlow),
		seeds,
		progress,
	});
	progress(`${set}: INT8`);
	const encoder = new ModelInputEncoder(modelInputOf(student));
	const parity = {subject: set, network: student, calibration: encoder.fromFrame(learnt)};
	return [...rows, ...(await parityRows({...parity, batch: encoder.fromFrame(test), labels: test.labels}))];
}
