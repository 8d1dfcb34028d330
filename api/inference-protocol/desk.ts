/**
 * What the faces of the Open Inference Protocol ask for, and how a request becomes its response, whichever face it came by.
 *
 * @module
 */
import {CHAMPION, PerennialError} from '../../core/domain/index.ts';
import type {PredictRequestItem} from '../front.ts';
import type {InferRequest} from './infer-request.ts';
import {checkOutputs, toInferResponse, toItems, type InferenceAnswer, type InferResponse, type ServedModel} from './model-tensors.ts';

/** What became of a row: an answer, or what is wrong with it. */
export type InferenceResult =
	| {readonly prediction: InferenceAnswer}
	| {readonly faults: readonly {readonly path: string; readonly message: string}[]};

/** What these routes ask for. */
export interface InferenceDesk {
	/** Every model that takes events. */
	list(): Promise<ServedModel[]>;
	/** @throws PerennialError - MODEL_NOT_FOUND, MODEL_RETIRED. */
	describe(model: string): Promise<ServedModel>;
	/** Resolves when the answers are on disk. */
	predict(model: string, items: readonly PredictRequestItem[], channel: string): Promise<readonly InferenceResult[]>;
	/** Load what the channels point at, checked. @throws PerennialError - MODEL_NOT_FOUND. */
	load(model: string): Promise<void>;
	/** Free its versions and refuse to answer until it is loaded again. @throws PerennialError - MODEL_NOT_FOUND. */
	unload(model: string): Promise<void>;
	/** What is not ready to serve, in words; empty if all is. */
	unready(): Promise<readonly string[]>;
}

/** Name of the server, and of the platform of its models. */
export const SERVER = 'perennial';

/**
 * Answer a request.
 *
 * @param version - Number of a version that a channel points at; undefined for the champion's.
 * @throws PerennialError - MODEL_NOT_FOUND, VERSION_NOT_FOUND, FIELD_UNKNOWN, FIELD_TYPE, EVENT_INVALID; what the model throws.
 */
export async function infer(
	desk: InferenceDesk,
	{model: name, version}: {readonly model: string; readonly version?: string | undefined},
	asked: InferRequest,
): Promise<InferResponse> {
	const model = await desk.describe(name);
	checkOutputs(model, asked);
	const results = await desk.predict(model.name, toItems(model, asked.inputs), channelOf(model, version));
	return toInferResponse(model, asked, answersOf(results));
}

/** The channel that answers for a version; the champion's if none is named. @throws PerennialError - VERSION_NOT_FOUND. */
export function channelOf({name, versions}: ServedModel, version: string | undefined): string {
	if (version === undefined) {
		return CHAMPION;
	}

	const found = versions.find(live => String(live.version) === version);
	if (!found) {
		throw new PerennialError(
			'VERSION_NOT_FOUND',
			`No channel of ${name} points at version ${JSON.stringify(version)}; ${
				versions.length === 0 ? 'none is live yet' : `live are ${versions.map(live => live.version).join(', ')}`
			}. PUT /v1/models/${name}/channels/... brings one live.`,
		);
	}

	return found.channel;
}

/** The protocol knows no errors row by row: one bad row refuses the request. Rows that were in order are recorded all the same. */
function answersOf(results: readonly InferenceResult[]): InferenceAnswer[] {
	return results.map((result, row) => {
		if ('faults' in result) {
			const {path, message} = result.faults[0]!;
			throw new PerennialError('EVENT_INVALID', `Row ${row}: ${path} ${message}.`);
		}

		return result.prediction;
	});
}
