/**
 * Ranges of the blocks of a log as columns, and columns out of two places as one.
 *
 * @module
 */
import type {DatabaseSync, StatementSync} from 'node:sqlite';
import {TIERS, type Offset} from '../../core/domain/index.ts';
import {AnswerBlock, BLOCK_ANSWERS_MAX} from './answer-block.ts';
import type {DecisionColumns, EventColumns, TextColumn} from './log-range.ts';
import type {LogRow} from './log-tables.ts';

/** A block, and which of its places a range covers: `from` to `to`, the last excluded. */
interface Part {
	readonly block: AnswerBlock;
	readonly from: number;
	readonly to: number;
}

/** Reads blocks. Cost: O(answers in the range). */
export class BlockColumns {
	readonly #blocks: StatementSync;

	constructor(database: DatabaseSync) {
		this.#blocks = database.prepare('SELECT * FROM log WHERE at > ? AND at < ? AND kind = 4 AND ref <= ? ORDER BY at');
	}

	/** Events with `after < offset <= through`, one item a schema version. */
	events(after: Offset, through: Offset): EventColumns[] {
		const parts = this.#parts(after, through, 0);
		const versions = [...new Set(parts.map(({block}) => block.schemaVersion))].toSorted((a, b) => a - b);
		return versions.map(version =>
			eventsOf(
				version,
				parts.filter(({block}) => block.schemaVersion === version),
			),
		);
	}

	/** Their answers, likewise. */
	decisions(after: Offset, through: Offset): DecisionColumns {
		const places = placesOf(this.#parts(after, through, 1));
		const said = places.map(({block, place}) => block.saidAt(place));
		return {
			offsets: Float64Array.from(places, ({block, place}) => block.offsetAt(place) + 1),
			events: Float64Array.from(places, ({block, place}) => block.offsetAt(place)),
			versions: Float64Array.from(said, ({version}) => version),
			tiers: said.map(({tier}) => TIERS[tier]!),
			channels: said.map(({channel}) => channel),
			outcomes: said.map(({outcome}) => outcome ?? null),
			scores: places.map(({block, place}) => block.scoresAt(place)),
		};
	}

	/** @param behind - 0 for events, 1 for the answers behind them. */
	#parts(after: Offset, through: Offset, behind: 0 | 1): Part[] {
		const rows = this.#blocks.all(after, through + 2 * BLOCK_ANSWERS_MAX, through) as unknown as LogRow[];
		return rows
			.map(row => {
				const block = new AnswerBlock(row);
				return {
					block,
					from: Math.max(0, Math.ceil((after + 1 - behind - block.first) / 2)),
					to: Math.min(block.count, Math.floor((through - behind - block.first) / 2) + 1),
				};
			})
			.filter(({from, to}) => from < to);
	}
}

function placesOf(parts: readonly Part[]): {readonly block: AnswerBlock; readonly place: number}[] {
	return parts.flatMap(({block, from, to}) => Array.from({length: to - from}, (_, index) => ({block, place: from + index})));
}

function eventsOf(schemaVersion: number, parts: readonly Part[]): EventColumns {
	const places = placesOf(parts);
	const {width} = parts[0]!.block;
	const features = Array.from({length: width}, () => new Float64Array(places.length));
	for (const [at, {block, place}] of places.entries()) {
		for (let column = 0; column < width; column++) {
			features[column]![at] = block.rows[place * width + column]!;
		}
	}

	return {
		schemaVersion,
		offsets: Float64Array.from(places, ({block, place}) => block.offsetAt(place)),
		times: Float64Array.from(places, ({block, place}) => block.times[place]!),
		recordedAt: Float64Array.from(places, ({block}) => block.recordedAt),
		ids: places.map(({block, place}) => block.idAt(place)),
		sources: oneText(places.map(({block}) => block.source)),
		entities: places.map(({block, place}) => block.entityAt(place)),
		features,
	};
}

/** Events of two places, of any versions, in order. */
export function mergeEvents(ones: readonly EventColumns[], others: readonly EventColumns[]): EventColumns[] {
	if (others.length === 0) {
		return [...ones];
	}

	const versions = [...new Set([...ones, ...others].map(({schemaVersion}) => schemaVersion))].toSorted((a, b) => a - b);
	return versions.map(version => {
		const [one, other] = [ones, others].map(columns => columns.find(({schemaVersion}) => schemaVersion === version));
		return one && other ? mergeVersion(one, other) : (one ?? other)!;
	});
}

function mergeVersion(one: EventColumns, other: EventColumns): EventColumns {
	const pick = pickerOf(one.offsets, other.offsets);
	return {
		schemaVersion: one.schemaVersion,
		offsets: pick.numbers(one.offsets, other.offsets),
		times: pick.numbers(one.times, other.times),
		recordedAt: pick.numbers(one.recordedAt, other.recordedAt),
		ids: pick.items(one.ids, other.ids),
		sources: oneText(pick.items(textsOf(one.sources, one.offsets.length), textsOf(other.sources, other.offsets.length))),
		entities: pick.items(one.entities, other.entities),
		features: one.features.map((column, index) => pick.numbers(column, other.features[index]!)),
	};
}

/** Answers of two places, in order. */
export function mergeDecisions(one: DecisionColumns, other: DecisionColumns): DecisionColumns {
	if (other.offsets.length === 0) {
		return one;
	}

	const pick = pickerOf(one.offsets, other.offsets);
	return {
		offsets: pick.numbers(one.offsets, other.offsets),
		events: pick.numbers(one.events, other.events),
		versions: pick.numbers(one.versions, other.versions),
		tiers: pick.items(one.tiers, other.tiers),
		channels: pick.items(one.channels, other.channels),
		outcomes: pick.items(one.outcomes, other.outcomes),
		scores: pick.items(one.scores, other.scores),
	};
}

interface Picker {
	numbers(one: Float64Array, other: Float64Array): Float64Array;
	items<Item>(one: readonly Item[], other: readonly Item[]): Item[];
}

/** Picks from two columns in the order of their offsets; the places of the second follow those of the first. */
function pickerOf(one: Float64Array, other: Float64Array): Picker {
	const places: number[] = [];
	for (let [left, right] = [0, 0]; left < one.length || right < other.length;) {
		const isLeft = right === other.length || (left < one.length && one[left]! < other[right]!);
		places.push(isLeft ? left++ : one.length + right++);
	}

	return {
		numbers: (left, right) => Float64Array.from(places, place => (place < left.length ? left[place]! : right[place - left.length]!)),
		items: (left, right) => places.map(place => (place < left.length ? left[place]! : right[place - left.length]!)),
	};
}

function textsOf(column: TextColumn, length: number): readonly string[] {
	return typeof column === 'string' ? Array.from({length}, () => column) : column;
}

/** One text where all are the same. */
function oneText(texts: readonly string[]): TextColumn {
	return texts.length > 0 && texts.every(text => text === texts[0]) ? texts[0]! : texts;
}
