/**
 * One model: its head with the facts that stand on every tab, and the tabs.
 *
 * @module
 */
import type {ComponentChildren} from 'preact';
import {useConsole, useResource} from '../console-context.ts';
import {fixed, percent, signed} from '../formats.ts';
import {pathOf} from '../router.ts';
import {Failure, Skeleton} from '../widgets/notices.tsx';
import {State} from '../widgets/glyph.tsx';
import {Link} from '../widgets/link.tsx';
import type {ModelDetail} from '../data/resources.ts';
import {useNow} from './clock.ts';
import {halfInterval} from './intervals.ts';
import {gainOf, labelShare, modelStateOf, newestWindows} from './model-state.ts';

const TABS = ['timeline', 'drift', 'vintages', 'segments', 'versions', 'backtests'] as const;

/** Head, tabs and, once the model is known, the page. */
export function ModelPage({
	model,
	tab,
	children,
}: {
	readonly model: string;
	readonly tab: (typeof TABS)[number];
	readonly children: (detail: ModelDetail) => ComponentChildren;
}) {
	const {say} = useConsole();
	const {value: detail, failure} = useResource('detail', model);
	if (!detail) {
		return (
			<div class="page">
				{failure?.error.code === 'MODEL_NOT_FOUND' ? (
					<section class="card empty">
						<h1>{say('missing.model', {model})}</h1>
						<p>
							<Link to="/">{say('missing.back')}</Link>
						</p>
					</section>
				) : failure ? (
					<Failure what="what.model" failure={failure} />
				) : (
					<>
						<Skeleton rows={1} />
						<Skeleton tall />
					</>
				)}
			</div>
		);
	}

	return (
		<div class="page">
			<ModelHead detail={detail} />
			<nav class="tabs" aria-label={say('nav.model')}>
				{TABS.map(page => (
					<Link key={page} to={pathOf(page, model)} current={page === tab}>
						{say(`page.${page}`)}
					</Link>
				))}
			</nav>
			{children(detail)}
		</div>
	);
}

function ModelHead({detail}: {readonly detail: ModelDetail}) {
	const {say, formats} = useConsole();
	const {value: quality = []} = useResource('quality', detail.name);
	const {value: alarms} = useResource('alarms', detail.name);
	const {value: marks} = useResource('marks', detail.name);
	const state = modelStateOf({summary: detail, quality, ...(alarms && {alarms}), ...(marks && {marks})}, useNow());
	const {final, judged} = newestWindows(quality);
	const half = final && halfInterval(final, 'loop', 'auc');
	const gain = final ? gainOf(final) : null;
	return (
		<div class="modelhead">
			<div class="name">
				<h1>{detail.name}</h1>
				<State kind={state} word={`state.${state}`} />
			</div>
			<dl class="facts">
				{detail.champion && (
					<Fact
						name={say('timeline.head.champion')}
						value={`v${detail.champion.version}`}
						note={say('timeline.head.since', {time: formats.date(Date.parse(detail.champion.since))})}
					/>
				)}
				{final && (
					<Fact
						name={say('timeline.head.final')}
						value={fixed(final.series.loop.auc)}
						note={half === null || half === undefined ? '' : `± ${fixed(half)}`}
					/>
				)}
				{final && gain !== null && <Fact name={say('timeline.head.gain')} value={signed(gain)} />}
				{judged && !judged.final && (
					<Fact
						name={say('timeline.head.estimate')}
						value={fixed(judged.series.loop.auc)}
						note={say('labels.known', {share: percent(labelShare(judged))})}
						isEstimate
					/>
				)}
				<Fact
					name={say('timeline.head.events')}
					value={formats.count(detail.counts.events)}
					note={say('timeline.head.labelled', {n: formats.count(detail.counts.labels)})}
				/>
			</dl>
		</div>
	);
}

function Fact({
	name,
	value,
	note = '',
	isEstimate = false,
}: {
	readonly name: string;
	readonly value: string;
	readonly note?: string;
	readonly isEstimate?: boolean;
}) {
	return (
		<div class={isEstimate ? 'estimate' : ''}>
			<dt>{name}</dt>
			<dd>
				<span>{value}</span> {note !== '' && <small>{note}</small>}
			</dd>
		</div>
	);
}
