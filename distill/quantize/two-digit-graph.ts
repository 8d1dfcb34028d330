/**
 * The graph of a network in two digits: each layer is two integer kernels that share one matrix of weights, and their sum.
 *
 * @module
 */
import type {CategoricalInput, TabularNetwork} from '../../core/domain/index.ts';
import {addCategoricalInputs, addFlagMask, addNumericInputs} from '../graph/preprocessing.ts';
import {layoutOf} from '../network/layout.ts';
import type {GraphWriter} from '../onnx/graph-builder.ts';
import {CODE_MAX, outputScalesOf, type QuantizedLayer} from './integer-layer.ts';
import {LOW_ZERO, lowScaleOf, type TwoDigits} from './two-digits.ts';
import type {TwoDigitInputs, TwoDigitNetwork} from './two-digit-network.ts';

/** Names of the two digits of a value, and of their scales. */
interface DigitNames {
	readonly high: string;
	readonly low: string;
	readonly scale: string;
	readonly lowScale: string;
}

/** Names of the zero points. */
interface Zeros {
	readonly zero: string;
	readonly lowZero: string;
}

/** Adds inputs and layers; gives the name of the logits. */
export function addTwoDigitNetwork(graph: GraphWriter, network: TabularNetwork, quantized: TwoDigitNetwork): string {
	const zeros = {zero: graph.constant('zero', Uint8Array.of(0)), lowZero: graph.constant('lowZero', Uint8Array.of(LOW_ZERO))};
	const {step} = quantized.inputs;
	let digits: DigitNames = {...addInputDigits(graph, network, quantized.inputs, zeros), ...addScales(graph, step, 0)};
	for (const [index, layer] of quantized.hidden.entries()) {
		const sums = addLayer(graph, layer, {name: `${index}`, digits, zeros, output: `sums${index}`});
		const next = quantized.hidden[index + 1] ?? quantized.coarse;
		const names = addScales(graph, next.inputScale, index + 1);
		digits = {...addDigits(graph, graph.node('Relu', [sums], `hidden${index}`), names, {suffix: `${index + 1}`, ...zeros}), ...names};
	}

	const parts = (['coarse', 'fine'] as const).map(name =>
		addLayer(graph, quantized[name], {name, digits, zeros, output: `${name}Logit`}),
	);
	return graph.node('Add', parts, 'logit');
}

function addScales(graph: GraphWriter, scale: number, index: number): Pick<DigitNames, 'scale' | 'lowScale'> {
	return {
		scale: graph.constant(`inputScale${index}`, Float32Array.of(scale)),
		lowScale: graph.constant(`inputLowScale${index}`, Float32Array.of(lowScaleOf(scale))),
	};
}

/** Both digits of a value that is not below 0. */
function addDigits(
	graph: GraphWriter,
	values: string,
	{scale, lowScale}: Pick<DigitNames, 'scale' | 'lowScale'>,
	{suffix, zero, lowZero}: Zeros & {readonly suffix: string},
): Pick<DigitNames, 'high' | 'low'> {
	const high = graph.node('QuantizeLinear', [values, scale, zero], `high${suffix}`);
	const held = graph.node('DequantizeLinear', [high, scale, zero], `held${suffix}`);
	const left = graph.node('Sub', [values, held], `left${suffix}`);
	return {high, low: graph.node('QuantizeLinear', [left, lowScale, lowZero], `low${suffix}`)};
}

