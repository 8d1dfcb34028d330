/**
 * A model in tensors: one input a feature, one row an element; and the outputs of an answer.
 *
 * @module
 */
import {PerennialError, type FeatureColumn} from '../../core/domain/index.ts';
import type {PredictRequestItem} from '../front.ts';
import type {InferRequest} from './infer-request.ts';
import {kindOf, refusal, toBinaryData, type Datatype, type Tensor, type TensorElement} from './tensor.ts';

/** A model as the protocol sees it. */
export interface ServedModel {
	readonly name: string;
	readonly features: readonly FeatureColumn[];
	/** Names of the classes if there are more than two; empty for a binary model. */
	readonly classes: readonly string[];
	/** Versions that channels point at, the champion's first; each is answered for by its channel. */
	readonly versions: readonly {readonly version: number; readonly channel: string}[];
	/** Why it cannot answer; undefined if it can. */
	readonly unready?: string;
}

/** An answer to one row. */
export interface InferenceAnswer {
	readonly decisionId: string;
	readonly score: number;
	readonly probability: number;
	readonly probabilities?: Readonly<Record<string, number>>;
	readonly outcome?: string;
	readonly tier: string;
	readonly version: number;
}

/** A tensor of the metadata; -1 is the number of rows. */
export interface TensorMetadata {
	readonly name: string;
	readonly datatype: Datatype;
	readonly shape: readonly number[];
}

/** Inputs beside the features, each BYTES: who the event is, so that labels find it, whose it is, and when it happened. A feature of that name wins. */
export const EVENT_INPUTS = {'event.id': 'id', 'event.entity': 'entity', 'event.time': 'time'} as const;

const PREFERRED: Readonly<Record<FeatureColumn['type'], Datatype>> = {
	numeric: 'FP64',
	boolean: 'BOOL',
	categorical: 'BYTES',
	text: 'BYTES',
};
const TAKEN: Readonly<Record<FeatureColumn['type'], readonly ReturnType<typeof kindOf>[]>> = {
	numeric: ['number'],
	boolean: ['boolean', 'number'],
	categorical: ['text', 'number', 'boolean'],
	text: ['text'],
};

/** Input tensors of a model, one a feature. A feature that a request leaves out is missing in every row. */
export function inputsOf({features}: Pick<ServedModel, 'features'>): TensorMetadata[] {
	return features.map(({name, type}) => ({name, datatype: PREFERRED[type], shape: [-1]}));
}

/** Output tensors of a model. */
export function outputsOf({classes}: Pick<ServedModel, 'classes'>): TensorMetadata[] {
	return [
		{name: 'probability', datatype: 'FP64', shape: classes.length === 0 ? [-1] : [-1, classes.length]},
		{name: 'score', datatype: 'FP64', shape: [-1]},
		{name: 'outcome', datatype: 'BYTES', shape: [-1]},
		{name: 'decisionId', datatype: 'BYTES', shape: [-1]},
		{name: 'tier', datatype: 'BYTES', shape: [-1]},
		{name: 'version', datatype: 'INT64', shape: [-1]},
	];
}

/**
 * The rows of a request as items to answer.
 *
 * @throws PerennialError - FIELD_UNKNOWN for a tensor that the model has not, FIELD_TYPE for one of another shape or datatype.
 */
export function toItems(model: ServedModel, inputs: readonly Tensor[]): PredictRequestItem[] {
	const rowCount = inputs[0]!.shape[0] ?? 0;
	const seen = new Set<string>();
	for (const tensor of inputs) {
		checkInput(model, tensor, rowCount);
		if (seen.has(tensor.name)) {
			throw refusal(tensor.name, 'is there twice; send each input once');
		}

		seen.add(tensor.name);
	}

	const isFeature = new Set(model.features.map(({name}) => name));
	return Array.from({length: rowCount}, (_, row) => {
		const item: Record<string, unknown> & {features: Record<string, TensorElement>} = {features: {}};
		for (const {name, elements} of inputs) {
			const element = elements[row]!;
			if (isFeature.has(name)) {
				item.features[name] = element;
			} else if (element !== null) {
				item[EVENT_INPUTS[name as keyof typeof EVENT_INPUTS]] = element;
			}
		}

		return item;
	});
}

