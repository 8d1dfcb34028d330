/**
 * The online tier: how well the learners do on streams that drift, with labels at once and late, and how many rows one core carries.
 *
 * The streams lie in ../shared/data beside the checkout. Where that folder is absent their rows are left out, and a drawn stream keeps the rest running.
 *
 * @module
 */
import {existsSync} from 'node:fs';
import path from 'node:path';
import type {BenchDefinition, BenchOutput, BenchRow} from './bench.ts';
import {ALARM_BUDGET_FILE, measureAlarmBudget} from './online/alarm-budget.ts';
import {measureDetectors} from './online/detectors.ts';
import {FRAUD_FILE, measureFraud} from './online/fraud.ts';
import {measureIngest} from './online/ingest.ts';
import {measureElec2, measureSea, measureWeather, SEEDS} from './online/quality.ts';
import {measureServing} from './online/serving.ts';
import {measureSpeed} from './online/speed.ts';
import {DATA_DIRECTORY, drawSea, readStream, SEA_CHANGES, type Stream} from './online/streams.ts';

/** Seeds of the card transactions, which take the longest. */
const FRAUD_SEEDS = 3;
/** Seed of the stream that is drawn where the files are absent. */
const DRAWN_SEED = 1;

/** The benchmark. */
export const definition: BenchDefinition = {
	name: 'online',
	summary: 'the online tier: quality on streams with drift, rows a CPU-second, detectors, ingest, serving; takes some minutes',
	async run(output) {
		const elec2 = readStream('elec2');
		const sea = readStream('sea_known_change_points');
		const drawn = elec2 && sea ? undefined : drawSea(DRAWN_SEED);
		const rows: BenchRow[] = [];
		output.progress('speed of the learners');
		rows.push(...measureSpeed(elec2 ?? drawn!, output, elec2 !== undefined));
		output.progress('speed of the detectors');
		rows.push(...measureDetectors());
		output.progress('ingest');
		rows.push(...(await measureIngest()));
		output.progress('learning while serving');
		rows.push(...(await measureServing()));
		rows.push(...qualityOf(elec2, 'elec2', output, measureElec2));
		rows.push(...qualityOf(readStream('noaa_weather'), 'noaa_weather', output, measureWeather));
		rows.push(...measureSea(sea ?? drawn!, SEA_CHANGES, output, sea !== undefined));
		if (isThere(ALARM_BUDGET_FILE, output)) {
			rows.push(...measureAlarmBudget(DATA_DIRECTORY, SEEDS));
		}

		if (isThere(FRAUD_FILE, output)) {
			rows.push(...(await measureFraud(DATA_DIRECTORY, SEEDS.slice(0, FRAUD_SEEDS), output)));
		}

		return rows;
	},
};

function qualityOf(
	stream: Stream | undefined,
	name: string,
	output: BenchOutput,
	measure: (stream: Stream, output: BenchOutput) => BenchRow[],
): BenchRow[] {
	return isThere(`${name}.csv.gz`, output) && stream ? measure(stream, output) : [];
}

function isThere(file: string, {progress}: BenchOutput): boolean {
	const isPresent = existsSync(path.join(DATA_DIRECTORY, file));
	if (!isPresent) {
		progress(`${file} is absent from ${DATA_DIRECTORY}: its rows are left out`);
	}

	return isPresent;
}
