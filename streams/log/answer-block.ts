/**
 * Answers to events that nobody has named, many in one row of the log: each is an event record with its decision record right behind.
 *
 * What a row of its own for every record costs, the index over names included, is most of what an answer costs. Ids that were made here count on from each
 * other ({@link TimeOrderedIds}), so that the first says all of them, and answer stands behind event, so that nothing need say where.
 *
 * @module
 */
import {IdSeries, TIERS, type DecisionRecord, type EventRecord, type Millis, type Offset} from '../../core/domain/index.ts';
import type {DecisionAppend} from './appends.ts';
import {KIND, type DecisionDetail, type LogRow} from './log-tables.ts';

/** Answers in a block, at most: whoever looks up one reads all of it. */
export const BLOCK_ANSWERS_MAX = 64;
const BYTES = Float64Array.BYTES_PER_ELEMENT;

/** What answers of a block can have in common. */
interface Said extends DecisionDetail {
	readonly version: number;
	readonly channel: string;
}

/** What stands in `detail` of a block. */
interface BlockDetail {
	/** Numbers of each event, and of each answer. */
	readonly width: number;
	readonly scores: number;
	/** The different things that were said; each answer has the place of its own. */
	readonly said: readonly Said[];
	/** Of the events, if any has one. */
	readonly entities?: readonly (string | null)[];
}

type Values = [number, number, number, number, number, number, string, string, null, string, Uint8Array];

/** How many of the answers from a place on can stand in one block; 0: the first stands by itself. */
export function blockLengthOf(answers: readonly DecisionAppend[], from: number): number {
	const {event, scores} = answers[from]!;
	const series = event.isNew === true ? IdSeries.of(event.id) : undefined;
	if (!series) {
		return 0;
	}

	const end = Math.min(answers.length, from + BLOCK_ANSWERS_MAX);
	let length = 1;
	while (from + length < end) {
		const next = answers[from + length]!;
		const isLike =
			next.event.isNew === true &&
			next.event.source === event.source &&
			next.event.schemaVersion === event.schemaVersion &&
			next.event.row.length === event.row.length &&
			next.scores.length === scores.length;
		if (!isLike || next.event.id !== series.at(length)) {
			break;
		}

		length++;
	}

	return length;
}

/** A block as a row of the log, in the order of the columns: `at` is its last offset, `ref` its first. */
export function toBlockRow(answers: readonly DecisionAppend[], first: Offset, recordedAt: Millis): Values {
	const {event, scores} = answers[0]!;
	const [count, width] = [answers.length, event.row.length];
	const numbers = new Float64Array(count * (1 + width + scores.length));
	const bytes = new Uint8Array(numbers.byteLength + count);
	const said: Said[] = [];
	for (const [index, answer] of answers.entries()) {
		numbers[index] = answer.event.time;
		numbers.set(answer.event.row, count + index * width);
		numbers.set(answer.scores, count * (1 + width) + index * scores.length);
		bytes[numbers.byteLength + index] = placeOf(answer, said);
	}

	bytes.set(new Uint8Array(numbers.buffer));
	const detail: BlockDetail = {
		width,
		scores: scores.length,
		said,
		...(answers.some(({event: {entity}}) => entity !== undefined) && {entities: answers.map(({event: {entity}}) => entity ?? null)}),
	};
	return [
		first + 2 * count - 1,
		KIND.block,
		first,
		event.time,
		recordedAt,
		event.schemaVersion,
		event.id,
		event.source,
		null,
		JSON.stringify(detail),
		bytes,
	];
}

/** Where it stands among what was said already, or from now on. Most answers of a block say the same. */
function placeOf(answer: DecisionAppend, said: Said[]): number {
	const tier = TIERS.indexOf(answer.tier);
	const place = said.findIndex(
		other =>
			other.tier === tier &&
			other.version === answer.version &&
			other.outcome === answer.outcome &&
			other.channel === answer.channel &&
			other.reason === answer.reason &&
			other.policy === answer.policy,
	);
	return place === -1 ? said.push(saidOf(answer)) - 1 : place;
}

