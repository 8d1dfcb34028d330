/**
 * Settings of a fit: what was given over the defaults, checked, and the key under which an interrupted fit is kept.
 *
 * @module
 */
import {
	canonicalJson,
	digestOf,
	encodeTeacher,
	frameDigestOf,
	PerennialError,
	type Digest,
	type TeacherSettings,
	type TeacherTask,
} from '../../core/domain/index.ts';

/** A setting that may also be `auto`: then the fit chooses it from the size of the frame. */
export const AUTO = 'auto';

/** The defaults of a definition with what a task gives over them. */
export class FitSettings {
	readonly values: TeacherSettings;
	readonly #definition: string;

	/** @throws PerennialError - PARAMETER_INVALID if a setting is none of the definition's. */
	constructor(definition: string, defaults: TeacherSettings, given: TeacherSettings = {}) {
		const unknown = Object.keys(given).find(name => !(name in defaults));
		if (unknown !== undefined) {
			throw new PerennialError(
				'PARAMETER_INVALID',
				`The teacher ${definition} has no setting ${unknown}; it has ${Object.keys(defaults).join(', ')}.`,
			);
		}

		this.values = {...defaults, ...given};
		this.#definition = definition;
	}

	/** A number in [from, to]. @throws PerennialError - PARAMETER_INVALID if it is not. */
	number(name: string, from: number, to: number): number {
		const value = this.values[name];
		if (typeof value !== 'number' || !(value >= from && value <= to)) {
			throw this.#invalid(name, `must be a number from ${from} to ${to}`);
		}

		return value;
	}

	/** A whole number in [from, to]. @throws PerennialError - PARAMETER_INVALID if it is not. */
	integer(name: string, from: number, to: number): number {
		const value = this.number(name, from, to);
		if (!Number.isInteger(value)) {
			throw this.#invalid(name, 'must be a whole number');
		}

		return value;
	}

	/** A number in [from, to], or undefined for `auto`. @throws PerennialError - PARAMETER_INVALID if it is neither. */
	numberOrAuto(name: string, from: number, to: number): number | undefined {
		return this.values[name] === AUTO ? undefined : this.number(name, from, to);
	}

	/** Widths of layers as in `128-64`, or undefined for `auto`. @throws PerennialError - PARAMETER_INVALID if it is neither. */
	widthsOrAuto(name: string, to: number): number[] | undefined {
		const value = this.values[name];
		if (value === AUTO) {
			return undefined;
		}

		const widths = String(value).split('-').map(Number);
		if (!widths.every(width => Number.isInteger(width) && width >= 1 && width <= to)) {
			throw this.#invalid(name, `must be ${AUTO} or widths from 1 to ${to} as in 128-64`);
		}

		return widths;
	}

	/** One of some words. @throws PerennialError - PARAMETER_INVALID if it is none of them. */
	oneOf<Word extends string>(name: string, words: readonly Word[]): Word {
		const value = this.values[name];
		const word = words.find(candidate => candidate === value);
		if (word === undefined) {
			throw this.#invalid(name, `must be one of ${words.join(', ')}`);
		}

		return word;
	}

	#invalid(name: string, rule: string): PerennialError {
		return new PerennialError(
			'PARAMETER_INVALID',
			`The setting ${name} of the teacher ${this.#definition} ${rule}; it is ${String(this.values[name])}.`,
		);
	}
}

/**
 * What an interrupted fit is kept under: a digest of all that decides its bytes.
 *
 * Cost: reads the whole frame.
 */
export function checkpointKeyOf(
	definition: string,
	{frame, trainRows, seed, iterations, warmStart}: TeacherTask,
	settings: TeacherSettings,
	backend: string,
): Digest {
	const start = warmStart === undefined ? undefined : digestOf(encodeTeacher(warmStart));
	const facts = {definition, frame: frameDigestOf(frame), trainRows, seed, iterations, settings, backend, start};
	return digestOf(canonicalJson(facts));
}
