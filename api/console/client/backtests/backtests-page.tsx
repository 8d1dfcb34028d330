/**
 * Would another policy have been better? The back-tests of a model's own history, newest first, and a button that asks for one.
 *
 * @module
 */
import {useState} from 'preact/hooks';
import type {Job} from '../../../../core/domain/index.ts';
import {useConsole, useResource} from '../console-context.ts';
import {percent} from '../formats.ts';
import {Shown, Skeleton} from '../widgets/notices.tsx';
import {bestOf} from './backtest-result.ts';
import {PolicyTable} from './policy-table.tsx';

/** The page under /models/:m/backtests. */
export function BacktestsPage({model}: {readonly model: string}) {
	return (
		<Shown entry={useResource('backtests', model)} what="what.backtests" outline={<Skeleton tall rows={6} />}>
			{backtests => <Backtests model={model} backtests={backtests} />}
		</Shown>
	);
}

function Backtests({model, backtests}: {readonly model: string; readonly backtests: readonly Job[]}) {
	const {say} = useConsole();
	const best = backtests.map(job => bestOf(job)).find(found => found !== undefined);
	return (
		<div class="stacked">
			<section class="card">
				<h2>{best === undefined ? say('backtests.none') : say('backtests.best', {policy: best})}</h2>
				<p class="quiet">{say('backtests.what')}</p>
				<AskButton model={model} isBusy={backtests.some(({endedAt}) => endedAt === undefined)} />
			</section>
			{backtests.map(job => (
				<Backtest key={job.id} job={job} />
			))}
		</div>
	);
}

/** One runs at a time, so that none can be asked for while one waits or runs. */
function AskButton({model, isBusy}: {readonly model: string; readonly isBusy: boolean}) {
	const {say, store} = useConsole();
	const [failure, setFailure] = useState('');
	const ask = async (): Promise<void> => {
		try {
			await store.askBacktest(model);
			setFailure('');
		} catch (error) {
			setFailure(error instanceof Error ? error.message : String(error));
		}
	};

	return (
		<p>
			<button
				type="button"
				class="button"
				disabled={isBusy}
				onClick={() => {
					void ask();
				}}
			>
				{say(isBusy ? 'backtests.busy' : 'backtests.ask')}
			</button>
			{failure !== '' && (
				<span class="is-refused" role="alert">
					{' '}
					{failure}
				</span>
			)}
		</p>
	);
}

function Backtest({job}: {readonly job: Job}) {
	const {say, formats} = useConsole();
	const {id, model, state, createdAt, progress, message, error} = job;
	return (
		<section class="card">
			<h2>
				{formats.moment(createdAt)} <small>{say(`job.${state}`)}</small>
			</h2>
			{state === 'succeeded' ? (
				<>
					<PolicyTable job={job} />
					<p>
						<a href={`/v1/models/${encodeURIComponent(model)}/backtests/${encodeURIComponent(id)}/report.html`}>
							{say('backtests.report')}
						</a>
					</p>
				</>
			) : error ? (
				<p class="is-refused">{error.message}</p>
			) : (
				<p class="quiet">
					{percent(progress)} {message}
				</p>
			)}
		</section>
	);
}
