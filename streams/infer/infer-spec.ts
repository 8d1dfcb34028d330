/**
 * Proposes a model spec from a CSV file: types, event time, entity, label, delay, leaks and sensitivity, with the reason of each guess.
 *
 * @module
 */
import path from 'node:path';
import {parseSpec, PerennialError, type ModelSpec} from '../../core/domain/index.ts';
import {readLabel} from '../sources/field-values.ts';
import {associationOf} from './association.ts';
import {readWrittenTime, type ColumnProfile} from './column-profile.ts';
import {hasWord, JUDGEMENT_WORDS} from './column-words.ts';
import {guessType} from './feature-types.ts';
import {profileFile, type FileProfile} from './file-profile.ts';
import {guessDelay, type DelayGuess} from './guess-delay.ts';
import {guessEntity} from './guess-entity.ts';
import {guessLabel, type LabelGuess} from './guess-label.ts';
import {guessTime, type TimeGuess} from './guess-time.ts';
import {exclusionReason} from './leaks.ts';
import {paceOf} from './pacing.ts';
import {sensitivityOf} from './sensitivity.ts';
import {specToYaml, type GuessedSpec, type SpecComments} from './spec-yaml.ts';
import {verifyReading, type Reading} from './verify-reading.ts';

/** Options of {@link inferSpec}. */
export interface InferSpecOptions {
	/** Column of the label. */
	readonly label: string;
	/** Column of the event time, or `row` to date records by their place; guessed if absent. */
	readonly time?: string;
	/** Name of the model; from the file's name if absent. */
	readonly name?: string;
	/** Called as work goes on. */
	readonly onProgress?: (message: string) => void;
}

/** Something that a person should look at. */
export interface InferenceNote {
	/** Column it is about; empty for the whole. */
	readonly column: string;
	readonly message: string;
}

/** What {@link inferSpec} proposes. */
export interface InferredSpec {
	/** Accepted by parseSpec. */
	readonly spec: GuessedSpec;
	readonly notes: readonly InferenceNote[];
	/** The spec with a comment on each guess. */
	readonly yaml: string;
	/** How a reading of the whole file under the spec went. */
	readonly reading: Reading;
}

/** Everything found out before the spec is put together. */
interface Findings {
	readonly file: FileProfile;
	readonly labelColumn: ColumnProfile;
	readonly label: LabelGuess;
	readonly time: TimeGuess;
	readonly delay: DelayGuess;
	readonly entity: ColumnProfile | undefined;
	/** For each value that counts as an event, the labels of the sample: 1 for that value, 0 for others, undefined for none. */
	readonly labels: readonly (readonly (0 | 1 | undefined)[])[];
}

interface Columns {
	readonly features: GuessedSpec['features'];
	readonly exclude: Record<string, string>;
	/** Why a feature is as it is; how sensitive an excluded column is. */
	readonly comments: Record<string, string>;
	readonly excludeComments: Record<string, string>;
}

/**
 * Propose a spec. The whole file is read twice: once to learn it, once to see that a replay under the spec can read it.
 *
 * It is a proposal: leaks that look like ordinary features (a price from which the label was made, say) cannot be seen in the data, and some good
 * features look like leaks. The comments in the YAML say why each column went where it did.
 *
 * Cost: two passes, about 30 microseconds a record of 20 fields; memory for a sample of 20,000 records.
 *
 * @throws PerennialError - USAGE if the file or a named column is missing, the label has one value or more than 100, or no column is left as a
 * feature; EVENT_INVALID, with the line, if the file is no good CSV.
 */
export async function inferSpec(file: string, options: InferSpecOptions): Promise<InferredSpec> {
	const {onProgress = () => undefined} = options;
	onProgress(`reading ${file}`);
	const profile = await profileFile(file, records => {
		onProgress(`read ${records} records`);
	});
	const findings = investigate(profile, options);
	const columns = sortColumns(findings);
	if (columns.features.length === 0) {
		const {exclude} = columns;
		throw new PerennialError('USAGE', `No column of ${file} is left as a feature: each is label, time, key, or looks like a leak.`, {
			details: {exclude},
		});
	}

	const {spec, comments} = compose(findings, columns, options.name ?? nameOf(file));
	const parsed = parseSpec(spec);
	onProgress('reading the file again under the spec');
	const reading = await verifyReading(file, parsed);
	return {spec, notes: [...notesOf(findings, parsed), ...reading.notes], yaml: specToYaml(spec, comments), reading};
}

function investigate(file: FileProfile, {label: named, time: namedTime}: InferSpecOptions): Findings {
	const labelColumn = file.columns.find(({name}) => name === named);
	if (!labelColumn) {
		const names = file.columns.map(({name}) => name).join(', ');
		throw new PerennialError('USAGE', `${file.path} has no column ${JSON.stringify(named)}; its columns are ${names}.`);
	}

	const others: FileProfile = {...file, columns: file.columns.filter(column => column !== labelColumn)};
	const label = guessLabel(labelColumn);
	const time = guessTime(others, namedTime);
	const values = file.sample.map(row => readLabel(row[labelColumn.index]!));
	const labels = label.events.map(event =>
		values.map(value => (value === '' ? undefined : value === event ? (1 as const) : (0 as const))),
	);
	const entity = guessEntity(others.columns.filter(({name}) => !time.columns.includes(name)));
	return {file: others, labelColumn, label, time, labels, entity, delay: guessDelay(others, time, labels[0]!)};
}

