/**
 * Which version runs where, and who refuses one and why.
 *
 * @module
 */
import type {EdgeStatus} from '../../../../core/domain/index.ts';
import {useConsole, useResource} from '../console-context.ts';
import {Empty, Shown, Skeleton} from '../widgets/notices.tsx';
import {EdgeTable, EDGE_GLYPHS} from './edge-table.tsx';
import {edgeGroups, needsLook, type EdgeGroup} from './edge-groups.ts';
import {Glyph} from '../widgets/glyph.tsx';

/** Squares drawn for one group; the table has all agents. */
const SQUARES_MAX = 600;

/** The page under /edge. */
export function EdgePage() {
	return (
		<div class="page">
			<Shown
				entry={useResource('edges')}
				what="what.edges"
				outline={
					<>
						<Skeleton rows={1} />
						<Skeleton rows={6} />
					</>
				}
			>
				{edges =>
					edges.length === 0 ? (
						<Empty title="empty.edge" how="empty.edge.how" command="make edge MODEL=name" />
					) : (
						<Edges edges={edges} />
					)
				}
			</Shown>
		</div>
	);
}

function Edges({edges}: {readonly edges: readonly EdgeStatus[]}) {
	const {say} = useConsole();
	const groups = edgeGroups(edges);
	const trouble = edges.filter(needsLook).length;
	const [only] = groups;
	const headline =
		groups.length === 1 && only && only.newest > 0
			? say('edge.headline', {version: `v${only.newest}`, on: only.onNewest, n: only.agents.length, model: only.model})
			: say('edge.fleet', {n: edges.length});
	return (
		<>
			<div class="lead">
				<h1>{[headline, ...(trouble > 0 ? [say('edge.trouble', {n: trouble})] : [])].join(say('gap'))}</h1>
				{trouble === 0 && <p>{say('edge.fine')}</p>}
			</div>
			<section class="card">
				<h2>
					{say('edge.where')} <small>{say('edge.where.hint')}</small>
				</h2>
				{groups.map(group => (
					<Waffle key={`${group.model} ${group.channel}`} group={group} />
				))}
				<div class="scale">
					<span>
						<i class="box is-newest" />
						{say('edge.newest')}
					</span>
					<span>
						<i class="box is-older" />
						{say('edge.older')}
					</span>
					{(['refusing', 'silent', 'starting'] as const).map(state => (
						<span key={state} class={`is-${EDGE_GLYPHS[state]}`}>
							<Glyph kind={EDGE_GLYPHS[state]} size={12} /> {say(`edge.${state}`)}
						</span>
					))}
				</div>
			</section>
			<EdgeTable groups={groups} />
		</>
	);
}

function Waffle({group: {model, channel, agents, newest}}: {readonly group: EdgeGroup}) {
	const {say} = useConsole();
	return (
		<div class="ring">
			<div>
				<b>{model}</b>
				<small>
					{channel} · {say('edge.agents', {n: agents.length})}
				</small>
			</div>
			<div class="waffle">
				{agents.slice(0, SQUARES_MAX).map(agent => {
					const {edge, version} = agent;
					const state = shownState(agent);
					const label = `${edge}, ${version === undefined ? say('edge.noVersion') : `v${version}`}, ${say(`edge.${state}`)}`;
					return (
						<i
							key={edge}
							role="img"
							aria-label={label}
							title={label}
							class={`box is-${version === newest ? 'newest' : 'older'} shows-${EDGE_GLYPHS[state]}`}
						>
							{state !== 'serving' && <Glyph kind={EDGE_GLYPHS[state]} size={12} />}
						</i>
					);
				})}
			</div>
		</div>
	);
}

/** An agent that serves an older version because it refuses the newest is shown as refusing. */
function shownState({state, refusal}: EdgeStatus): EdgeStatus['state'] {
	return state === 'serving' && refusal !== undefined ? 'refusing' : state;
}
