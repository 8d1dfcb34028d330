/**
 * The model that is served in benches: taught with labelled events, and trained, in a system that runs.
 *
 * @module
 */
import {setTimeout as sleep} from 'node:timers/promises';
import type {PerennialClient} from '../../app/replay/client.ts';
import {createRng, sigmoid} from '../../core/numerics/index.ts';
import {drawFeatures, FEATURES, MODEL} from './requests.ts';

const TRAINING_ROWS = 3000;
/** Looks for the new version, five a second. */
const LOOKS_MAX = 100;
const START = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;
/** The time up to which it is taught. */
export const TAUGHT_AT = START + 22 * DAY;
/** Its spec. */
export const SPEC = {
	name: MODEL,
	task: 'binary',
	label: {field: 'bad', delay: {fixed: 'P1D'}, maturity: 'P1D'},
	features: Array.from({length: FEATURES}, (_, index) => ({name: `f${index}`, type: 'numeric'})),
	online: {learners: ['logistic-regression']},
	offline: {minimumRows: 100, minimumNewLabels: 10, hidden: [32], effort: 'quick', teacher: 'mlp'},
	edge: {student: {hidden: [16]}},
	gates: {
		minimumRows: 20,
		challengerMustWin: false,
		studentAucLossMax: 0.5,
		decisionFlipsMax: 1,
		aucLossMax: 0.5,
		logitErrorRatioMax: 1,
	},
};

/** Register the model, `over` replacing whole fields of its spec, and give it labelled events. */
export async function teach(client: PerennialClient, over: Readonly<Record<string, unknown>> = {}): Promise<void> {
	const rng = createRng(1);
	await client.advance(START);
	await client.createModel({...SPEC, ...over});
	const events = Array.from({length: TRAINING_ROWS}, (_, index) => ({
		id: `e${index}`,
		time: new Date(START + (index * 20 * DAY) / TRAINING_ROWS).toISOString(),
		features: drawFeatures(rng),
	}));
	await client.advance(START + 20 * DAY);
	await client.events(MODEL, events);
	await client.labels(
		MODEL,
		events.map(({id, time, features}) => ({
			id,
			value: rng() < sigmoid(2 * features['f0']! - features['f1']!) ? 1 : 0,
			observedAt: new Date(Date.parse(time) + DAY).toISOString(),
		})),
	);
	await client.advance(TAUGHT_AT);
}

/** Train the next version. Why it did not go live; undefined if it did. */
export async function train(client: PerennialClient, version: number): Promise<string | undefined> {
	let job = await client.askJob({kind: 'train', model: MODEL, reason: 'bench'});
	while (job.endedAt === undefined) {
		await sleep(200);
		job = await client.job(job.id);
	}

	let {champion} = await client.model(MODEL);
	// The server loads what the channel points at now a moment after the job has ended.
	for (let look = 0; look < LOOKS_MAX && champion?.version !== version; look++) {
		await sleep(200);
		({champion} = await client.model(MODEL));
	}

	return champion?.version === version
		? undefined
		: `no version went live: ${job.error?.message ?? String(job.result?.['reason'] ?? job.message)}`;
}
