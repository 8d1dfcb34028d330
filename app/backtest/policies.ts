/**
 * The policies that a back-test compares: when a model is trained again, from which labels, and what answers. A policy is data; a new one is a row.
 *
 * @module
 */
import {PerennialError} from '../../core/domain/index.ts';

/**
 * Which labels a training may use: those that were `final`, all that were `known` (which favours outcomes that come early), or every one
 * `at-once`, which no real system has.
 */
export type LabelRule = 'final' | 'known' | 'at-once';

/** When a policy trains, after the first training that all share. All that apply count. */
export interface RetrainRule {
	/** By the spec's schedule (`offline.schedule`), or on the first of each month. */
	readonly schedule?: 'spec' | 'monthly';
	/** When a detector says that the loss has risen, with the cool-down and budget of the spec's trigger. */
	readonly drift?: boolean;
	/** When as many new labels have come as the first training had rows. */
	readonly volume?: boolean;
	/** When the spec's own triggers on volume and performance say so. Those on events never do: a history has no events of other systems. */
	readonly triggers?: boolean;
}

/** One policy. */
export interface Policy {
	readonly name: string;
	readonly summary: string;
	readonly labels: LabelRule;
	/** What trainings make of labels that are not final: `survive` whatever the spec says, or as the spec says. Absent: by `labels`. */
	readonly unfinal?: 'survive' | 'spec';
	/** Absent: no teacher at all. */
	readonly retrain?: RetrainRule;
	/** The online learner of the spec: absent, alone, or with the teacher as one of its experts. */
	readonly online?: 'alone' | 'with-teacher';
	/**
	 * A new teacher goes live only through the gate, and the tier that is ahead on labels as they come answers. The online learner hears of the newest
	 * teacher all the same, fitted on all rows, those of the gate too.
	 */
	readonly guarded?: true;
}

/** All policies, in the order of the report. */
export const POLICIES: readonly Policy[] = [
	{name: 'never', summary: 'trained once, never again', labels: 'final', retrain: {}},
	{name: 'weekly', summary: "trained again by the spec's schedule", labels: 'final', retrain: {schedule: 'spec'}},
	{name: 'monthly', summary: 'trained again on the first of each month', labels: 'final', retrain: {schedule: 'monthly'}},
	{name: 'drift', summary: 'trained again when the loss rises', labels: 'final', retrain: {drift: true}},
	{
		name: 'volume',
		summary: 'trained again when the labels have doubled, and so on by the same number',
		labels: 'final',
		retrain: {volume: true},
	},
	{name: 'online', summary: 'the online learner alone', labels: 'final', online: 'alone'},
	{
		name: 'weekly-online',
		summary: 'the online learner with the weekly teacher as an expert',
		labels: 'final',
		retrain: {schedule: 'spec'},
		online: 'with-teacher',
	},
	{
		name: 'loop',
		summary: 'the full loop: schedule and triggers, the gate, teacher or online learner by their standing',
		labels: 'final',
		retrain: {schedule: 'spec', drift: true, triggers: true},
		online: 'with-teacher',
		guarded: true,
		unfinal: 'spec',
	},
	{
		name: 'survival',
		summary: 'weekly, from labels that are known and, weighted by what is likely, those that are not',
		labels: 'known',
		unfinal: 'survive',
		retrain: {schedule: 'spec'},
	},
	{name: 'naive', summary: 'weekly, from every label that is known, final or not', labels: 'known', retrain: {schedule: 'spec'}},
	{name: 'oracle', summary: 'weekly, from labels known at once: no real system', labels: 'at-once', retrain: {schedule: 'spec'}},
];

/**
 * Policies by name, in the order of {@link POLICIES}; all of them if none is named.
 *
 * @throws PerennialError - USAGE, naming those that exist.
 * @example
 * policiesOf('weekly,never').map(({name}) => name).join(' '); //=> 'never weekly'
 */
export function policiesOf(names: string | undefined): Policy[] {
	const wanted = new Set(names?.split(',').map(name => name.trim()));
	const unknown = [...wanted].find(name => !POLICIES.some(policy => policy.name === name));
	if (unknown !== undefined) {
		const known = POLICIES.map(({name}) => name).join(', ');
		throw new PerennialError('USAGE', `There is no policy ${JSON.stringify(unknown)}; choose among ${known}, separated by commas.`);
	}

	return POLICIES.filter(({name}) => wanted.size === 0 || wanted.has(name));
}