function checkInput({name: model, features}: ServedModel, {name, shape, datatype}: Tensor, rowCount: number): void {
	const feature = features.find(candidate => candidate.name === name);
	if (!feature && !(name in EVENT_INPUTS)) {
		const message = `is no input of ${model}; it takes ${features.map(candidate => candidate.name).join(', ')}`;
		throw new PerennialError('FIELD_UNKNOWN', `Tensor ${JSON.stringify(name)} ${message}.`, {
			faults: [{path: name, code: 'FIELD_UNKNOWN', message}],
		});
	}

	const type = feature?.type ?? 'text';
	if (!TAKEN[type].includes(kindOf(datatype))) {
		throw refusal(name, `is ${datatype}; this ${feature ? `${type} feature` : 'input'} takes ${PREFERRED[type]}`);
	}

	const isColumn = shape.length === 1 || (shape.length === 2 && shape[1] === 1);
	if (!isColumn || shape[0] !== rowCount || rowCount === 0) {
		throw refusal(
			name,
			`has the shape [${shape.join(', ')}]; each input is one column, [rows] or [rows, 1], with at least one row and as many as the first`,
		);
	}
}

/** The answer to a request: its JSON part, and the bytes that follow it. */
export interface InferResponse {
	readonly header: {
		readonly model_name: string;
		readonly model_version: string;
		readonly id?: string;
		readonly outputs: readonly (TensorMetadata & {
			readonly data?: readonly TensorElement[];
			readonly parameters?: {readonly binary_data_size: number};
		})[];
	};
	readonly binary: readonly Uint8Array[];
}

/**
 * Answers as output tensors.
 *
 * @throws PerennialError - FIELD_UNKNOWN for an output that the model has not.
 */
export function toInferResponse(model: ServedModel, request: InferRequest, answers: readonly InferenceAnswer[]): InferResponse {
	const known = outputsOf(model);
	const wanted = request.outputs ?? known.map(({name}) => ({name, isBinary: request.isBinary}));
	const binary: Uint8Array[] = [];
	const outputs = wanted.map(({name, isBinary}) => {
		const {datatype, shape} = known.find(output => output.name === name)!;
		const elements = answers.flatMap(answer => elementsOf(name, answer, model.classes));
		const tensor = {name, datatype, shape: [answers.length, ...shape.slice(1)]};
		if (!isBinary) {
			return {...tensor, data: elements};
		}

		const bytes = toBinaryData(elements, datatype as 'FP64' | 'INT64' | 'BYTES');
		binary.push(bytes);
		return {...tensor, parameters: {binary_data_size: bytes.length}};
	});
	const {id} = request;
	return {
		header: {model_name: model.name, model_version: String(answers[0]!.version), ...(id !== undefined && {id}), outputs},
		binary,
	};
}

/** @throws PerennialError - FIELD_UNKNOWN. To be asked before anything is answered. */
export function checkOutputs(model: ServedModel, {outputs = []}: InferRequest): void {
	const known = outputsOf(model).map(({name}) => name);
	for (const {name} of outputs) {
		if (!known.includes(name)) {
			const message = `is no output of ${model.name}; it gives ${known.join(', ')}`;
			throw new PerennialError('FIELD_UNKNOWN', `Tensor ${JSON.stringify(name)} ${message}.`, {
				faults: [{path: name, code: 'FIELD_UNKNOWN', message}],
			});
		}
	}
}

function elementsOf(name: string, answer: InferenceAnswer, classes: readonly string[]): TensorElement[] {
	switch (name) {
		case 'probability': {
			return classes.length === 0 ? [answer.probability] : classes.map(label => answer.probabilities![label]!);
		}

		case 'outcome': {
			return [answer.outcome ?? ''];
		}

		default: {
			return [answer[name as 'score' | 'decisionId' | 'tier' | 'version']];
		}
	}
}
