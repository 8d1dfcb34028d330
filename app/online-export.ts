/**
 * The online learner of a model, taken from its newest checkpoint, as an ONNX file and a description beside it. Only reads what a running system writes.
 *
 * @module
 */
import {existsSync, mkdirSync} from 'node:fs';
import path from 'node:path';
import {
	digestOf,
	featureSchemaOf,
	outputCountOf,
	PerennialError,
	replaceFile,
	type CategoryDictionary,
	type Digest,
	type FeatureSchema,
	type LearnerDefinition,
	type Logger,
	type ModelInput,
	type Offset,
	type PortableModel,
} from '../core/domain/index.ts';
import {learnerToOnnx} from '../distill/index.ts';
import {ModelStore, openStore, type ModelRow} from '../store/index.ts';
import {CheckpointStore, SqliteEventLogReader} from '../streams/index.ts';
import {dataPathsOf, type Config} from './config.ts';
import {ModelConsumer} from './model-consumer.ts';
import {learnerOf} from './learner-of.ts';
import {logFileOf} from './model-runtime.ts';

/** What stands beside an exported file. */
export interface OnlineExportFacts {
	readonly model: string;
	readonly learner: string;
	readonly specVersion: number;
	readonly schemaVersion: number;
	/** Every record of the log up to here had been read. */
	readonly offset: Offset;
	readonly labelsLearnt: number;
	/** 1 for binary tasks, K for several classes. */
	readonly outputCount: number;
	/** The weekly teacher, which a mixture takes in where it answers, is no input of the file. */
	readonly takesTeacher: false;
	/** Columns of the inputs in their order; value i of a vocabulary has the code i + 1, and everything else 0. */
	readonly input: ModelInput;
	/** Name of the ONNX file beside this description. */
	readonly file: string;
	readonly sizeBytes: number;
	readonly sha256: Digest;
}

/** Options of {@link exportOnline}. */
export interface OnlineExportOptions {
	readonly config: Pick<Config, 'dataDirectory'>;
	readonly model: string;
	/** The ONNX file; replaced whole if it is there. Its description gets the same name with `.json`. */
	readonly out: string;
	readonly logger: Logger;
}

/**
 * Write a model's online learner as it stands in its newest checkpoint.
 *
 * The file answers without the weekly teacher. A value that the log first saw later counts as missing. Both files are durable when this resolves; after
 * a crash between the two the description's digest does not match the file.
 *
 * @throws PerennialError - MODEL_NOT_FOUND, MODEL_NOT_READY if there is no checkpoint for the model's spec yet, PARAMETER_INVALID if its learner
 * has no portable form, CHECKPOINT_CORRUPT, STORAGE_FULL.
 */
export async function exportOnline({config, model, out, logger}: OnlineExportOptions): Promise<OnlineExportFacts> {
	const row = await findModel(config, model);
	const definition = learnerOf(row.row);
	const {consumer, offset, dictionary} = restoreLearner(config, row, definition, logger);
	const {schema} = row;
	const shape = {schema, outputCount: outputCountOf(row.row.spec)};
	const portable = definition.describe?.(shape, consumer.parameters);
	if (!portable) {
		throw new PerennialError(
			'PARAMETER_INVALID',
			`The learner ${definition.name} has no portable form; choose another in the spec of ${model}.`,
		);
	}

	const input = inputOf(schema, dictionary);
	const facts = {
		model,
		learner: definition.name,
		specVersion: row.row.specVersion,
		schemaVersion: schema.version,
		offset,
		labelsLearnt: consumer.learntCount,
		outputCount: shape.outputCount,
		takesTeacher: false,
		input,
	} as const;
	const bytes = toBytes(portable, facts);
	const all = {...facts, file: path.basename(out), sizeBytes: bytes.length, sha256: digestOf(bytes)};
	mkdirSync(path.dirname(out), {recursive: true});
	await replaceFile(out, bytes);
	await replaceFile(descriptionOf(out), `${JSON.stringify(all, null, '\t')}\n`);
	return all;
}

