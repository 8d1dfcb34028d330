/**
 * One run of the teacher benchmark, in a process of its own: reads its task from the command line, leaves logits in files and prints what it came to.
 *
 * @module
 */
import {mkdirSync} from 'node:fs';
import path from 'node:path';
import {bytesOf, MemoryLogger, replaceFile} from '../../core/domain/index.ts';
import {loadTensorFlow} from '../../core/runtimes/index.ts';
import {createTeacherDefinitions} from '../../trainers/index.ts';
import {meanOfMeasures, measuresOf} from './measures.ts';
import {readTeacherSet} from './read-teacher-set.ts';
import {recipeOf} from './recipes.ts';
import {labelsFileOf, logitsFileOf, type RunKey, type RunOutcome} from './results.ts';

/** What the process is told. */
export interface RunTask extends RunKey {
	readonly dataDirectory: string;
	readonly resultsFile: string;
	/** Threads of the trees. */
	readonly threads: number;
}

const MICROSECONDS = 1e6;

async function runOne({set: name, teacher, seed, dataDirectory, resultsFile, threads}: RunTask): Promise<RunOutcome> {
	const recipe = recipeOf(teacher);
	const set = await readTeacherSet(name, dataDirectory);
	const tensorFlow = await loadTensorFlow({logger: new MemoryLogger()});
	const definitions = createTeacherDefinitions({tensorFlow, threads});
	const started = performance.now();
	const cpu = process.cpuUsage();
	const folds = [];
	for (const fold of set.folds) {
		folds.push({labels: fold.test.labels, ...(await recipe.run(set, fold, seed, definitions))});
	}

	const {user, system} = process.cpuUsage(cpu);
	const seconds = (performance.now() - started) / 1000 / folds.length;
	mkdirSync(path.dirname(labelsFileOf(resultsFile, name)), {recursive: true});
	await replaceFile(labelsFileOf(resultsFile, name), Uint8Array.from(folds.flatMap(({labels}) => Array.from(labels))));
	const logits = Float32Array.from(folds.flatMap(fold => Array.from(fold.logits)));
	await replaceFile(logitsFileOf(resultsFile, {set: name, teacher, seed}), bytesOf(logits));
	return {
		measures: meanOfMeasures(folds.map(fold => measuresOf(fold.logits, fold.labels, set.logitShift))),
		seconds,
		cpuSeconds: (user + system) / MICROSECONDS / folds.length,
		backends: [...new Set(folds.flatMap(({backends}) => backends))],
		notes: folds[0]!.notes,
	};
}

process.stdout.write(`${JSON.stringify(await runOne(JSON.parse(process.argv[2]!) as RunTask))}\n`);
