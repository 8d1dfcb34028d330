/**
 * Finished runs on disk: each is written when it is done, so that a later call goes on where this one stopped.
 *
 * @module
 */
import {existsSync, readFileSync} from 'node:fs';
import {mkdir} from 'node:fs/promises';
import path from 'node:path';
import {replaceFile} from '../../core/domain/index.ts';
import type {Machine} from '../report.ts';
import type {Measures} from './measures.ts';
import type {TeacherSetName} from './teacher-set.ts';

/** What is run: one teacher, on one set, with one seed. */
export interface RunKey {
	readonly set: TeacherSetName;
	readonly teacher: string;
	readonly seed: number;
}

/** What one run came to. */
export interface RunOutcome {
	/** Mean over the folds. */
	readonly measures: Measures;
	/** Training, search and choice included, a fold. */
	readonly seconds: number;
	readonly cpuSeconds: number;
	readonly backends: readonly string[];
	/** Of the first fold. */
	readonly notes: readonly string[];
}

/** A finished run, and where it was run. */
export interface RunResult extends RunKey, RunOutcome {
	readonly code: string;
	/** Commit, with `+` where files differed from it. */
	readonly commit: string;
	readonly machine: Machine;
}

const VERSION = 1;

/** Results in a file. */
export class ResultsFile {
	readonly #file: string;
	readonly #results: Map<string, RunResult>;

	/** Reads the file, if there is one. */
	constructor(file: string) {
		this.#file = file;
		const stored = existsSync(file)
			? (JSON.parse(readFileSync(file, 'utf8')) as {version: number; results: readonly RunResult[]})
			: {version: VERSION, results: []};
		if (stored.version !== VERSION) {
			throw new TypeError(`${file} was written by another version of the benchmark; remove it.`);
		}

		this.#results = new Map(stored.results.map(result => [keyOf(result), result]));
	}

	/** The result of a run, if it was finished by any code. */
	find(key: RunKey): RunResult | undefined {
		return this.#results.get(keyOf(key));
	}

	/** Keep a result, in the place of an older one; the file is whole at any time. */
	async put(result: RunResult): Promise<void> {
		this.#results.set(keyOf(result), result);
		const results = [...this.#results].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
		await mkdir(path.dirname(this.#file), {recursive: true});
		await replaceFile(this.#file, `${JSON.stringify({version: VERSION, results}, undefined, '\t')}\n`);
	}
}

function keyOf({set, teacher, seed}: RunKey): string {
	return `${set}/${teacher}/${seed}`;
}

/** Where the logits of a run lie, beside the results: 32-bit floats, the folds one after the other. */
export function logitsFileOf(resultsFile: string, {set, teacher, seed}: RunKey): string {
	return path.join(path.dirname(resultsFile), `${path.basename(resultsFile, '.json')}-logits`, `${set}-${teacher}-${seed}.f32`);
}

/** Where the labels of a set's test rows lie: a byte each, in the order of the logits. */
export function labelsFileOf(resultsFile: string, set: TeacherSetName): string {
	return path.join(path.dirname(resultsFile), `${path.basename(resultsFile, '.json')}-logits`, `${set}.labels`);
}