/** The file that describes an exported one. */
export function descriptionOf(out: string): string {
	return `${out.replace(/\.onnx$/v, '')}.json`;
}

interface FoundModel {
	readonly row: ModelRow;
	readonly schema: FeatureSchema;
	readonly schemas: ReadonlyMap<number, FeatureSchema>;
}

async function findModel(config: Pick<Config, 'dataDirectory'>, model: string): Promise<FoundModel> {
	const file = dataPathsOf(config).store;
	if (!existsSync(file)) {
		throw new PerennialError(
			'MODEL_NOT_FOUND',
			`${config.dataDirectory} holds no models; set PERENNIAL_DATA_DIRECTORY to the one that does.`,
		);
	}

	const store = await openStore(file);
	try {
		const models = new ModelStore(store.db);
		const row = await models.get(model);
		const schemas = new Map(
			(await models.schemas(model)).map(({spec, schemaVersion}) => [schemaVersion, featureSchemaOf(spec, schemaVersion)]),
		);
		return {row, schemas, schema: schemas.get(row.schemaVersion)!};
	} finally {
		await store.close();
	}
}

function restoreLearner(
	config: Pick<Config, 'dataDirectory'>,
	{row, schema, schemas}: FoundModel,
	definition: LearnerDefinition,
	logger: Logger,
): {consumer: ModelConsumer; offset: Offset; dictionary: CategoryDictionary} {
	const logFile = logFileOf(dataPathsOf(config).streams, row);
	const checkpointFile = logFile.replace('.log.db', '.checkpoints.db');
	const notReady = (): PerennialError =>
		new PerennialError(
			'MODEL_NOT_READY',
			`${row.name} has no checkpoint for its spec yet; let it run for a few seconds and try again.`,
		);
	if (!existsSync(logFile) || !existsSync(checkpointFile)) {
		throw notReady();
	}

	const reader = new SqliteEventLogReader(logFile);
	const checkpoints = new CheckpointStore(checkpointFile, {logger});
	try {
		const dictionary = reader.dictionary();
		const consumer = new ModelConsumer({
			spec: row.spec,
			schema,
			schemas,
			definition,
			lookup: {
				eventAt: offset => reader.eventAt(offset),
				decisionOf: event => reader.decisionOf(event),
				valueOf: (feature, code) => dictionary.valueOf(feature, code),
			},
			onDrift() {
				// Nothing is consumed here, so no window of drift ever ends.
			},
			onMonitorFailure() {
				// And no monitor is told anything.
			},
		});
		const checkpoint = checkpoints.load(consumer.signature);
		if (!checkpoint) {
			throw notReady();
		}

		consumer.restore(checkpoint.parts);
		return {consumer, offset: checkpoint.offset, dictionary};
	} finally {
		checkpoints.close();
		reader.close();
	}
}

/** Inputs of the file: codes of its categories are those of the dictionary, so the vocabulary is the whole dictionary. */
function inputOf({columns}: FeatureSchema, dictionary: CategoryDictionary): ModelInput {
	return {
		numeric: columns.filter(({type}) => type !== 'categorical').map(({name}) => name),
		categorical: columns
			.filter(({type}) => type === 'categorical')
			.map(({name}) => ({feature: name, vocabulary: [...dictionary.valuesOf(name)]})),
	};
}

function toBytes(
	portable: PortableModel,
	{input, ...facts}: Pick<OnlineExportFacts, 'input' | 'model' | 'learner' | 'labelsLearnt' | 'offset'>,
): Uint8Array {
	return learnerToOnnx(portable, {
		numericCount: input.numeric.length,
		categoricalCount: input.categorical.length,
		metadata: {model: facts.model, learner: facts.learner, labelsLearnt: String(facts.labelsLearnt), offset: String(facts.offset)},
	});
}
