/**
 * Every edge agent in a row, those that need a look first.
 *
 * @module
 */
import type {EdgeStatus} from '../../../../core/domain/index.ts';
import {useConsole} from '../console-context.ts';
import {measured, NONE} from '../formats.ts';
import {pathOf} from '../router.ts';
import {Glyph, type GlyphKind} from '../widgets/glyph.tsx';
import {Link} from '../widgets/link.tsx';
import {needsLook, type EdgeGroup} from './edge-groups.ts';

const COLUMNS = ['edge', 'version', 'checks', 'predictions', 'latency', 'seen'] as const;

/** The shape of each state. */
export const EDGE_GLYPHS: Readonly<Record<EdgeStatus['state'], GlyphKind>> = {
	starting: 'waiting',
	serving: 'ok',
	refusing: 'refused',
	silent: 'silent',
};

/** A table; on narrow screens, cards. */
export function EdgeTable({groups}: {readonly groups: readonly EdgeGroup[]}) {
	const {say} = useConsole();
	const all = groups.flatMap(({agents, newest}) => agents.map(agent => ({agent, newest})));
	const rows = [...all.filter(({agent}) => needsLook(agent)), ...all.filter(({agent}) => !needsLook(agent))];
	return (
		<table class="card cards edges">
			<thead>
				<tr>
					{COLUMNS.map(column => (
						<th key={column} scope="col">
							{say(`edge.${column}`)}
						</th>
					))}
				</tr>
			</thead>
			<tbody>
				{rows.map(({agent, newest}) => (
					<AgentRow key={`${agent.edge} ${agent.model}`} agent={agent} newest={newest} />
				))}
			</tbody>
		</table>
	);
}

function AgentRow({agent, newest}: {readonly agent: EdgeStatus; readonly newest: number}) {
	const {say, formats} = useConsole();
	const glyph = EDGE_GLYPHS[agent.state];
	const {version, refusal, latencyMicrosP50, latencyMicrosP99} = agent;
	const latency = (value: number | undefined): string => (value === undefined ? NONE : `${measured(Math.round(value))} µs`);
	return (
		<tr>
			<td class="whole">
				<span class="job">
					<span class={`is-${glyph}`}>
						<Glyph kind={glyph} size={16} />
					</span>
					<span>
						<b>{agent.edge}</b> <Link to={pathOf('timeline', agent.model)}>{agent.model}</Link>
						<small>
							<span class={`word is-${glyph}`}>{say(`edge.${agent.state}`)}</span> · {agent.channel}
						</small>
						{refusal && (
							<small class="is-refused">
								{say('edge.refuses', {version: `v${refusal.version}`, message: refusal.message})}{' '}
								<code>{refusal.code}</code>
							</small>
						)}
					</span>
				</span>
			</td>
			<td data-label={say('edge.version')}>
				{version === undefined ? <span class="quiet">{say('edge.noVersion')}</span> : <b>v{version}</b>}
				{version !== undefined && version < newest && <small>{say('edge.older')}</small>}
			</td>
			<td data-label={say('edge.checks')}>
				{agent.verified ? (
					<>
						{say(agent.bitEqual ? 'edge.bitEqual' : 'edge.notBitEqual')}
						<small>{say('edge.verified')}</small>
						{agent.signed === true && <small>{say('edge.signed')}</small>}
						{agent.freshUntil !== undefined && (
							<small>{say('edge.fresh', {time: formats.moment(Date.parse(agent.freshUntil))})}</small>
						)}
					</>
				) : (
					<span class="quiet">{say('edge.unverified')}</span>
				)}
			</td>
			<td class="number" data-label={say('edge.predictions')}>
				{formats.count(agent.predictions)}
			</td>
			<td class="number" data-label={say('edge.latency')}>
				{latency(latencyMicrosP50)} <small>{latency(latencyMicrosP99)}</small>
			</td>
			<td data-label={say('edge.seen')}>{say('edge.ago', {age: formats.age(Date.now() - Date.parse(agent.lastSeenAt))})}</td>
		</tr>
	);
}
