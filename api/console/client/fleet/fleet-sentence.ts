/**
 * The fleet in one sentence: what needs somebody.
 *
 * @module
 */
import {modelStateOf, openAlarms, type ModelFacts, type ModelState} from '../model/model-state.ts';
import type {Say} from '../words.ts';

/** A headline, and a line below it. */
export interface FleetSentence {
	readonly headline: string;
	readonly rest: string;
}

/** Names listed in a sentence before it counts instead. */
const NAMES_MAX = 3;

/**
 * Say what needs somebody, most urgent first; that nothing does, if so.
 *
 * @param now - At the server: event time in a replay.
 */
export function fleetSentence(models: readonly ModelFacts[], jobsRunning: number, now: number, say: Say): FleetSentence {
	const active = models.filter(({summary}) => summary.state === 'active');
	const states = new Map(active.map(facts => [facts.summary.name, modelStateOf(facts, now)]));
	const named = (state: ModelState): string[] => [...states].filter(([, own]) => own === state).map(([name]) => name);
	const alarms = active.reduce((sum, facts) => sum + openAlarms(facts), 0);
	const [alarmed, refused, silent, waiting] = [named('alarm'), named('refused'), named('silent'), named('waiting')];
	const where = alarmed.length === 1 ? alarmed[0]! : say('fleet.models', {n: alarmed.length});
	const urgent = [
		...(alarms > 0 ? [say('fleet.alarms', {n: alarms, where})] : []),
		...(refused.length > 0 ? [say('fleet.refused', {n: refused.length})] : []),
		...(silent.length > 0 ? [say('fleet.silent', {n: silent.length})] : []),
	];
	const calm = active.length - alarmed.length - refused.length - silent.length;
	const rest = [
		...(urgent.length > 0 && calm > 0 ? [say('fleet.ok', {ok: calm, n: active.length})] : []),
		...(waiting.length > 0
			? [say('fleet.waiting', {names: waiting.length > NAMES_MAX ? say('fleet.models', {n: waiting.length}) : waiting.join(', ')})]
			: []),
		...(jobsRunning > 0 ? [say('fleet.running', {n: jobsRunning})] : []),
	];
	return {headline: urgent.length > 0 ? urgent.join(say('gap')) : say('fleet.calm'), rest: rest.join(say('gap'))};
}
