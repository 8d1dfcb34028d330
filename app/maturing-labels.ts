/**
 * Labels that are known and not final yet, in the order in which they will be.
 *
 * @module
 */
import assert from 'node:assert/strict';
import {bytesOf, PerennialError, type ClassIndex, type LabelChannel, type Millis, type Offset} from '../core/domain/index.ts';
import {MaturityQueue} from '../monitoring/index.ts';

/** A label that waits. */
export interface HeldLabel {
	/** When it is final: the same for every label of an event. */
	readonly at: Millis;
	readonly value: ClassIndex;
	readonly channel: LabelChannel;
}

interface Entry extends HeldLabel {
	/** What was learnt of the event before it is final, if anything. */
	readonly learnt: ClassIndex | undefined;
}

/** Called for a label that is final, with what {@link MaturingLabels.noteLearnt} was told of its event. */
export type FinalLabelUse = (event: Offset, value: ClassIndex, learnt: ClassIndex | undefined) => void;

/** Labels held at most; at the bound the next one to be final is given out early, as it stands. */
const HELD_MAX = 1 << 18;
/** Numbers of a label in a snapshot. */
const NUMBERS = 5;
/** In a snapshot: nothing was learnt yet. */
const UNLEARNT = -1;

/**
 * Holds a label until it is final, so that outcomes which are known sooner, such as bad ones, do not speak before the others have been heard: a learner
 * that takes them as they come learns that all is bad.
 *
 * Cost: O(log n) a label, n labels held; 40 bytes each in a snapshot.
 *
 * @example
 * const labels = new MaturingLabels();
 * labels.hold(1, {at: 100, value: 0, channel: 'outcome'});
 * labels.hold(2, {at: 50, value: 1, channel: 'outcome'});
 * const seen = [];
 * labels.release(60, (event, value) => seen.push([event, value]));
 * seen; //=> [[2, 1]]
 */
export class MaturingLabels {
	readonly #queue = new MaturityQueue();
	readonly #held = new Map<Offset, Entry>();
	readonly #heldMax: number;

	constructor({heldMax = HELD_MAX}: {readonly heldMax?: number} = {}) {
		this.#heldMax = heldMax;
	}

	/**
	 * Hold a label. One that is held for its event already is corrected, but an investigation corrects no outcome.
	 *
	 * @returns Whether this label is the one that is held now.
	 */
	hold(event: Offset, label: HeldLabel): boolean {
		const held = this.#held.get(event);
		if (held?.channel === 'outcome' && label.channel !== 'outcome') {
			return false;
		}

		if (!held) {
			this.#queue.push(label.at, event);
		}

		this.#held.set(event, {...label, learnt: held?.learnt});
		return true;
	}

	/** What was learnt of an event whose label waits; undefined if nothing was. */
	learntOf(event: Offset): ClassIndex | undefined {
		return this.#held.get(event)?.learnt;
	}

	/** The label that waits for an event was learnt before it is final. */
	noteLearnt(event: Offset, learnt: ClassIndex): void {
		const held = this.#held.get(event);
		assert(held, 'a label is held for the event');
		this.#held.set(event, {...held, learnt});
	}

	/** Forget a label that was withdrawn. Its place in the queue is passed over when it comes. */
	drop(event: Offset, channel: LabelChannel): void {
		if (this.#held.get(event)?.channel === channel) {
			this.#held.delete(event);
		}
	}

	/** Give out what is final, in the order of becoming so. */
	release(now: Millis, use: FinalLabelUse): void {
		for (;;) {
			const event = this.#queue.pop(this.#held.size > this.#heldMax ? Infinity : now);
			if (event === undefined) {
				return;
			}

			const held = this.#held.get(event);
			if (held) {
				this.#held.delete(event);
				use(event, held.value, held.learnt);
			}
		}
	}

	/** All state. */
	snapshot(): Uint8Array {
		const entries = [...this.#held].toSorted(([a], [b]) => a - b);
		return bytesOf(
			Float64Array.from(
				entries.flatMap(([event, {at, value, channel, learnt = UNLEARNT}]) => [
					event,
					at,
					value,
					channel === 'outcome' ? 1 : 0,
					learnt,
				]),
			),
		);
	}

	/** Inverse of {@link snapshot}. @throws PerennialError - CHECKPOINT_CORRUPT. */
	static restore(bytes: Uint8Array): MaturingLabels {
		if (bytes.byteLength % (NUMBERS * 8) !== 0) {
			throw new PerennialError('CHECKPOINT_CORRUPT', 'These bytes are no snapshot of labels that wait.');
		}

		const numbers = new Float64Array(new Uint8Array(bytes).buffer);
		const labels = new MaturingLabels();
		for (let index = 0; index < numbers.length; index += NUMBERS) {
			const [event, at, value, isOutcome, learnt] = numbers.subarray(index, index + NUMBERS) as unknown as [
				number,
				number,
				number,
				number,
				number,
			];
			labels.hold(event, {at, value, channel: isOutcome === 1 ? 'outcome' : 'investigation'});
			if (learnt !== UNLEARNT) {
				labels.noteLearnt(event, learnt);
			}
		}

		return labels;
	}
}
