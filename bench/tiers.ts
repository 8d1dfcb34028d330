/**
 * Tiers with a promise: how many decisions never reach the teacher, whether they are the teacher's, and what they cost.
 *
 * Each set is cut by time: the oldest rows are learnt from, bands are fitted on the next, and every figure is of the newest, which nothing was fitted on.
 *
 * @module
 */
import {existsSync} from 'node:fs';
import {MemoryLogger, PerennialError} from '../core/domain/index.ts';
import {loadTensorFlow} from '../core/runtimes/index.ts';
import {createNetworkFitter, createTeacherDefinitions, type Effort} from '../trainers/index.ts';
import {notRun, type BenchDefinition, type BenchRow} from './bench.ts';
import {DATA_DIRECTORY} from './online/streams.ts';
import {readTeacherSet} from './teacher/read-teacher-set.ts';
import {TEACHER_SETS, type TeacherSetName} from './teacher/teacher-set.ts';
import {tierRows} from './tiers/tier-rows.ts';

const SETS: readonly TeacherSetName[] = ['uci', 'lending_club', 'sba', 'noaa', 'elec2', 'card', 'flights'];
/** How much is tried before a teacher is chosen; what a spec says under `offline.effort`. */
const EFFORTS = ['quick', 'standard', 'thorough'] as const satisfies readonly Effort[];
/** Threads of the trees. */
const THREADS = 2;

/** The benchmark. */
export const definition: BenchDefinition = {
	name: 'tiers',
	summary: "a student that promises its teacher's decisions: share, agreement, AUC, CPU [SETS=uci,sba] [EFFORT=thorough]; takes minutes",
	options: ['sets', 'effort'],
	async run({progress}, options) {
		const sets = options['sets']?.split(',').map(setNamed) ?? SETS;
		const effort = effortOf(options['effort']);
		if (!existsSync(DATA_DIRECTORY)) {
			return sets.map(set => notRun(`${set}.withoutTeacher`, 'ratio', 'the shared data is absent'));
		}

		const tensorFlow = await loadTensorFlow({logger: new MemoryLogger()});
		const rows: BenchRow[] = [];
		for (const set of sets) {
			const {frame, trainRows, test} = (await readTeacherSet(set, DATA_DIRECTORY)).folds[0]!;
			const definitions = createTeacherDefinitions({tensorFlow, threads: THREADS});
			rows.push(
				...(await tierRows({set, effort, frame, trainRows, test, definitions, fit: createNetworkFitter(tensorFlow), progress})),
			);
		}

		return rows;
	},
};

function effortOf(word = 'quick'): Effort {
	const effort = EFFORTS.find(name => name === word);
	if (effort === undefined) {
		throw new PerennialError('USAGE', `EFFORT knows no ${JSON.stringify(word)}; there are ${EFFORTS.join(', ')}.`);
	}

	return effort;
}

function setNamed(word: string): TeacherSetName {
	const name = TEACHER_SETS.find(set => set === word);
	if (name === undefined) {
		throw new PerennialError('USAGE', `SETS knows no ${JSON.stringify(word)}; there are ${TEACHER_SETS.join(', ')}.`);
	}

	return name;
}
