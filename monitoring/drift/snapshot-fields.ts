/**
 * Reads the fields of a detector's snapshot, and refuses what is none.
 *
 * @module
 */
import {PerennialError} from '../../core/domain/index.ts';
import type {DetectedChange, DetectorSnapshot} from './detector.ts';

/**
 * The fields of one snapshot, checked one by one as they are read.
 *
 * Every method throws PerennialError CHECKPOINT_CORRUPT where a field does not fit.
 *
 * @example
 * const fields = new SnapshotFields({detector: 'adwin', width: 3, change: [0, 1]}, 'adwin');
 * [fields.number('width'), fields.change()?.after]; //=> [3, 1]
 */
export class SnapshotFields {
	readonly #snapshot: DetectorSnapshot;
	readonly #detector: string;

	/** @throws PerennialError - CHECKPOINT_CORRUPT if another detector made the snapshot. */
	constructor(snapshot: DetectorSnapshot, detector: string) {
		this.#snapshot = snapshot;
		this.#detector = detector;
		if (snapshot.detector !== detector) {
			this.refuse('detector');
		}
	}

	/** A finite number. */
	number(field: string): number {
		const value = this.#snapshot[field];
		return typeof value === 'number' && Number.isFinite(value) ? value : this.refuse(field);
	}

	/** 0 or 1. */
	flag(field: string): boolean {
		const value = this.#snapshot[field];
		return value === 0 || value === 1 ? value === 1 : this.refuse(field);
	}

	/** One of the given texts. */
	oneOf<T extends string>(field: string, values: readonly T[]): T {
		const value = this.#snapshot[field];
		return values.find(item => item === value) ?? this.refuse(field);
	}

	/** Finite numbers; exactly `length` of them where it is given. */
	list(field: string, length?: number): readonly number[] {
		const value = this.#snapshot[field];
		const fits =
			Array.isArray(value) && (length === undefined || value.length === length) && value.every(item => Number.isFinite(item));
		return fits ? (value as readonly number[]) : this.refuse(field);
	}

	/** The field `change`, as {@link changeField} wrote it. */
	change(): DetectedChange | undefined {
		const value = this.list('change');
		const [before, after] = value;
		return before === undefined || after === undefined ? undefined : {before, after};
	}

	/** What `make` gives; a contract that it breaks means that some option in the snapshot does not fit. */
	build<T>(make: () => T): T {
		try {
			return make();
		} catch (error) {
			return this.refuse('options', error);
		}
	}

	refuse(field: string, cause?: unknown): never {
		const message = `This is no snapshot of the detector ${this.#detector}: ${field} does not fit. Restore an older checkpoint, or replay the log.`;
		throw new PerennialError('CHECKPOINT_CORRUPT', message, {cause});
	}
}

/** A change as a field of a snapshot: nothing, or the means before and after. */
export function changeField(change: DetectedChange | undefined): readonly number[] {
	return change ? [change.before, change.after] : [];
}
