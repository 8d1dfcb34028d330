/**
 * What a benchmark is: a name and rows of figures, some with a bar. A figure that depends on the machine is a ratio against a yardstick of the same run.
 *
 * @module
 */

/** One figure. */
export interface BenchRow {
	/** `subject.metric`, in the words of whoever set the bar. */
	readonly name: string;
	readonly value: number;
	readonly unit: 'ratio' | 'count' | 'seconds' | 'nanoseconds' | 'bytes' | 'perSecond' | 'auc' | 'logLoss';
	/** For instance `>= 0.925`; absent where nobody set one. */
	readonly bar?: string;
	/** Whether the bar holds; true where there is none. */
	readonly ok: boolean;
	/** Where the figure comes from, if not from this very run. */
	readonly note?: string;
}

/** Where a benchmark says what it is doing. */
export interface BenchOutput {
	progress(line: string): void;
}

/** What a benchmark was asked for, by name; absent where nothing was said. */
export type BenchOptions = Readonly<Record<string, string | undefined>>;

/** A benchmark. */
export interface BenchDefinition {
	readonly name: string;
	/** One line for the list. */
	readonly summary: string;
	/** Names of the options that it takes, each a text. */
	readonly options?: readonly string[];
	/**
	 * Rejects only if the benchmark itself fails, never because a bar does not hold.
	 *
	 * @throws PerennialError - USAGE for an option with a value that it cannot have.
	 */
	run(output: BenchOutput, options: BenchOptions): Promise<BenchRow[]>;
}

const BAR = /^(?<sign>>=|<=|==|>|<) (?<bound>-?\d+(?:\.\d+)?)$/v;

/**
 * A row, held against its bar.
 *
 * @throws TypeError - for a bar that is not a comparison with a number.
 * @example
 * row('elec2.accuracy', 0.93, 'ratio', '>= 0.925').ok; //=> true
 * row('elec2.accuracy', Number.NaN, 'ratio', '>= 0.925').ok; //=> false
 */
export function row(name: string, value: number, unit: BenchRow['unit'], bar?: string): BenchRow {
	if (bar === undefined) {
		return {name, value, unit, ok: true};
	}

	const {sign, bound} = (BAR.exec(bar)?.groups ?? {}) as {sign?: keyof typeof HOLDS; bound?: string};
	if (sign === undefined) {
		throw new TypeError(`${JSON.stringify(bar)} is no bar; write for instance ">= 0.925"`);
	}

	return {name, value, unit, bar, ok: HOLDS[sign](value, Number(bound))};
}

/**
 * A row whose figure could not be taken here: no number, no bar, and the reason as its note.
 *
 * @example
 * notRun('gpu.speed', 'perSecond', 'no GPU').note; //=> 'not run: no GPU'
 */
export function notRun(name: string, unit: BenchRow['unit'], why: string): BenchRow {
	return {name, value: Number.NaN, unit, ok: true, note: `not run: ${why}`};
}

const HOLDS = {
	'>=': (value: number, bound: number): boolean => value >= bound,
	'<=': (value: number, bound: number): boolean => value <= bound,
	'==': (value: number, bound: number): boolean => value === bound,
	'>': (value: number, bound: number): boolean => value > bound,
	'<': (value: number, bound: number): boolean => value < bound,
} as const;

/** The middle one of an odd number of figures, the mean of the two middle ones of an even number. */
export function median(values: readonly number[]): number {
	const sorted = values.toSorted((a, b) => a - b);
	const middle = sorted.length >> 1;
	return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
