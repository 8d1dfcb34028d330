/**
 * Codes of categorical values: numbers in rows, words everywhere a person or another program reads them.
 *
 * @module
 */
import assert from 'node:assert/strict';

/** Code of a value that came after the dictionary was full. Codes of known values begin at 1; missing is NaN. */
export const OTHER_CODE = 0;

/** A value that got its code and is not yet stored. */
export interface CategoryEntry {
	readonly feature: string;
	readonly value: string;
	readonly code: number;
}

/**
 * Gives each value of each feature the next code, in order of first appearance.
 *
 * The order of appearance is the order of the log, so that a replay gives the same codes. New entries wait in {@link CategoryDictionary.pending}
 * until whoever stores them says so; entries of a write that failed keep their code and are stored with the next.
 *
 * @example
 * const dictionary = new CategoryDictionary();
 * dictionary.codeOf('city', 'Oslo'); //=> 1
 * dictionary.codeOf('city', 'Lima'); //=> 2
 * dictionary.codeOf('city', 'Oslo'); //=> 1
 * dictionary.valueOf('city', 2); //=> 'Lima'
 */
export class CategoryDictionary {
	readonly #valuesMax: number;
	readonly #codes = new Map<string, Map<string, number>>();
	readonly #values = new Map<string, string[]>();
	#pending: CategoryEntry[] = [];

	/** @param options - `valuesMax`: distinct values kept for a feature; later ones share {@link OTHER_CODE}. */
	constructor({valuesMax = 10_000}: {valuesMax?: number} = {}) {
		this.#valuesMax = valuesMax;
	}

	/** Entries to store, oldest first. */
	get pending(): readonly CategoryEntry[] {
		return this.#pending;
	}

	/** The code of a value, a new one if it was never seen. */
	codeOf(feature: string, value: string): number {
		const known = this.#codes.get(feature)?.get(value);
		if (known !== undefined) {
			return known;
		}

		const code = this.valuesOf(feature).length + 1;
		if (code > this.#valuesMax) {
			return OTHER_CODE;
		}

		this.#add(feature, value, code);
		this.#pending.push({feature, value, code});
		return code;
	}

	/** The code of a value, {@link OTHER_CODE} if it was never seen. */
	findCode(feature: string, value: string): number {
		return this.#codes.get(feature)?.get(value) ?? OTHER_CODE;
	}

	/** The value with this code; undefined for {@link OTHER_CODE} and for unknown ones. */
	valueOf(feature: string, code: number): string | undefined {
		return this.#values.get(feature)?.[code - 1];
	}

	/** All values of a feature; the one at index i has code i + 1. */
	valuesOf(feature: string): readonly string[] {
		return this.#values.get(feature) ?? [];
	}

	/** Take entries that are stored, in order of their codes. */
	load(entries: Iterable<CategoryEntry>): void {
		for (const {feature, value, code} of entries) {
			if (!this.#codes.get(feature)?.has(value)) {
				this.#add(feature, value, code);
			}
		}
	}

	/** The first `count` pending entries are stored now. */
	markStored(count: number): void {
		this.#pending = this.#pending.slice(count);
	}

	#add(feature: string, value: string, code: number): void {
		let codes = this.#codes.get(feature);
		let values = this.#values.get(feature);
		if (!codes || !values) {
			codes = new Map();
			values = [];
			this.#codes.set(feature, codes);
			this.#values.set(feature, values);
		}

		assert.equal(code, values.length + 1, 'codes come without gaps');
		codes.set(value, code);
		values.push(value);
	}
}
