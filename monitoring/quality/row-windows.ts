/**
 * Windows of event time and the rows each of them holds: all of them while they are few, a fair sample when they are many.
 *
 * @module
 */
import type {Millis, Offset, QualityWindow} from '../../core/domain/index.ts';
import type {TumblingWindows} from '../tumbling-windows.ts';
import type {RowColumns, ScoredRows, Slot} from './scored-rows.ts';

/** One window. */
export interface RowWindow {
	readonly start: Millis;
	readonly end: Millis;
	/** Rows that came, held or not. */
	decisions: number;
	/** Rows are held whose hash begins with this many zero bits: at level k, one in 2^k. */
	level: number;
	/** Rows held, in the order in which they came. */
	slots: Slot[];
	/** True if something changed since the window was last looked at. */
	isDirty: boolean;
	/** True once all its labels are final. */
	isFinal: boolean;
	/** What it was when it was last looked at; not in a checkpoint, since its rows say the same. */
	seen?: QualityWindow;
}

/** What of a window goes into a checkpoint beside its rows. */
export interface RowWindowState {
	readonly start: Millis;
	readonly decisions: number;
	readonly level: number;
	readonly rows: number;
	readonly isDirty: boolean;
	readonly isFinal: boolean;
}

/** Bounds of {@link RowWindows}. */
export interface RowWindowsOptions {
	/** Rows a window holds; at the bound it keeps one half, chosen by the hash of their offsets, and from then on every second. */
	readonly rowsMax: number;
}

/** A sample by hash: which rows of a window are held depends on their offsets alone, not on the order in which they came. */
export class RowWindows {
	readonly #tumbling: TumblingWindows;
	readonly #rows: ScoredRows;
	readonly #rowsMax: number;
	/** Ascending by start. */
	#windows: RowWindow[] = [];

	constructor(tumbling: TumblingWindows, rows: ScoredRows, {rowsMax}: RowWindowsOptions) {
		this.#tumbling = tumbling;
		this.#rows = rows;
		this.#rowsMax = rowsMax;
	}

	/** Oldest first. */
	get all(): readonly RowWindow[] {
		return this.#windows;
	}

	/** The window of a time, a new one if there is none. */
	open(time: Millis): RowWindow {
		const start = this.#tumbling.startOf(time);
		const at = this.#indexOf(start);
		const known = this.#windows[at];
		if (known?.start === start) {
			return known;
		}

		const window: RowWindow = {
			start,
			end: this.#tumbling.endOf(start),
			decisions: 0,
			level: 0,
			slots: [],
			isDirty: true,
			isFinal: false,
		};
		this.#windows.splice(at, 0, window);
		return window;
	}

	/**
	 * Count a row in its window, and hold it unless the sample leaves it out. When all windows together hold as many rows as there is room
	 * for, the window with the most of them drops half.
	 */
	add(window: RowWindow, offset: Offset, time: Millis, tier: number, scores: Float64Array): void {
		window.decisions++;
		window.isDirty = true;
		while (this.#rows.isFull) {
			this.#thin(this.#windows.reduce((most, other) => (other.slots.length > most.slots.length ? other : most)));
		}

		if (isSampled(offset, window.level)) {
			window.slots.push(this.#rows.add(offset, time, tier, scores));
		}

		while (window.slots.length > this.#rowsMax) {
			this.#thin(window);
		}
	}

	/** Forget the oldest window and its rows. */
	dropOldest(): void {
		for (const slot of this.#windows.shift()?.slots ?? []) {
			this.#rows.remove(slot);
		}
	}

	/** Rows of all windows, window by window. */
	columns(): RowColumns {
		return this.#rows.columns(this.#windows.flatMap(({slots}) => slots));
	}

	/** What {@link RowWindows.columns} does not say. */
	states(): RowWindowState[] {
		return this.#windows.map(({start, decisions, level, slots, isDirty, isFinal}) => ({
			start,
			decisions,
			level,
			rows: slots.length,
			isDirty,
			isFinal,
		}));
	}

	/** Hold what a checkpoint held. @returns Slots of all rows. */
	load(states: readonly RowWindowState[], columns: RowColumns): readonly Slot[] {
		const slots = this.#rows.load(columns);
		let from = 0;
		this.#windows = states.map(({rows, ...state}) => {
			const window = {...state, end: this.#tumbling.endOf(state.start), slots: slots.slice(from, from + rows)};
			from += rows;
			return window;
		});
		return slots;
	}

	#thin(window: RowWindow): void {
		window.level++;
		window.isDirty = true;
		window.slots = window.slots.filter(slot => {
			const isKept = isSampled(this.#rows.offsetOf(slot), window.level);
			if (!isKept) {
				this.#rows.remove(slot);
			}

			return isKept;
		});
	}

	/** Where a window that begins at `start` stands, or would stand. Most are the newest. */
	#indexOf(start: Millis): number {
		let low = 0;
		let high = this.#windows.length;
		while (low < high) {
			const middle = (low + high) >>> 1;
			if (this.#windows[middle]!.start < start) {
				low = middle + 1;
			} else {
				high = middle;
			}
		}

		return low;
	}
}

/** True for one in 2^level offsets, the same ones every time; those of a level are among those of the level before. */
function isSampled(offset: Offset, level: number): boolean {
	return level === 0 || Math.clz32(hashOf(offset)) >= level;
}

/** 32 well-mixed bits. Source: the finaliser of MurmurHash3, on the low and the high half. */
function hashOf(offset: Offset): number {
	let hash = (offset | 0) ^ Math.imul(Math.floor(offset / 2 ** 32) | 0, 0x9e37_79b1);
	hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
	hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
	return hash ^ (hash >>> 16);
}
