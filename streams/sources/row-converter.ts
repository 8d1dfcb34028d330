/**
 * From a record of a file to an event with its label. The spec says what each column means.
 *
 * @module
 */
import {
	addDuration,
	addMonths,
	CATEGORY_LENGTH_MAX,
	classIndexOf,
	hasCode,
	messageOf,
	parseTime,
	timeFromParts,
	type Fault,
	type FeatureSpec,
	type Millis,
	type ModelSpec,
} from '../../core/domain/index.ts';
import type {ColumnPlaces} from './column-places.ts';
import type {CsvRecord} from './csv.ts';
import {isMissing, readLabel, readNumber, readTruth} from './field-values.ts';

/** A row of a file as an event, and what became of it. */
export interface ReplayRow {
	/** Line of the file. */
	readonly line: number;
	/** `row-<line>`: stable as long as the file is. */
	readonly id: string;
	readonly entity?: string;
	readonly time: Millis;
	/** What a RowEncoder takes; missing values are absent. */
	readonly features: Readonly<Record<string, unknown>>;
	/** Absent where the label field is empty, and where nothing says when the label became known. */
	readonly label?: {readonly value: string; readonly observedAt: Millis};
}

/** Event time of the first record of a file whose time format is `row`. */
export const ROW_TIME_START: Millis = Date.UTC(2000, 0, 1);
/** Event time between two records of a file whose time format is `row`. */
export const ROW_TIME_STEP: Millis = 3_600_000;

/**
 * A function that makes the rows of one file. `index` counts records from 0; faults are appended, and the row then means nothing.
 *
 * Faults never hold the value of a feature, which may be personal.
 */
export function rowConverter(spec: ModelSpec, places: ColumnPlaces): (record: CsvRecord, index: number, faults: Fault[]) => ReplayRow {
	const columns = spec.features.map((feature, index) => ({
		name: feature.name,
		place: places.features[index]!,
		read: fieldReader(feature),
	}));
	const timeOf = timeReader(spec.time, places.time);
	const labelOf = labelReader(spec, places);
	return ({line, values}, index, faults) => {
		const features: Record<string, unknown> = {};
		for (const {name, place, read} of columns) {
			const field = read(values[place]!);
			if (field instanceof Misfit) {
				faults.push({path: name, code: 'FIELD_TYPE', message: field.message});
			} else if (field !== undefined) {
				features[name] = field;
			}
		}

		const time = attempt(() => timeOf(values, index), 'time', faults) ?? Number.NaN;
		const label = attempt(() => labelOf(values, time), 'label', faults);
		const entity = places.entity === undefined ? '' : values[places.entity]!.trim();
		return {line, id: `row-${line}`, time, features, ...(entity !== '' && {entity}), ...(label && {label})};
	};
}

/** Why a field does not fit. */
class Misfit {
	readonly message: string;

	constructor(message: string) {
		this.message = message;
	}
}

function fieldReader({type}: FeatureSpec): (text: string) => number | boolean | string | undefined | Misfit {
	switch (type) {
		case 'numeric': {
			const misfit = new Misfit('is no number; make the feature categorical or text, or leave the field empty');
			return text => readNumber(text) ?? (isMissing(text) ? undefined : misfit);
		}

		case 'boolean': {
			const misfit = new Misfit('is neither true nor false; make the feature categorical, or leave the field empty');
			return text => readTruth(text) ?? (isMissing(text) ? undefined : misfit);
		}

		case 'categorical': {
			const misfit = new Misfit(`has more than the ${CATEGORY_LENGTH_MAX} characters of a category; make the feature text`);
			return text => {
				const value = text.trim();
				return value.length > CATEGORY_LENGTH_MAX ? misfit : value === '' ? undefined : value;
			};
		}

		case 'text': {
			return text => (text === '' ? undefined : text);
		}
	}
}

/** What `read` gives; a time or label that cannot be read becomes a fault. */
function attempt<Value>(read: () => Value, path: string, faults: Fault[]): Value | undefined {
	try {
		return read();
	} catch (error) {
		if (!hasCode(error, 'TIME_INVALID') && !hasCode(error, 'LABEL_INVALID')) {
			throw error;
		}

		faults.push({path, code: error.code, message: messageOf(error)});
		return undefined;
	}
}

function timeReader(time: ModelSpec['time'], places: readonly number[]): (values: readonly string[], index: number) => Millis {
	const [first = -1, month = -1, day = -1, minute = -1] = places;
	if ('parts' in time) {
		return values => {
			const minuteOfDay = minute === -1 || isMissing(values[minute]!) ? undefined : values[minute];
			return timeFromParts({year: values[first]!.trim(), month: values[month]!.trim(), day: values[day]!.trim(), minuteOfDay});
		};
	}

	const {format} = time;
	return format === 'row' ? (_values, index) => ROW_TIME_START + index * ROW_TIME_STEP : values => parseTime(values[first], format);
}

function labelReader(spec: ModelSpec, places: ColumnPlaces): (values: readonly string[], time: Millis) => ReplayRow['label'] {
	const {delay} = spec.label;
	const observedAtOf = delayReader(delay, places);
	const positiveAfter = 'field' in delay ? delay.positiveAfter : undefined;
	const isLater = (value: string): boolean => positiveAfter !== undefined && classIndexOf(value, spec) === 1;
	return (values, time) => {
		const value = readLabel(values[places.label]!);
		if (value === '' || Number.isNaN(time)) {
			return undefined;
		}

		classIndexOf(value, spec);
		const knownAt = observedAtOf(values, time);
		const observedAt = knownAt !== undefined && isLater(value) ? addDuration(knownAt, positiveAfter!) : knownAt;
		return observedAt === undefined ? undefined : {value, observedAt: Math.max(time, observedAt)};
	};
}

function delayReader(
	delay: ModelSpec['label']['delay'],
	places: ColumnPlaces,
): (values: readonly string[], time: Millis) => Millis | undefined {
	if ('fixed' in delay) {
		return (_values, time) => addDuration(time, delay.fixed);
	}

	const {otherwise} = delay;
	const [from = -1, months = -1] = places.otherwise ?? [];
	return (values, time) => {
		const known = values[places.delay!]!.trim();
		if (known !== '' || otherwise === undefined) {
			return known === '' ? undefined : parseTime(known);
		}

		if ('fixed' in otherwise) {
			return addDuration(time, otherwise.fixed);
		}

		const count = readNumber(values[months]!);
		return count === undefined || values[from]!.trim() === '' ? undefined : addMonths(parseTime(values[from]), Math.round(count));
	};
}
