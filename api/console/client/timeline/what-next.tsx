/**
 * What is due for a model, in sentences.
 *
 * @module
 */
import type {ComponentChild} from 'preact';
import {useConsole, useResource} from '../console-context.ts';
import type {ModelDetail} from '../data/resources.ts';
import {percent} from '../formats.ts';
import {pathOf} from '../router.ts';
import {Glyph, type GlyphKind} from '../widgets/glyph.tsx';
import {Link} from '../widgets/link.tsx';
import type {TimelineData} from './timeline-data.ts';

/** Open alarms listed; the lane has them all. */
const ALARMS_MAX = 5;

/** Jobs under way, open alarms, the next retrain, labels that are still to come. */
export function WhatNext({detail, data}: {readonly detail: ModelDetail; readonly data: TimelineData}) {
	const {say, formats} = useConsole();
	const {value: jobs = []} = useResource('jobs');
	const lines: [key: string, kind: GlyphKind, text: ComponentChild][] = [];
	for (const {id, model, state, kind, progress, message, reason} of jobs) {
		if (model === detail.name && (state === 'running' || state === 'queued')) {
			const values = {kind: say(`job.${kind}`), share: percent(progress), message: message === '' ? reason : message};
			lines.push([id, state === 'running' ? 'running' : 'queued', say(state === 'running' ? 'next.job' : 'next.queued', values)]);
		}
	}

	const alarms = data.events
		.filter(event => event.kind === 'alarm')
		.filter(({alarm}) => alarm.state === 'open')
		.toReversed();
	for (const {id, alarm} of alarms.slice(0, ALARMS_MAX)) {
		lines.push([
			id,
			'alarm',
			<>
				{alarm.message}{' '}
				<Link to={pathOf('timeline', detail.name)} query={{open: id}}>
					{formats.date(Date.parse(alarm.openedAt))}
				</Link>
			</>,
		]);
	}

	const open = data.windows.filter(({quality}) => quality && !quality.final).length;
	if (open > 0) {
		lines.push(['labels', 'waiting', say('next.labels', {n: open})]);
	}

	if (detail.nextRetrainAt !== undefined) {
		lines.push(['retrain', 'queued', say('next.retrain', {time: formats.moment(Date.parse(detail.nextRetrainAt))})]);
	}

	return (
		<section class="card next">
			<h2>{say('next.title')}</h2>
			{lines.length === 0 ? (
				<p class="quiet">{say('next.none')}</p>
			) : (
				<ul>
					{lines.map(([key, kind, text]) => (
						<li key={key}>
							<Glyph kind={kind} />
							<span>{text}</span>
						</li>
					))}
				</ul>
			)}
		</section>
	);
}
