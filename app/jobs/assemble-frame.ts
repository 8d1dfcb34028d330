/**
 * The frame of a job: what was known by then, and what the spec makes of labels that are not final; and the newest events, which no label can judge yet.
 *
 * @module
 */
import type {FrameDefinition, TrainingFrame} from '../../core/domain/index.ts';
import {closingTimesOf, completeFrame} from '../../trainers/index.ts';
import type {Lake} from '../../streams/index.ts';

/** Newest events that the rows which judge are compared with, at most. */
const OPEN_ROWS_MAX = 4000;

/** What is cut, without which rows. */
export type AssembleRequest = Omit<Parameters<Lake['cut']>[1], 'rows' | 'after' | 'newestMax'>;

/** Cuts a frame of the lake: `Lake.cut` of a log, or `Lake.rebuildCut`. */
export type Cut = Lake['rebuildCut'];

/**
 * Cut the frame that a teacher learns from. With `label.unfinal: exclude` it is the lake's frame of final labels, otherwise see completeFrame; the
 * label rule in its definition then says what was done. The same log and request give the same frame.
 */
export async function assembleFrame(cut: Cut, request: AssembleRequest): Promise<TrainingFrame> {
	const {unfinal, closes} = request.spec.label;
	if (unfinal === 'exclude') {
		return (await cut(request)).frame;
	}

	const {frame: whole, knownAt} = await cut({...request, rows: 'all'});
	const closesAt = closingTimesOf(whole, closes);
	const {frame, notes} = await completeFrame({frame: whole, knownAt, asOf: request.asOf, ...(closesAt && {closesAt})}, unfinal);
	const definition: FrameDefinition = {...frame.definition, labelRule: `${frame.definition.labelRule}; ${unfinal}: ${notes.join(', ')}`};
	return {...frame, definition};
}

/** The newest events after the newest row of a frame, 4,000 at most; undefined if the frame has no row. */
export async function cutOpenRows(cut: Cut, request: AssembleRequest, frame: TrainingFrame): Promise<TrainingFrame | undefined> {
	const newest = frame.times.at(-1);
	return newest === undefined ? undefined : (await cut({...request, rows: 'all', after: newest, newestMax: OPEN_ROWS_MAX})).frame;
}