/** Each column becomes a feature or is excluded; time and entity are neither, unless the time's minute is worth something. */
function sortColumns({file, time, delay, entity, labels}: Findings): Columns {
	const features: GuessedSpec['features'] = [];
	const exclude: Record<string, string> = {};
	const comments: Record<string, string> = {};
	const excludeComments: Record<string, string> = {};
	const labelled = labels[0]!.filter(value => value !== undefined).length;
	const baseRate = labels[0]!.filter(value => value === 1).length / labelled;
	for (const column of file.columns) {
		const {name, index} = column;
		const role = roleReason(name, {time, delay});
		if (name === entity?.name || role === '') {
			continue;
		}

		const values = file.sample.map(row => row[index]!);
		const associations = labels.map(of => associationOf(values, of));
		const reason =
			role ??
			(isMinuteOfDay(name, time)
				? undefined
				: exclusionReason({
						column,
						associations,
						labelled,
						unlabelled: file.sample.length - labelled,
						baseRate,
						isAfterEvent: isAfterEvent(values, time),
					}));
		const {type, reason: why} = guessType(column);
		const {level, reason: because} = sensitivityOf(name, type, column);
		if (reason === undefined) {
			features.push({name, type, level});
			const missing = column.missing > 0 ? `, ${((column.missing / column.rows) * 100).toFixed(1)} % missing` : '';
			comments[name] = `${why}${missing}; level ${level}: ${because}`;
		} else {
			exclude[name] = reason;
			excludeComments[name] = `level ${level}: ${because}`;
		}
	}

	return {features, exclude, comments, excludeComments};
}

/** Why a column of the time or the delay is excluded; the empty text if it is named elsewhere in the spec and needs no word. */
function roleReason(name: string, {time, delay}: Pick<Findings, 'time' | 'delay'>): string | undefined {
	if ('parts' in time.time && time.columns.includes(name)) {
		return isMinuteOfDay(name, time) ? undefined : 'a part of the event time';
	}

	const ofDelay = delay.columns.includes(name)
		? 'used for the delay of the label; known only later, or bound up with the outcome'
		: undefined;
	return time.columns.includes(name) ? '' : ofDelay;
}

/** The time of the day comes back every day, and is known beforehand. */
function isMinuteOfDay(name: string, {time}: TimeGuess): boolean {
	return 'parts' in time && time.parts.minuteOfDay === name;
}

function isAfterEvent(values: readonly string[], {isDated, times}: TimeGuess): boolean | undefined {
	const gaps = isDated
		? values.flatMap((value, row) => {
				const time = readWrittenTime(value);
				return time === undefined ? [] : [time - times[row]!];
			})
		: [];
	const isTime = gaps.length > 0 && gaps.length >= values.filter(value => value !== '').length / 2;
	return isTime ? gaps.filter(gap => gap > 0).length > gaps.length / 2 : undefined;
}

function compose(findings: Findings, columns: Columns, name: string): {spec: GuessedSpec; comments: SpecComments} {
	const {labelColumn, label, time, delay, entity, file} = findings;
	const spanMs = time.isDated ? Math.max(0, time.times.at(-1)! - time.times[0]!) : file.rows * 3_600_000;
	const pacing = paceOf({labels: label.labelled, spanMs});
	return {
		spec: {
			apiVersion: 'perennial/v1',
			name,
			task: label.task,
			time: time.time,
			...(entity && {entity: {field: entity.name}}),
			label: {field: labelColumn.name, ...label.meaning, delay: delay.delay, maturity: delay.maturity},
			features: columns.features,
			exclude: columns.exclude,
			offline: pacing.offline,
			monitors: pacing.monitors,
		},
		comments: {
			head: [
				`Guessed from ${path.basename(file.path)} (${file.rows} records). Each comment says why; check the label, its delay, and what is excluded.`,
				'Levels of sensitivity: 1 public, 2 internal, 3 personal or financial, 4 identifying or special, 5 never guessed.',
			],
			time: time.reason,
			label: label.reason,
			delay: delay.reason,
			maturity: delay.maturityReason,
			features: columns.comments,
			exclude: columns.excludeComments,
			offline: pacing.offlineReason,
			monitors: pacing.monitorsReason,
			...(entity && {entity: `${entity.distinct} different; the name speaks of who comes back`}),
		},
	};
}

function notesOf({time, label, delay}: Findings, spec: ModelSpec): InferenceNote[] {
	const judged = spec.features.filter(({name}) => hasWord(name, JUDGEMENT_WORDS));
	return [
		{column: spec.label.field, message: label.reason},
		{column: time.columns[0] ?? '', message: `event time: ${time.reason}`},
		{column: delay.columns[0] ?? '', message: `delay of the label: ${delay.reason}`},
		...Object.entries(spec.exclude)
			.filter(([, reason]) => reason.startsWith('leak'))
			.map(([column, reason]) => ({column, message: reason})),
		...judged.map(({name}) => ({column: name, message: 'may be a judgement of the model that is in use today; exclude it if so'})),
	];
}

/** A name for the model, from the file's name. */
function nameOf(file: string): string {
	const stem = path
		.basename(file)
		.toLowerCase()
		.replace(/(?:\.csv)?(?:\.gz)?$/v, '');
	return (
		stem
			.replaceAll(/[^a-z0-9]+/gv, '-')
			.slice(0, 63)
			.replaceAll(/^-+|-+$/gv, '') || 'model'
	);
}
