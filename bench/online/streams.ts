/**
 * The streams of the benchmark: files of the shared data, and a drawn one where they are absent.
 *
 * @module
 */
import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {gunzipSync} from 'node:zlib';
import type {FeatureSchema} from '../../core/domain/index.ts';
import {createRng} from '../../core/numerics/index.ts';
import type {PrequentialEvent} from '../../trainers/index.ts';

/** A stream of a binary task, all columns numeric. */
export interface Stream {
	readonly name: string;
	readonly schema: FeatureSchema;
	readonly events: readonly (PrequentialEvent & {readonly label: number})[];
}

/** Where the shared data lies, beside the checkout; it is no part of the project. */
export const DATA_DIRECTORY: string = path.join(import.meta.dirname, '../../../shared/data');

/** Rows after which the concept of a SEA stream changes. */
export const SEA_CHANGES = [12_500, 25_000, 37_500] as const;
const SEA_ROWS = 50_000;
const SEA_THRESHOLDS = [8, 9, 7, 9.5] as const;
const SEA_NOISE = 0.1;

/**
 * A file of the shared data: every column but the last, which is the label.
 *
 * @returns Undefined if the file is absent.
 */
export function readStream(name: string, directory: string = DATA_DIRECTORY): Stream | undefined {
	const file = path.join(directory, `${name}.csv.gz`);
	if (!existsSync(file)) {
		return undefined;
	}

	const [header = '', ...lines] = gunzipSync(readFileSync(file)).toString('utf8').trimEnd().split('\n');
	const names = header.trim().split(',').slice(0, -1);
	const events = lines.map(line => {
		const cells = line.split(',').map(cell => (cell.trim() === '' ? Number.NaN : Number(cell)));
		return {row: Float64Array.from(cells.slice(0, -1)), label: cells.at(-1)!};
	});
	return {name, schema: numericSchema(names), events};
}

/**
 * The SEA concepts, drawn: three features in [0, 10), the label is 1 where the first two add up to at most a threshold, which changes at
 * {@link SEA_CHANGES}; a tenth of the labels is flipped.
 *
 * Source: W. N. Street, Y. Kim, "A streaming ensemble algorithm (SEA) for large-scale classification", KDD 2001.
 */
export function drawSea(seed: number): Stream {
	const rng = createRng(seed);
	const events = Array.from({length: SEA_ROWS}, (_, index) => {
		const row = Float64Array.of(rng() * 10, rng() * 10, rng() * 10);
		const threshold = SEA_THRESHOLDS[SEA_CHANGES.filter(change => index >= change).length]!;
		return {row, label: row[0]! + row[1]! <= threshold !== rng() < SEA_NOISE ? 1 : 0};
	});
	return {name: 'sea_drawn', schema: numericSchema(['x1', 'x2', 'x3']), events};
}

/** A schema of numbers. */
export function numericSchema(names: readonly string[]): FeatureSchema {
	return {version: 1, columns: names.map(name => ({name, type: 'numeric'}))};
}
