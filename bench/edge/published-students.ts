/**
 * Students in a signed registry behind HTTP, for the benchmark of edges.
 *
 * @module
 */
import {schemaDigestOf, toGoldenJson, type FeatureColumn, type PublicKeys} from '../../core/domain/index.ts';
import {loadOnnxSession} from '../../core/runtimes/index.ts';
import {chooseGolden, modelInputOf, quantizeNetwork, randomBatch, randomNetwork} from '../../distill/index.ts';
import {startArtifactServer} from '../../tests/artifact-server.ts';
import {manifestDraft} from '../../tests/manifest-draft.ts';
import {createRegistry} from '../../tests/registry-directory.ts';
import {makeKeyPair, trustIn} from '../../tests/registry-keys.ts';

/** Model of the benchmark. */
export const MODEL = 'loan-default';
/** Channel of the benchmark. */
export const CHANNEL = 'edge-stable';
/** A row that every student takes. */
export const FEATURES = {number0: 0.25, number1: -1.5, word0: 'value2'};

const NUMERIC = 40;
const HIDDEN = [128, 64];
const ROWS = 500;

/** A registry with versions 1 and 2. */
export interface PublishedStudents {
	readonly url: string;
	readonly keys: PublicKeys;
	/** Public keys in PEM. */
	readonly pem: string;
	/** @param channel - {@link CHANNEL} if absent. */
	move(version: number, channel?: string): Promise<void>;
	stop(): Promise<void>;
}

/** Publish two INT8 students into a directory and serve them. */
export async function publishStudents(directory: string): Promise<PublishedStudents> {
	const pair = makeKeyPair();
	const {registry} = await createRegistry(directory, trustIn(pair));
	for (const seed of [1, 2]) {
		const network = randomNetwork({numericCount: NUMERIC, vocabularySizes: [5], hidden: HIDDEN, flaggedShare: 0.5, seed});
		const rows = randomBatch(network, ROWS, {missingShare: 0.1, seed});
		const student = quantizeNetwork(network, rows);
		const session = await loadOnnxSession(student, {outputCount: 1, hasNumeric: true, hasCategorical: true});
		const golden = await chooseGolden({network, session, candidates: rows});
		await session.close();
		const input = modelInputOf(network);
		const columns: FeatureColumn[] = [
			...input.numeric.map(name => ({name, type: 'numeric'}) as const),
			...input.categorical.map(({feature}) => ({name: feature, type: 'categorical'}) as const),
		];
		const featureSchema = {version: 1, digest: schemaDigestOf({columns}), columns};
		await registry.publish(manifestDraft(`seed-${seed}`, {studentInput: input, teacherInput: input, featureSchema}), [
			{role: 'student', mediaType: 'application/octet-stream', bytes: student},
			{role: 'golden', mediaType: 'application/json', bytes: Buffer.from(toGoldenJson(golden))},
		]);
	}

	const server = await startArtifactServer(registry);
	return {
		url: server.url,
		keys: pair.publicKeys,
		pem: pair.publicPem,
		async move(version, channel = CHANNEL) {
			await registry.moveChannel({model: MODEL, channel, version, reason: 'benchmark', by: 'bench'});
		},
		stop: () => server.stop(),
	};
}
