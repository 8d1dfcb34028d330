/**
 * The sets that are streams with drift: weather, electricity prices, flights.
 *
 * @module
 */
import path from 'node:path';
import {categories, cutOf, cutTable, frameOf, numbers, readTable, rowsBetween, type TableOptions} from './set-table.ts';
import type {TeacherSet} from './teacher-set.ts';

const NOAA: TableOptions = {
	features: [
		...numbers('temperature', 'dew_point', 'sea_level_pressure', 'visibility', 'wind_speed_avg', 'wind_speed_max_sustained'),
		...numbers('temperature_max', 'temperature_min'),
	],
};

const ELEC2: TableOptions = {features: [...numbers('period', 'nswdemand', 'vicprice', 'vicdemand', 'transfer'), ...categories('day')]};

const FLIGHTS: TableOptions = {
	time: field =>
		Date.UTC(Number(field('Year')), Number(field('Month')) - 1, Number(field('DayofMonth')), 0, Number(field('SchedDepMin'))),
	features: [...numbers('SchedDepMin', 'Distance'), ...categories('DayOfWeek', 'UniqueCarrier', 'Origin', 'Dest')],
};

/** Does it rain: daily weather of fifty years. */
export async function readNoaa(directory: string): Promise<TeacherSet> {
	const table = await readTable('noaa', path.join(directory, 'noaa_weather.csv.gz'), NOAA);
	return {name: 'noaa', folds: [cutTable(table)], logitShift: 0, refits: false};
}

/** Does the price of electricity rise; without the price itself, from which the label is made. */
export async function readElec2(directory: string): Promise<TeacherSet> {
	const table = await readTable('elec2', path.join(directory, 'elec2.csv.gz'), ELEC2);
	return {name: 'elec2', folds: [cutTable(table)], logitShift: 0, refits: false};
}

/** Is a flight late; every second row is learnt from. */
export async function readFlights(directory: string): Promise<TeacherSet> {
	const table = await readTable('flights', path.join(directory, 'flights_houston_2011.csv.gz'), FLIGHTS);
	const count = table.labels.length;
	const {trainRows, testFrom} = cutOf(count);
	const learnt = [...rowsBetween(0, trainRows)].filter(row => row % 2 === 0);
	const fold = {
		frame: frameOf(table, [...learnt, ...rowsBetween(trainRows, testFrom)]),
		trainRows: learnt.length,
		test: frameOf(table, rowsBetween(testFrom, count)),
	};
	return {name: 'flights', folds: [fold], logitShift: 0, refits: false};
}
