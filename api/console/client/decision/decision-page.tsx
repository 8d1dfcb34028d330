/**
 * One answer as a reviewer reads it: who answered and why, what the others would have said, what was known, and what came of it.
 *
 * @module
 */
import type {DecisionView, Tier} from '../../../../core/domain/index.ts';
import {useConsole, useResource} from '../console-context.ts';
import {fixed} from '../formats.ts';
import {pathOf} from '../router.ts';
import {Link} from '../widgets/link.tsx';
import {Shown, Skeleton} from '../widgets/notices.tsx';
import {DecisionFacts} from './decision-facts.tsx';
import {DecisionReview} from './decision-review.tsx';

/** The page under /decisions/:id. */
export function DecisionPage({id}: {readonly id: string}) {
	const {say} = useConsole();
	const entry = useResource('decision', id);
	return (
		<div class="page">
			{entry.value === undefined && entry.failure?.error.code === 'DECISION_NOT_FOUND' ? (
				<section class="card empty">
					<h1>{say('missing.decision', {id})}</h1>
					<p>
						<Link to="/">{say('missing.back')}</Link>
					</p>
				</section>
			) : (
				<Shown
					entry={entry}
					what="what.decision"
					outline={
						<>
							<Skeleton rows={1} />
							<Skeleton rows={6} />
						</>
					}
				>
					{decision => <Decision decision={decision} />}
				</Shown>
			)}
		</div>
	);
}

function Decision({decision}: {readonly decision: DecisionView}) {
	const {say, formats} = useConsole();
	const {tier, version, probability, class: name, decidedAt, reason, outcome, model} = decision;
	const values = {
		tier: say(`series.${tier}`),
		version: version === 0 ? '' : ` v${version}`,
		probability: fixed(probability),
		class: name,
		time: formats.moment(Date.parse(decidedAt)),
	};
	const sentences = [say('decision.headline', values), ...(outcome === undefined ? [] : [say('decision.outcome', {outcome})])];
	return (
		<>
			<div class="lead">
				<h1>{sentences.join(say('gap'))}</h1>
				<p>
					{say('decision.because', {reason})} <Link to={pathOf('timeline', model)}>{model}</Link>
				</p>
			</div>
			<div class="split">
				<div class="stacked">
					<Scores decision={decision} />
					<Features features={decision.features} />
				</div>
				<div class="stacked">
					<DecisionReview decision={decision} />
					<Labels labels={decision.labels} />
					<DecisionFacts decision={decision} />
				</div>
			</div>
		</>
	);
}

function Scores({decision: {scores, tier}}: {readonly decision: DecisionView}) {
	const {say} = useConsole();
	const classes = Object.keys(Object.values(scores).find(one => one !== null) ?? {});
	return (
		<section class="card">
			<h2>
				{say('decision.scores')} <small>{say('decision.scores.hint')}</small>
			</h2>
			<table class="tiers">
				<thead>
					<tr>
						<th scope="col">{say('decision.tier')}</th>
						{classes.map(name => (
							<th key={name} scope="col">
								{name}
							</th>
						))}
					</tr>
				</thead>
				<tbody>
					{(Object.keys(scores) as Tier[]).map(one => (
						<tr key={one} class={one === tier ? 'on' : ''}>
							<th scope="row">
								{say(`series.${one}`)} {one === tier && <span class="chip">{say('decision.answered')}</span>}
							</th>
							{classes.map(name => (
								<td key={name}>{fixed(scores[one]?.[name])}</td>
							))}
						</tr>
					))}
				</tbody>
			</table>
		</section>
	);
}

function Features({features}: {readonly features: DecisionView['features']}) {
	const {say} = useConsole();
	return (
		<section class="card">
			<h2>
				{say('decision.features')} <small>{say('decision.features.hint', {n: Object.keys(features).length})}</small>
			</h2>
			<table>
				<tbody>
					{Object.entries(features).map(([name, value]) => (
						<tr key={name}>
							<th scope="row">{name}</th>
							<td>{value === null ? <span class="quiet">{say('decision.missing')}</span> : String(value)}</td>
						</tr>
					))}
				</tbody>
			</table>
		</section>
	);
}

function Labels({labels}: {readonly labels: DecisionView['labels']}) {
	const {say, formats} = useConsole();
	return (
		<section class="card">
			<h2>{say('decision.labels')}</h2>
			{labels.length === 0 ? (
				<p class="quiet">{say('decision.labels.none')}</p>
			) : (
				<table>
					<tbody>
						{labels.map(({value, observedAt, revision, channel, withdrawn}) => (
							<tr key={`${channel} ${revision}`} class={withdrawn ? 'estimate' : ''}>
								<th scope="row">{formats.moment(Date.parse(observedAt))}</th>
								<td>
									<b>{value}</b> <span class="quiet">{channel}</span>{' '}
									{revision > 0 && <span class="chip">{say('decision.corrected')}</span>}{' '}
									{withdrawn && <span class="chip">{say('decision.withdrawn')}</span>}
								</td>
							</tr>
						))}
					</tbody>
				</table>
			)}
		</section>
	);
}
