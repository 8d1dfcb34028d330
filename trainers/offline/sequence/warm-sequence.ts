/**
 * Warm starts of sequence networks.
 *
 * @module
 */
import type {SequenceNetwork, TeacherModel} from '../../../core/domain/index.ts';
import {COLD, columnNames, isAlike, namedRows, networkInputNames, placedRows, warmTable, type WarmStart} from '../network/warm-start.ts';
import {sequenceOf, sequenceParametersOf, type SequenceInputs, type SequenceLayout} from './sequence-parameters.ts';

/**
 * Begin a sequence network where a former one ended: as for other networks, what is known of an input is found by its feature. A former teacher of
 * another kind, or with other units or layers, gives the cold start and a note; the length of the history may differ.
 */
export function warmSequence(former: TeacherModel, inputs: SequenceInputs, layout: SequenceLayout, cold: Float32Array): WarmStart {
	const fresh = sequenceOf(inputs, layout, cold);
	const units = fresh.recurrent.units;
	if (former.kind !== 'sequence-network' || former.recurrent.units !== units || !isAlike(former.network, fresh.network)) {
		return {initial: cold, notes: [COLD]};
	}

	const rowNames = ({network}: SequenceNetwork): string[] => [...networkInputNames(network), ...columnNames('state', units)];
	const eventNames = ({network}: SequenceNetwork): string[] => [...networkInputNames(network), 'elapsed'];
	const [first, ...rest] = former.network.layers;
	const network = {
		...fresh.network,
		categorical: fresh.network.categorical.map(input => warmTable(former.network.categorical, input)),
		layers: [
			{
				...first!,
				inputs: fresh.network.layers[0]!.inputs,
				weights: placedRows(namedRows(rowNames(former), first!.weights), rowNames(fresh), fresh.network.layers[0]!.weights),
			},
			...rest,
		],
	};
	const recurrent = {
		...former.recurrent,
		inputs: fresh.recurrent.inputs,
		weights: placedRows(namedRows(eventNames(former), former.recurrent.weights), eventNames(fresh), fresh.recurrent.weights),
	};
	return {initial: sequenceParametersOf({...fresh, recurrent, network}), notes: []};
}
