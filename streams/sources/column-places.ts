/**
 * Where the fields of a spec stand in a file; all that are missing are named at once.
 *
 * @module
 */
import {PerennialError, summaryOf, type Fault, type ModelSpec} from '../../core/domain/index.ts';

/** Indices into the header of the fields that a spec reads. */
export interface ColumnPlaces {
	readonly features: readonly number[];
	/** In the order year, month, day, minute of the day; a single field otherwise; empty for format `row`. */
	readonly time: readonly number[];
	readonly entity: number | undefined;
	readonly label: number;
	readonly delay: number | undefined;
	/** From, months. */
	readonly otherwise: readonly [number, number] | undefined;
}

/**
 * Find every field that the spec reads.
 *
 * @param path - Of the file, for the message.
 * @throws PerennialError - SPEC_INVALID with one fault for each field that the file lacks.
 */
export function findColumns(spec: ModelSpec, header: readonly string[], path: string): ColumnPlaces {
	const faults: Fault[] = [];
	const places = new Map(header.map((name, index) => [name, index]));
	const placeOf = (field: string, where: string): number => {
		const place = places.get(field);
		if (place === undefined) {
			faults.push({
				path: where,
				code: 'SPEC_INVALID',
				message: `the file has no column ${JSON.stringify(field)}${suggestion(field, header)}`,
			});
		}

		return place ?? -1;
	};

	const {time, entity, label} = spec;
	const delay = 'field' in label.delay ? label.delay : undefined;
	const found: ColumnPlaces = {
		features: spec.features.map(({name}, index) => placeOf(name, `features[${index}].name`)),
		time: timeFields(time).map(([field, where]) => placeOf(field, where)),
		entity: entity && placeOf(entity.field, 'entity.field'),
		label: placeOf(label.field, 'label.field'),
		delay: delay && placeOf(delay.field, 'label.delay.field'),
		otherwise:
			delay?.otherwise && 'from' in delay.otherwise
				? [
						placeOf(delay.otherwise.from, 'label.delay.otherwise.from'),
						placeOf(delay.otherwise.months, 'label.delay.otherwise.months'),
					]
				: undefined,
	};
	if (faults.length > 0) {
		throw new PerennialError('SPEC_INVALID', `The spec ${spec.name} does not fit ${path}: ${summaryOf(faults)}`, {faults});
	}

	return found;
}

function timeFields(time: ModelSpec['time']): [string, string][] {
	if ('parts' in time) {
		const {year, month, day, minuteOfDay} = time.parts;
		const fields: [string, string][] = [
			[year, 'time.parts.year'],
			[month, 'time.parts.month'],
			[day, 'time.parts.day'],
		];
		return minuteOfDay === undefined ? fields : [...fields, [minuteOfDay, 'time.parts.minuteOfDay']];
	}

	return time.format === 'row' ? [] : [[time.field, 'time.field']];
}

/** A column that differs only in case, spaces, hyphens or underscores. */
function suggestion(field: string, header: readonly string[]): string {
	const near = header.find(name => bare(name) === bare(field));
	return near === undefined
		? `; its columns are ${header.slice(0, 12).join(', ')}${header.length > 12 ? ', ...' : ''}`
		: `; it has ${JSON.stringify(near)}`;
}

function bare(name: string): string {
	return name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gv, '');
}
