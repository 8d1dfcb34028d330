/**
 * The fleet: does anything need me? One sentence answers; the table and the list below are the evidence.
 *
 * @module
 */
import {useConsole, useResource, useStore} from '../console-context.ts';
import type {ConsoleStore} from '../data/console-store.ts';
import {useNow} from '../model/clock.ts';
import {MODEL_STATES, modelStateOf, type ModelFacts} from '../model/model-state.ts';
import {Empty, Shown, Skeleton} from '../widgets/notices.tsx';
import type {ModelSummary} from '../../../../core/domain/index.ts';
import {FleetRow, WINDOWS_SHOWN} from './fleet-row.tsx';
import {fleetSentence} from './fleet-sentence.ts';
import {RecentEvents} from './recent-events.tsx';

const COLUMNS = ['model', 'quality', 'trend', 'drift', 'labels', 'retrain', 'edge'] as const;

/** The page under /. */
export function FleetPage() {
	const models = useResource('models');
	return (
		<div class="page">
			<Shown
				entry={models}
				what="what.models"
				outline={
					<>
						<Skeleton rows={1} />
						<Skeleton rows={6} />
					</>
				}
			>
				{list => (list.length === 0 ? <NoModels /> : <Fleet models={list} />)}
			</Shown>
		</div>
	);
}

function NoModels() {
	const {say} = useConsole();
	return (
		<>
			<div class="lead">
				<h1>{say('empty.fleet')}</h1>
			</div>
			<Empty title="page.fleet" how="empty.fleet.how" />
			<p class="quiet">{say('empty.fleet.own')}</p>
		</>
	);
}

function Fleet({models}: {readonly models: readonly ModelSummary[]}) {
	const {store, say} = useConsole();
	const {value: jobs = []} = useResource('jobs');
	const now = useNow();
	useStore(() => versionOf(store, models));
	const facts = models.map(summary => factsOf(store, summary));
	const {headline, rest} = fleetSentence(facts, jobs.filter(({state}) => state === 'running').length, now, say);
	const order = (one: ModelFacts): number => MODEL_STATES.indexOf(modelStateOf(one, now));
	const sorted = facts.toSorted((a, b) => order(a) - order(b) || (a.summary.name < b.summary.name ? -1 : 1));
	return (
		<>
			<div class="lead">
				<h1>{headline}</h1>
				{rest !== '' && <p>{rest}</p>}
			</div>
			<div class="fleet" role="table" aria-label={say('page.fleet')}>
				<div class="row head" role="row">
					{COLUMNS.map(column => (
						<span key={column} role="columnheader">
							{say(`fleet.${column}`, {n: WINDOWS_SHOWN})}
						</span>
					))}
				</div>
				{sorted.map(one => (
					<FleetRow key={one.summary.name} summary={one.summary} now={now} />
				))}
			</div>
			<RecentEvents models={models.map(({name}) => name)} />
		</>
	);
}

/** What is read of a model so far. */
function factsOf(store: ConsoleStore, summary: ModelSummary): ModelFacts {
	const [{value: alarms}, {value: marks}, {value: quality}] = [
		store.read('alarms', summary.name),
		store.read('marks', summary.name),
		store.read('quality', summary.name),
	];
	return {summary, ...(alarms && {alarms}), ...(marks && {marks}), ...(quality && {quality})};
}

/** Changes whenever a list that the sentence and the order rest on does. */
function versionOf(store: ConsoleStore, models: readonly ModelSummary[]): string {
	return models
		.map(({name}) => {
			const {alarms = [], marks = []} = factsOf(store, {name} as ModelSummary);
			return `${alarms.filter(({state}) => state === 'open').length} ${marks.length}`;
		})
		.join('|');
}
