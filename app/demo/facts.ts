/**
 * What a demo run found out, as the closing table and the closing line of JSON: both are made from what the REST face says afterwards.
 *
 * @module
 */
import {
	CHAMPION,
	classIndexOf,
	type EdgeStatus,
	type Manifest,
	type ModelSpec,
	type QualitySeries,
	type QualityWindow,
} from '../../core/domain/index.ts';
import {SqliteEventLogReader} from '../../streams/index.ts';
import type {PerennialClient} from '../replay/client.ts';
import type {ReplayReceipt} from '../replay/replay.ts';

/** The facts, in the form of the closing line. */
export interface DemoFacts {
	readonly events: number;
	readonly labels: number;
	/** Versions trained. */
	readonly retrains: number;
	/** Times the champion moved. */
	readonly promoted: number;
	/** Versions that a gate refused, and why each. */
	readonly refused: number;
	readonly refusals: readonly {readonly version: number; readonly reason: string}[];
	/** Runs of scheduled trainings that were skipped, there being too little to learn from. */
	readonly skipped: number;
	readonly alarms: number;
	/** Acknowledged events and labels that the log does not have. */
	readonly lost: number;
	/** Items that the system refused, by code. */
	readonly rejected: Readonly<Record<string, number>>;
	/** Mean AUC over the windows in which every series that ever scored could be judged; null for a series that never did. */
	readonly quality: Readonly<Record<QualitySeries, number | null>>;
	/** Windows behind `quality`. */
	readonly windows: number;
	readonly edge: {
		readonly verified: boolean;
		/** Golden outputs, and answers to the newest events, equal the server's bit for bit. */
		readonly bitEqual: boolean;
		readonly version: number | null;
		readonly compared: number;
	};
	readonly artifact: {readonly bytes: number | null; readonly sizeRatio: number | null; readonly speedRatio: number | null};
	readonly backend: string | null;
	readonly seconds: number;
}

/** What the facts are made from. */
export interface FactSources {
	readonly client: PerennialClient;
	readonly spec: ModelSpec;
	readonly receipt: ReplayReceipt;
	readonly logFile: string;
	/** Asks the edge agent itself; undefined if it does not run. */
	readonly edge:
		| {
				readonly status: EdgeStatus | undefined;
				readonly predict: (
					features: readonly Readonly<Record<string, unknown>>[],
				) => Promise<readonly {readonly version: number; readonly probability: number}[]>;
		  }
		| undefined;
	readonly seconds: number;
}

const SERIES: readonly QualitySeries[] = ['loop', 'frozen', 'online', 'teacher', 'student'];

/** Gather the facts. */
export async function gatherFacts({client, spec, receipt, logFile, edge, seconds}: FactSources): Promise<DemoFacts> {
	const model = spec.name;
	const [windows, alarms, versions, marks] = await Promise.all([
		client.quality(model),
		client.alarms(model),
		client.versions(model),
		client.marks(model),
	]);
	const moves = versions.length === 0 ? [] : (await client.history(model, CHAMPION)).filter(({channel}) => channel === CHAMPION);
	const scored = SERIES.filter(name => windows.some(({series}) => series[name].auc !== null));
	const judged = windows.filter(({series}) => scored.every(name => series[name].auc !== null));
	const refused = versions.filter(({accepted}) => !accepted);
	return {
		events: receipt.events.length,
		labels: receipt.labels.length,
		retrains: versions.length,
		promoted: moves.length,
		refused: refused.length,
		refusals: refused
			.map(({version, gates}) => ({
				version,
				reason: gates
					.filter(({passed}) => !passed)
					.map(({gate, reason}) => `${gate}: ${reason}`)
					.join(' '),
			}))
			.toReversed(),
		skipped: marks.filter(({kind}) => kind === 'skipped').length,
		alarms: alarms.length,
		lost: countLost(spec, receipt, logFile),
		rejected: receipt.refused,
		quality: Object.fromEntries(SERIES.map(name => [name, meanAuc(judged, name)])) as DemoFacts['quality'],
		windows: judged.length,
		edge: await compareEdge(client, receipt, edge),
		artifact: artifactOf(versions),
		backend: versions[0]?.lineage.backend ?? null,
		seconds: Math.round(seconds * 10) / 10,
	};
}

/** Looks every acknowledged id up in the log itself. */
function countLost(spec: ModelSpec, {events, labels}: ReplayReceipt, logFile: string): number {
	const reader = new SqliteEventLogReader(logFile);
	try {
		const offsets = new Map(events.map(id => [id, reader.eventsNamed(id)[0]?.offset]));
		const lostEvents = [...offsets.values()].filter(offset => offset === undefined).length;
		const lostLabels = labels.filter(({id, value}) => {
			const offset = offsets.get(id);
			return offset === undefined || !reader.labelsOf(offset).some(label => label.value === classIndexOf(value, spec));
		}).length;
		return lostEvents + lostLabels;
	} finally {
		reader.close();
	}
}

function meanAuc(windows: readonly QualityWindow[], name: QualitySeries): number | null {
	return windows.length === 0 || windows.some(({series}) => series[name].auc === null)
		? null
		: Math.round((windows.reduce((sum, {series}) => sum + series[name].auc!, 0) / windows.length) * 1e5) / 1e5;
}

/** The newest answers of the server that came from the edge's version, asked of the edge again. */
async function compareEdge(client: PerennialClient, {newest}: ReplayReceipt, edge: FactSources['edge']): Promise<DemoFacts['edge']> {
	const status = edge?.status;
	if (!edge || status?.version === undefined) {
		return {verified: false, bitEqual: false, version: null, compared: 0};
	}

	const answers = await edge.predict(newest.map(({features}) => features));
	let compared = 0;
	let different = 0;
	for (const [index, {decisionId}] of newest.entries()) {
		const {version, scores} = await client.decision(decisionId);
		const expected = Object.values(scores['student'] ?? {})[0];
		if (version === status.version && answers[index]?.version === version && expected !== undefined) {
			compared++;
			different += Object.is(answers[index].probability, expected) ? 0 : 1;
		}
	}

	return {verified: status.verified, bitEqual: status.bitEqual && different === 0, version: status.version, compared};
}

function artifactOf(versions: readonly Manifest[]): DemoFacts['artifact'] {
	const newest = versions.find(({accepted}) => accepted) ?? versions[0];
	const round = (value: number | null | undefined): number | null =>
		value === null || value === undefined ? null : Math.round(value * 1000) / 1000;
	return {
		bytes: newest?.blobs.find(({role}) => role === 'student')?.sizeBytes ?? null,
		sizeRatio: round(newest?.metrics['sizeRatio']),
		speedRatio: round(newest?.metrics['speedRatio']),
	};
}
