/**
 * What must hold between the fields of a spec. Runs on whatever the user wrote, so that it reports beside the faults of single fields.
 *
 * @module
 */
import type {Fault} from '../errors.ts';

type Loose = Readonly<Record<string, unknown>>;

/** Faults between fields of a spec that may itself be malformed. */
export function relationFaults(input: unknown): Fault[] {
	const spec = asRecord(input);
	const features = (Array.isArray(spec['features']) ? spec['features'] : []).map(asRecord);
	const faults = [
		...featureFaults(spec, features),
		...segmentFaults(spec, features),
		...labelFaults(spec),
		...sequenceFaults(spec),
		...closingFaults(spec, features),
		...tierFaults(spec),
		...reasonFaults(spec, features),
		...costFaults(spec),
	];
	return faults.map(([path, message]) => ({
		path,
		code: 'SPEC_INVALID',
		message,
	}));
}

function featureFaults(spec: Loose, features: readonly Loose[]): [string, string][] {
	const faults: [string, string][] = [];
	const exclude = asRecord(spec['exclude']);
	const label = asRecord(spec['label'])['field'];
	const seen = new Map<unknown, number>();
	for (const [index, {name, type, categories}] of features.entries()) {
		const first = seen.get(name);
		if (first !== undefined && name !== undefined) {
			faults.push([`features[${index}].name`, `${String(name)} is a feature already (features[${first}])`]);
		}

		seen.set(name, first ?? index);
		if (typeof name === 'string' && Object.hasOwn(exclude, name)) {
			faults.push([
				`features[${index}].name`,
				`${name} is excluded (${JSON.stringify(exclude[name])}); take it out of features or of exclude`,
			]);
		}

		if (name !== undefined && name === label) {
			faults.push([`features[${index}].name`, `${String(name)} is the label; a label is never a feature`]);
		}

		if (categories !== undefined && type !== 'categorical') {
			faults.push([`features[${index}].categories`, `only a categorical feature has categories; ${String(name)} is ${String(type)}`]);
		}
	}

	return faults;
}

function segmentFaults(spec: Loose, features: readonly Loose[]): [string, string][] {
	const monitors = asRecord(spec['monitors']);
	const faults = ['segments', 'protected'].flatMap(list => {
		const segments = monitors[list];
		return (Array.isArray(segments) ? segments : []).flatMap((segment, index): [string, string][] => {
			const type = features.find(({name}) => name === segment)?.['type'];
			return type === 'categorical' || type === 'boolean'
				? []
				: [[`monitors.${list}[${index}]`, `${String(segment)} is no categorical or boolean feature of this spec`]];
		});
	});
	const isMulticlass = spec['task'] === 'multiclass';
	return [
		...faults,
		...(isMulticlass && Array.isArray(monitors['protected']) && monitors['protected'].length > 0
			? [['monitors.protected', 'only a binary task has decisions to compare groups by; take it out'] as [string, string]]
			: []),
	];
}

function labelFaults(spec: Loose): [string, string][] {
	const {classes, positive, negative} = asRecord(spec['label']);
	const faults: [string, string][] = [];
	if (spec['task'] === 'multiclass' && classes === undefined) {
		faults.push(['label.classes', 'a multiclass task needs all its classes']);
	}

	if (spec['task'] === 'binary' && classes !== undefined) {
		faults.push(['label.classes', 'a binary task has positive and negative, not classes']);
	}

	if (negative !== undefined && String(negative) === String(positive ?? 1)) {
		faults.push(['label.negative', 'must differ from label.positive']);
	}

	return faults;
}

