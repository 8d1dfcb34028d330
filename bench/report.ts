/**
 * The table of a benchmark and its closing line of JSON.
 *
 * @module
 */
import os from 'node:os';
import type {BenchRow} from './bench.ts';

/** What the figures were taken on. */
export interface Machine {
	readonly node: string;
	readonly platform: string;
	readonly cpu: string;
	readonly cores: number;
	readonly memoryBytes: number;
}

/** The machine at hand. */
export function thisMachine(): Machine {
	return {
		node: process.version,
		platform: `${process.platform} ${process.arch}`,
		cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
		cores: os.availableParallelism(),
		memoryBytes: os.totalmem(),
	};
}

/** Lines of the table. */
export function tableOf(rows: readonly BenchRow[]): string[] {
	const width = Math.max(4, ...rows.map(({name}) => name.length));
	return [
		`${'name'.padEnd(width)}  ${'value'.padStart(14)}  ${'unit'.padEnd(11)}  ${'bar'.padEnd(12)}`,
		...rows.map(({name, value, unit, bar = '', ok, note = ''}) => {
			const verdict = bar === '' ? '' : ok ? 'holds' : 'MISSED';
			const figure = `${name.padEnd(width)}  ${(note.startsWith('not run') ? '' : shown(value)).padStart(14)}  ${unit.padEnd(11)}`;
			return `${figure}  ${bar.padEnd(12)}  ${verdict.padEnd(6)}  ${note}`.trimEnd();
		}),
	];
}

/** The closing line. */
export function jsonLine(bench: string, rows: readonly BenchRow[], machine: Machine): string {
	return JSON.stringify({bench, rows, ok: rows.every(({ok}) => ok), machine});
}

/**
 * A figure with as many digits as mean something.
 *
 * @example
 * [1234567.8, 12.345678, 0.00012345, 3].map(shown); //=> ['1,234,568', '12.3457', '0.00012345', '3']
 */
export function shown(value: number): string {
	return Math.abs(value) >= 1000
		? Math.round(value).toLocaleString('en')
		: Number.isInteger(value)
			? String(value)
			: String(Number(value.toPrecision(6)));
}