function saidOf({tier, version, channel, reason, outcome, policy}: DecisionAppend): Said {
	return {
		version,
		channel,
		tier: TIERS.indexOf(tier),
		reason,
		...(outcome !== undefined && {outcome}),
		...(policy !== undefined && {policy}),
	};
}

/** A block that was read. Records are made when they are asked for, and share no memory with it. */
export class AnswerBlock {
	/** Offset of the first event. */
	readonly first: Offset;
	/** Offset of the last answer. */
	readonly last: Offset;
	readonly count: number;
	readonly schemaVersion: number;
	readonly recordedAt: Millis;
	readonly source: string;
	/** Numbers of an event. */
	readonly width: number;
	readonly times: Float64Array;
	/** Event by event. */
	readonly rows: Float64Array;
	readonly #ids: IdSeries;
	readonly #scoresWidth: number;
	readonly #scores: Float64Array;
	readonly #places: Uint8Array;
	readonly #detail: BlockDetail;

	/** @param row - Of kind {@link KIND.block}. */
	constructor(row: LogRow) {
		this.first = row.ref!;
		this.last = row.at;
		this.count = (row.at - row.ref! + 1) / 2;
		this.schemaVersion = row.number;
		this.recordedAt = row.recorded_at;
		this.source = row.source!;
		this.#ids = IdSeries.of(row.name!)!;
		this.#detail = JSON.parse(row.detail!) as BlockDetail;
		const {width, scores} = this.#detail;
		this.width = width;
		this.#scoresWidth = scores;
		const numbers = this.count * (1 + width + scores);
		const data = row.data!.byteOffset % BYTES === 0 ? row.data! : row.data!.slice();
		const all = new Float64Array(data.buffer, data.byteOffset, numbers);
		this.times = all.subarray(0, this.count);
		this.rows = all.subarray(this.count, this.count * (1 + width));
		this.#scores = all.subarray(this.count * (1 + width));
		this.#places = data.subarray(numbers * BYTES);
	}

	/** Where the event at a place stands in the log; its answer stands behind it. */
	offsetAt(place: number): Offset {
		return this.first + 2 * place;
	}

	idAt(place: number): string {
		return this.#ids.at(place);
	}

	entityAt(place: number): string | null {
		return this.#detail.entities?.[place] ?? null;
	}

	/** What was said of the event at a place. */
	saidAt(place: number): Readonly<Said> {
		return this.#detail.said[this.#places[place]!]!;
	}

	scoresAt(place: number): Float64Array {
		return this.#scores.slice(place * this.#scoresWidth, (place + 1) * this.#scoresWidth);
	}

	/** The event or answer at an offset, which must be within. */
	recordAt(offset: Offset): EventRecord | DecisionRecord {
		const place = (offset - this.first) >> 1;
		return (offset - this.first) % 2 === 0 ? this.#eventAt(place) : this.#answerAt(place);
	}

	#eventAt(place: number): EventRecord {
		const entity = this.entityAt(place);
		return {
			kind: 'event',
			offset: this.offsetAt(place),
			source: this.source,
			id: this.idAt(place),
			time: this.times[place]!,
			recordedAt: this.recordedAt,
			schemaVersion: this.schemaVersion,
			row: this.rows.slice(place * this.width, (place + 1) * this.width),
			...(entity !== null && {entity}),
		};
	}

	#answerAt(place: number): DecisionRecord {
		const {tier, version, channel, reason, outcome, policy} = this.saidAt(place);
		return {
			kind: 'decision',
			offset: this.offsetAt(place) + 1,
			eventOffset: this.offsetAt(place),
			time: this.times[place]!,
			recordedAt: this.recordedAt,
			tier: TIERS[tier]!,
			version,
			channel,
			reason,
			scores: this.scoresAt(place),
			...(outcome !== undefined && {outcome}),
			...(policy !== undefined && {policy}),
		};
	}
}