function addInputDigits(
	graph: GraphWriter,
	network: TabularNetwork,
	inputs: TwoDigitInputs,
	zeros: Zeros,
): Pick<DigitNames, 'high' | 'low'> {
	const {numericCount, flagged} = layoutOf(network);
	const parts: Pick<DigitNames, 'high' | 'low'>[] = [];
	if (numericCount > 0) {
		const {scaled, missing} = addNumericInputs(graph, network.numeric, inputs.scaling);
		const bounds = [graph.constant('stepMin', Float32Array.of(0)), graph.constant('stepMax', Float32Array.of(CODE_MAX))];
		const steps = {
			scale: graph.constant('unit', Float32Array.of(1)),
			lowScale: graph.constant('lowUnit', Float32Array.of(lowScaleOf(1))),
		};
		parts.push(addDigits(graph, graph.node('Clip', [scaled, ...bounds], 'steps'), steps, {suffix: 'Numeric', ...zeros}));
		if (flagged.length > 0) {
			const mask = addFlagMask(graph, missing, flagged, numericCount);
			const flagOf = (digit: keyof TwoDigits, unset: string): string =>
				graph.node('Where', [mask, graph.constant(`${digit}Flag`, inputs.flag[digit]), unset], `${digit}Flags`);
			parts.push({high: flagOf('high', zeros.zero), low: flagOf('low', zeros.lowZero)});
		}
	}

	if (network.categorical.length > 0) {
		parts.push(addEmbeddings(graph, network.categorical, inputs.tables));
	}

	const join = (digit: keyof TwoDigits): string =>
		parts.length === 1
			? parts[0]![digit]
			: graph.node(
					'Concat',
					parts.map(part => part[digit]),
					`${digit}0`,
					{axis: 1},
				);
	return {high: join('high'), low: join('low')};
}

/** One look-up finds both digits, which lie side by side in the table, and two gathers part them. */
function addEmbeddings(
	graph: GraphWriter,
	categorical: readonly CategoricalInput[],
	tables: readonly TwoDigits[],
): Pick<DigitNames, 'high' | 'low'> {
	const doubled = categorical.map(input => ({...input, width: 2 * input.width}));
	const embedded = addCategoricalInputs(
		graph,
		doubled,
		tables.map((digits, index) => sideBySide(digits, categorical[index]!.width)),
	);
	let from = 0;
	const columns: Record<keyof TwoDigits, bigint[]> = {high: [], low: []};
	for (const {width} of categorical) {
		for (let column = 0; column < width; column++) {
			columns.high.push(BigInt(from + column));
			columns.low.push(BigInt(from + width + column));
		}

		from += 2 * width;
	}

	const part = (digit: keyof TwoDigits): string => {
		const indices = graph.constant(`${digit}Columns`, BigInt64Array.from(columns[digit]), [columns[digit].length]);
		return graph.node('Gather', [embedded, indices], `${digit}Embedded`, {axis: 1});
	};
	return {high: part('high'), low: part('low')};
}

function sideBySide({high, low}: TwoDigits, width: number): Uint8Array {
	const joined = new Uint8Array(2 * high.length);
	for (let row = 0; row * width < high.length; row++) {
		joined.set(high.subarray(row * width, (row + 1) * width), 2 * row * width);
		joined.set(low.subarray(row * width, (row + 1) * width), (2 * row + 1) * width);
	}

	return joined;
}

interface LayerNames {
	readonly name: string;
	readonly digits: DigitNames;
	readonly zeros: Zeros;
	readonly output: string;
}

/** Both digits times the weights; the bias goes with the high one. */
function addLayer(graph: GraphWriter, layer: QuantizedLayer, {name, digits, zeros, output}: LayerNames): string {
	const {inputs, outputs, weights, weightScales, bias} = layer;
	const integers = [
		graph.constant(`weights${name}`, weights, [inputs, outputs]),
		graph.constant(`weightScales${name}`, weightScales, [outputs]),
		// ONNX Runtime takes the integer kernel only if the zero points of the weights are written out, though they are 0 by default.
		graph.constant(`weightZeros${name}`, new Int8Array(outputs), [outputs]),
	];
	const valuesOf = (digit: keyof TwoDigits, scale: string, zero: string): readonly string[] => [
		graph.node('DequantizeLinear', [digits[digit], scale, zero], `${digit}Values${name}`),
		graph.node('DequantizeLinear', integers, `${digit}Weights${name}`, {axis: 1}),
	];
	const biases = [graph.constant(`bias${name}`, bias, [outputs]), graph.constant(`biasScales${name}`, outputScalesOf(layer), [outputs])];
	const floatBias = graph.node('DequantizeLinear', biases, `floatBias${name}`, {axis: 0});
	const high = graph.node('Gemm', [...valuesOf('high', digits.scale, zeros.zero), floatBias], `highSums${name}`);
	const low = graph.node('Gemm', valuesOf('low', digits.lowScale, zeros.lowZero), `lowSums${name}`);
	return graph.node('Add', [high, low], output);
}
