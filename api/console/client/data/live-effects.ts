/**
 * What a message of the live stream changes in what the page has read.
 *
 * @module
 */
import type {
	Alarm,
	ChannelMove,
	DriftWindow,
	EdgeStatus,
	Job,
	ModelSummary,
	QualityWindow,
	TimelineMark,
} from '../../../../core/domain/index.ts';
import {keyOf, type ResourceKey, type ResourceName, type ResourceTypes} from './resources.ts';

/** A change of one resource; left out where the page has not read it. */
export interface ResourceUpdate {
	readonly key: ResourceKey;
	readonly update: (value: unknown) => unknown;
}

/** What follows from a message. */
export interface LiveEffects {
	readonly updates: readonly ResourceUpdate[];
	/**
	 * What begins so is to be read again, soon: the message says that it has changed, and not how. A key without its channel means all channels,
	 * the beginning of the ids of answers all of them.
	 */
	readonly refresh: readonly (ResourceKey | `decision|d-${string}`)[];
	/** Everything has to be read again. */
	readonly reset: boolean;
}

/** Items of one list kept in the page; the oldest leave. */
const ITEMS_MAX = 5000;

/**
 * Effects of one message. Messages may come twice, and may be older than what was read: each replaces the item that it is about.
 *
 * @example
 * effectsOf('reset', {}).reset; //=> true
 * effectsOf('version', {model: 'a', version: 2}).refresh; //=> ['versions|a|', 'moves|a|', 'models||', 'detail|a|', 'clock||']
 * effectsOf('of tomorrow', {}).updates; //=> []
 */
export function effectsOf(type: string, data: unknown): LiveEffects {
	const none = {updates: [], refresh: [], reset: false};
	switch (type) {
		case 'reset': {
			return {...none, reset: true};
		}

		case 'clock': {
			const {now} = data as {now: string};
			return {...none, updates: [change('clock', '', '', clock => ({...clock, now}))]};
		}

		case 'model': {
			const summary = data as ModelSummary;
			return {
				...none,
				updates: [
					change('models', '', '', models => upsert(models, summary, ({name}) => name)),
					change('detail', summary.name, '', detail => ({...detail, ...summary})),
				],
			};
		}

		case 'job': {
			const byAge = (a: Job, b: Job): number => b.createdAt - a.createdAt;
			const job = data as Job;
			const put = (jobs: readonly Job[]): readonly Job[] => upsert(jobs, job, ({id}) => id, byAge).slice(0, ITEMS_MAX);
			const backtests = job.kind === 'backtest' ? [change('backtests', job.model, '', put)] : [];
			return {...none, updates: [change('jobs', '', '', put), ...backtests]};
		}

		case 'edge': {
			return {
				...none,
				updates: [change('edges', '', '', edges => upsert(edges, data as EdgeStatus, ({edge, model}) => `${edge} ${model}`))],
				refresh: [keyOf('models')],
			};
		}

		default: {
			return {...none, ...ofModel(type, data)};
		}
	}
}

/** Messages about one model's history. */
function ofModel(type: string, data: unknown): Partial<LiveEffects> {
	const {model} = data as {model: string};
	const summary = [keyOf('models'), keyOf('detail', model), keyOf('clock')];
	switch (type) {
		case 'quality': {
			const {window} = data as {window: QualityWindow};
			return {
				updates: [change('quality', model, '', windows => newest(upsert(windows, window, ({start}) => start, byStart)))],
				// Labels have come, perhaps one of an answer that somebody looks at.
				refresh: [...summary, keyOf('vintages', model), keyOf('segments', model), `decision|d-${model}-`],
			};
		}

		case 'review': {
			const {decisionId} = data as {decisionId: string};
			return {refresh: [keyOf('decision', decisionId)]};
		}

		case 'drift': {
			const {window} = data as {window: DriftWindow};
			return {updates: [change('drift', model, '', windows => newest(upsert(windows, window, ({start}) => start, byStart)))]};
		}

		case 'alarm': {
			const byOpening = (a: Alarm, b: Alarm): number => compare(b.openedAt, a.openedAt);
			return {
				updates: [
					change('alarms', model, '', alarms => upsert(alarms, data as Alarm, ({id}) => id, byOpening).slice(0, ITEMS_MAX)),
				],
				refresh: summary,
			};
		}

		case 'mark': {
			const {mark} = data as {mark: TimelineMark};
			const idOf = ({at, kind, version}: TimelineMark): string => `${at} ${kind} ${version ?? ''}`;
			const updates = [change('marks', model, '', marks => newest(upsert(marks, mark, idOf, (a, b) => compare(a.at, b.at))))];
			return {updates, refresh: [...summary, keyOf('versions', model), keyOf('moves', model)]};
		}

		case 'version': {
			return {refresh: [keyOf('versions', model), keyOf('moves', model), ...summary]};
		}

		case 'channel': {
			const move = data as ChannelMove;
			const updates = [
				change('moves', model, move.channel, moves =>
					newest(
						upsert(
							moves,
							move,
							({sequence}) => sequence,
							(a, b) => a.sequence - b.sequence,
						),
					),
				),
			];
			return {updates, refresh: [keyOf('versions', model), ...summary]};
		}

		default: {
			// A newer server may say more than this page knows.
			return {};
		}
	}
}

function change<Name extends ResourceName>(
	name: Name,
	model: string,
	channel: string,
	update: (value: ResourceTypes[Name]) => ResourceTypes[Name],
): ResourceUpdate {
	return {key: keyOf(name, model, channel), update: value => update(value as ResourceTypes[Name])};
}

function upsert<Item>(
	items: readonly Item[],
	item: Item,
	idOf: (item: Item) => string | number,
	order?: (a: Item, b: Item) => number,
): readonly Item[] {
	const at = items.findIndex(other => idOf(other) === idOf(item));
	const all = at === -1 ? [...items, item] : items.with(at, item);
	return order ? all.toSorted(order) : all;
}

function newest<Item>(items: readonly Item[]): readonly Item[] {
	return items.slice(-ITEMS_MAX);
}

function byStart(a: {readonly start: string}, b: {readonly start: string}): number {
	return compare(a.start, b.start);
}

function compare(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}
