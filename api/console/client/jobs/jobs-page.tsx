/**
 * What runs, how far it is, why it ran, and what came of it.
 *
 * @module
 */
import type {Job} from '../../../../core/domain/index.ts';
import {useConsole, useResource} from '../console-context.ts';
import {Empty, Shown, Skeleton} from '../widgets/notices.tsx';
import type {Say} from '../words.ts';
import {JobRow} from './job-row.tsx';

const COLUMNS = ['job', 'why', 'progress', 'asked', 'result'] as const;
/** Newest jobs shown. */
const JOBS_MAX = 200;
/** Newest ended jobs that the sentence looks at. */
const LATELY = 20;

/** The page under /jobs. */
export function JobsPage() {
	return (
		<div class="page">
			<Shown
				entry={useResource('jobs')}
				what="what.jobs"
				outline={
					<>
						<Skeleton rows={1} />
						<Skeleton rows={6} />
					</>
				}
			>
				{jobs =>
					jobs.length === 0 ? (
						<Empty title="empty.jobs" how="empty.jobs.how" command="make train MODEL=name" />
					) : (
						<Jobs jobs={jobs} />
					)
				}
			</Shown>
		</div>
	);
}

function Jobs({jobs}: {readonly jobs: readonly Job[]}) {
	const {
		say,
		router,
		route: {query},
	} = useConsole();
	const models = [...new Set(jobs.map(({model}) => model))].toSorted();
	const model = query.get('model') ?? '';
	const chosen = jobs.filter(job => model === '' || job.model === model);
	return (
		<>
			<div class="lead">
				<h1>{jobsSentence(chosen, say)}</h1>
			</div>
			{models.length > 1 && (
				<label class="filter">
					{say('jobs.model')}{' '}
					<select
						value={model}
						onChange={event => {
							router.keep({model: event.currentTarget.value});
						}}
					>
						<option value="">{say('jobs.all')}</option>
						{models.map(name => (
							<option key={name} value={name}>
								{name}
							</option>
						))}
					</select>
				</label>
			)}
			<table class="card cards jobs">
				<thead>
					<tr>
						{COLUMNS.map(column => (
							<th key={column} scope="col">
								{say(`jobs.${column}`)}
							</th>
						))}
						<th scope="col">
							<span class="unseen">{say('jobs.cancel')}</span>
						</th>
					</tr>
				</thead>
				<tbody>
					{chosen.slice(0, JOBS_MAX).map(job => (
						<JobRow key={job.id} job={job} />
					))}
				</tbody>
			</table>
			{chosen.length > JOBS_MAX && <p class="quiet">{say('jobs.more', {n: chosen.length - JOBS_MAX})}</p>}
		</>
	);
}

function jobsSentence(jobs: readonly Job[], say: Say): string {
	const count = (state: Job['state'], of = jobs): number => of.filter(job => job.state === state).length;
	const ended = jobs.filter(({endedAt}) => endedAt !== undefined).slice(0, LATELY);
	const [running, queued, failed] = [count('running'), count('queued'), count('failed', ended)];
	return [
		running === 0 ? say('jobs.idle') : say('jobs.running', {n: running}),
		...(queued > 0 ? [say('jobs.queued', {n: queued})] : []),
		...(failed > 0 ? [say('jobs.failed', {n: failed, of: ended.length})] : []),
	].join(say('gap'));
}
