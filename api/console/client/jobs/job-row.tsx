/**
 * One job.
 *
 * @module
 */
import type {Job, JobState} from '../../../../core/domain/index.ts';
import {useState} from 'preact/hooks';
import {useConsole} from '../console-context.ts';
import {measured, NONE, percent, spaced} from '../formats.ts';
import {pathOf} from '../router.ts';
import {Glyph, type GlyphKind} from '../widgets/glyph.tsx';
import {Link} from '../widgets/link.tsx';
import type {Say} from '../words.ts';

/** The shape of each state. */
export const JOB_GLYPHS: Readonly<Record<JobState, GlyphKind>> = {
	queued: 'queued',
	running: 'running',
	succeeded: 'ok',
	failed: 'failed',
	cancelled: 'skipped',
};

/** Letters of an id shown; the whole stands in its title. */
const ID_LETTERS = 8;
/** Values of a result shown; the version's page has the rest. */
const RESULT_VALUES_MAX = 6;

/** A row; on narrow screens a card. */
export function JobRow({job}: {readonly job: Job}) {
	const {say, formats} = useConsole();
	const glyph = JOB_GLYPHS[job.state];
	const hasEnded = job.endedAt !== undefined;
	return (
		<tr>
			<td class="whole">
				<span class="job">
					<span class={`is-${glyph}`}>
						<Glyph kind={glyph} size={16} />
					</span>
					<span>
						<b>{say(`job.${job.kind}`)}</b> <Link to={pathOf('timeline', job.model)}>{job.model}</Link>
						<small>
							<span class={`word is-${glyph}`}>{say(`job.${job.state}`)}</span>
							{job.attempt > 1 && ` · ${say('jobs.attempt', {n: job.attempt, max: job.attemptsMax})}`} ·{' '}
							<code title={job.id}>{job.id.slice(0, ID_LETTERS)}</code>
						</small>
					</span>
				</span>
			</td>
			<td class="whole">
				<span class="chip">{say(`trigger.${job.trigger}`)}</span> {job.reason}
			</td>
			<td class={hasEnded ? 'whole none' : 'whole'}>
				<Progress job={job} />
			</td>
			<td data-label={say('jobs.asked')}>
				{formats.moment(job.createdAt)}
				<small>{say('jobs.asOf', {time: formats.date(job.asOf)})}</small>
				{job.startedAt !== undefined && job.endedAt !== undefined && (
					<small>
						{say('jobs.took')} {formats.age(job.endedAt - job.startedAt)}
					</small>
				)}
			</td>
			<td class={job.result || job.error ? '' : 'none'} data-label={say('jobs.result')}>
				<Result job={job} />
			</td>
			<td>
				<CancelButton job={job} />
			</td>
		</tr>
	);
}

function Progress({job: {state, progress, message}}: {readonly job: Job}) {
	const {say} = useConsole();
	if (state !== 'running' && state !== 'queued') {
		return <small>{state === 'succeeded' ? message : NONE}</small>;
	}

	return (
		<>
			<i
				class="meter"
				role="progressbar"
				aria-label={say('jobs.progress')}
				aria-valuemin={0}
				aria-valuemax={100}
				aria-valuenow={Math.round(progress * 100)}
			>
				<i style={{width: `${progress * 100}%`}} />
			</i>
			<small>
				{percent(progress)} {message}
			</small>
		</>
	);
}

/** What came of it: the reason first, then its numbers. */
function Result({job: {error, result, model}}: {readonly job: Job}) {
	const {say} = useConsole();
	if (error) {
		return (
			<>
				<code class="is-failed">{error.code}</code> {error.message}
			</>
		);
	}

	if (!result) {
		return <span class="quiet">{NONE}</span>;
	}

	const {outcome, version, reason, ...others} = result;
	const values = Object.entries(others)
		.filter(([, value]) => typeof value === 'number' || typeof value === 'string')
		.slice(0, RESULT_VALUES_MAX);
	return (
		<>
			{typeof version === 'number' && (
				<>
					<Link to={pathOf('versions', model)} query={{left: String(version)}}>
						v{version}
					</Link>{' '}
				</>
			)}
			{typeof outcome === 'string' && <b>{outcomeWord(outcome, say)}</b>}{' '}
			{typeof reason === 'string' && (
				<span class="clamped" title={reason}>
					{reason}
				</span>
			)}
			{values.length > 0 && (
				<small>
					{values
						.map(([name, value]) => `${spaced(name)} ${typeof value === 'number' ? measured(value) : String(value)}`)
						.join(' · ')}
				</small>
			)}
		</>
	);
}

function outcomeWord(outcome: string, say: Say): string {
	return outcome === 'promoted' || outcome === 'trial' || outcome === 'refused' || outcome === 'skipped'
		? say(`mark.${outcome}`)
		: outcome;
}

/** Asks once more before it cancels; says why if the server refuses. */
function CancelButton({job}: {readonly job: Job}) {
	const {say, store} = useConsole();
	const [isSure, setSure] = useState(false);
	const [problem, setProblem] = useState('');
	if (job.state !== 'queued' && job.state !== 'running') {
		return null;
	}

	const cancel = async (): Promise<void> => {
		try {
			await store.cancelJob(job.id);
		} catch (error) {
			setProblem(error instanceof Error ? error.message : String(error));
			setSure(false);
		}
	};

	return (
		<>
			<button
				type="button"
				class={`button ${isSure ? 'grave' : ''}`}
				aria-label={say('jobs.cancel.aria', {id: job.id})}
				onClick={() => {
					if (isSure) {
						void cancel();
					} else {
						setSure(true);
					}
				}}
				onBlur={() => {
					setSure(false);
				}}
			>
				{say(isSure ? 'jobs.cancel.sure' : 'jobs.cancel')}
			</button>
			{problem !== '' && (
				<small role="alert" class="is-alarm">
					{problem}
				</small>
			)}
		</>
	);
}