function closingFaults(spec: Loose, features: readonly Loose[]): [string, string][] {
	const {closes, unfinal, delay} = asRecord(spec['label']);
	const {months} = asRecord(closes);
	const faults: [string, string][] = [];
	if (spec['task'] === 'multiclass' && closes !== undefined) {
		faults.push(['label.closes', 'only a binary task has a negative outcome to close with']);
	}

	if (spec['task'] === 'multiclass' && asRecord(delay)['positiveAfter'] !== undefined) {
		faults.push(['label.delay.positiveAfter', 'only a binary task has a positive outcome']);
	}

	if (closes !== undefined && unfinal !== 'survive') {
		faults.push(['label.closes', 'is used with label.unfinal: survive alone; set that, or take it out']);
	}

	if (months !== undefined && features.find(({name}) => name === months)?.['type'] !== 'numeric') {
		faults.push(['label.closes.months', `${String(months)} is no numeric feature of this spec`]);
	}

	return faults;
}

/** A teacher that reads sequences needs to know whose event a row is, and all of them. */
function sequenceFaults(spec: Loose): [string, string][] {
	const {teacher, sampling} = asRecord(spec['offline']);
	if (teacher !== 'sequence') {
		return [];
	}

	const {kind} = asRecord(sampling);
	const faults: [string, string][] =
		spec['entity'] === undefined ? [['entity', 'the teacher sequence needs the field that says whose event a row is']] : [];
	return kind === 'balanced' || kind === 'replay'
		? [...faults, ['offline.sampling.kind', `the teacher sequence needs all events of an entity; ${kind} leaves some out`]]
		: faults;
}

/** Each outcome of the cut-offs costs something, once; what is judged by cost needs costs. */
function costFaults(spec: Loose): [string, string][] {
	const {costs, cutoffs} = asRecord(spec['policy']);
	if (costs === undefined) {
		return asRecord(spec['challenger'])['judgedBy'] === 'cost'
			? [['challenger.judgedBy', 'cost needs policy.costs; give what each outcome costs, or judge by logLoss']]
			: [];
	}

	const outcomes = new Set((Array.isArray(cutoffs) ? cutoffs.map(asRecord) : []).flatMap(({below, above}) => [below, above]));
	const named = (Array.isArray(costs) ? costs.map(asRecord) : []).map(({outcome}) => outcome);
	const missing = [...outcomes].filter(outcome => !named.includes(outcome));
	return [
		...named.flatMap((outcome, index): [string, string][] =>
			!outcomes.has(outcome)
				? [[`policy.costs[${index}].outcome`, `${String(outcome)} is no outcome of policy.cutoffs`]]
				: named.indexOf(outcome) < index
					? [[`policy.costs[${index}].outcome`, `${String(outcome)} has its costs already`]]
					: [],
		),
		...(missing.length > 0 ? [['policy.costs', `has no cost of ${missing.map(String).join(', ')}`] as [string, string]] : []),
	];
}

function reasonFaults(spec: Loose, features: readonly Loose[]): [string, string][] {
	const {reasons} = asRecord(spec['policy']);
	const seen = new Set<unknown>();
	return (Array.isArray(reasons) ? reasons.map(asRecord) : []).flatMap(({feature}, index): [string, string][] => {
		const isTwice = seen.has(feature);
		seen.add(feature);
		const path = `policy.reasons[${index}].feature`;
		return !features.some(({name}) => name === feature)
			? [[path, `${String(feature)} is no feature of this spec`]]
			: isTwice
				? [[path, `${String(feature)} has a reason code already`]]
				: [];
	});
}

/** A promise is about outcomes of a teacher that can be asked. */
function tierFaults(spec: Loose): [string, string][] {
	if (spec['tiers'] === undefined) {
		return [];
	}

	const {cutoffs} = asRecord(spec['policy']);
	const faults: [string, string][] = [];
	if (!Array.isArray(cutoffs) || cutoffs.length === 0) {
		faults.push(['tiers', 'promise outcomes, and policy.cutoffs has none; give cut-offs, or take tiers out']);
	}

	if (spec['task'] === 'multiclass') {
		faults.push(['tiers', 'are for binary tasks alone']);
	}

	if (asRecord(spec['offline'])['teacher'] === 'sequence') {
		faults.push(['tiers', 'need a teacher that can be asked; a sequence teacher is not served']);
	}

	return faults;
}

function asRecord(value: unknown): Loose {
	return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : {};
}
