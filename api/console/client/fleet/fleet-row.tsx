/**
 * One model in the fleet: state, quality, trend, drift, labels, next retrain, edge.
 *
 * @module
 */
import type {DriftWindow, ModelSummary, QualityWindow} from '../../../../core/domain/index.ts';
import {useConsole, useResource} from '../console-context.ts';
import {fixed, percent, signed} from '../formats.ts';
import {worstInput} from '../model/drift-level.ts';
import {halfInterval} from '../model/intervals.ts';
import {gainOf, labelShare, modelStateOf, newestWindows, type ModelFacts, type ModelState} from '../model/model-state.ts';
import {pathOf} from '../router.ts';
import {Glyph} from '../widgets/glyph.tsx';
import {Link} from '../widgets/link.tsx';
import {DriftStrip} from './drift-strip.tsx';
import {Spark} from './spark.tsx';

/** Newest windows in trend and drift strip. */
export const WINDOWS_SHOWN = 40;

const NO_WINDOWS: readonly never[] = [];

/** A row. The link on the name covers all of it. */
export function FleetRow({summary, now}: {readonly summary: ModelSummary; readonly now: number}) {
	const {say} = useConsole();
	const {value: quality = NO_WINDOWS} = useResource('quality', summary.name);
	const {value: drift = NO_WINDOWS} = useResource('drift', summary.name);
	const {value: alarms} = useResource('alarms', summary.name);
	const {value: marks} = useResource('marks', summary.name);
	const facts = {summary, quality, ...(alarms && {alarms}), ...(marks && {marks})};
	const state = modelStateOf(facts, now);
	return (
		<div class={`row is-row-${state}`} role="row">
			<span class="who" role="cell">
				<Glyph kind={state} size={16} title={say(`state.${state}`)} />
				<span>
					<span class="title">
						<Link to={pathOf('timeline', summary.name)}>{summary.name}</Link>{' '}
						<em>{summary.champion ? `v${summary.champion.version}` : ''}</em>
					</span>
					<small>
						<span class={`word is-${state}`}>{say(`state.${state}`)}</span> <Why facts={facts} state={state} />
					</small>
				</span>
			</span>
			<Quality windows={quality} newest={summary.quality} />
			<span class="trend" role="cell">
				{quality.length > 1 && <Spark model={summary.name} windows={quality.slice(-WINDOWS_SHOWN)} />}
			</span>
			<Drift windows={drift.slice(-WINDOWS_SHOWN)} />
			<Labels windows={quality} now={now} />
			<Retrain at={summary.nextRetrainAt} now={now} />
			<Edge summary={summary} />
		</div>
	);
}

/** The newest reason for a state, in the server's words where it has some. */
function Why({facts: {summary, alarms = [], marks = []}, state}: {readonly facts: ModelFacts; readonly state: ModelState}) {
	const {say, formats} = useConsole();
	switch (state) {
		case 'alarm': {
			return <>{alarms.find(alarm => alarm.state === 'open')?.message ?? ''}</>;
		}

		case 'refused': {
			return <>{marks.findLast(({kind}) => kind === 'refused')?.reason ?? ''}</>;
		}

		case 'silent': {
			return <>{say('why.silent', {time: formats.date(Date.parse(summary.newestEventAt!))})}</>;
		}

		case 'ok': {
			const {champion} = summary;
			return (
				<>
					{champion
						? say('why.promoted', {version: `v${champion.version}`, time: formats.date(Date.parse(champion.since))})
						: say('why.ok')}
				</>
			);
		}

		case 'waiting':
		case 'retired': {
			return <>{say(`why.${state}`)}</>;
		}
	}
}

function Quality({windows, newest}: {readonly windows: readonly QualityWindow[]; readonly newest: QualityWindow | undefined}) {
	const {say} = useConsole();
	const window = newestWindows(windows).judged ?? newest;
	if (!window) {
		return (
			<span class="num" role="cell">
				<small>{say('fleet.noLabels')}</small>
			</span>
		);
	}

	const [half, gain] = [halfInterval(window, 'loop', 'auc'), gainOf(window)];
	return (
		<span class={`num ${window.final ? '' : 'estimate'}`} role="cell">
			<b>{fixed(window.series.loop.auc)}</b> {half !== null && <small>± {fixed(half)}</small>}
			{gain !== null && <small class="line">{say('fleet.over', {gain: signed(gain)})}</small>}
			{!window.final && <small class="line">{say('fleet.estimate', {share: percent(labelShare(window))})}</small>}
		</span>
	);
}

function Drift({windows}: {readonly windows: readonly DriftWindow[]}) {
	const {say} = useConsole();
	const newest = windows.at(-1);
	const worst = newest && worstInput(newest);
	return (
		<span class="drift" role="cell">
			{newest ? <DriftStrip windows={windows} /> : <small>{say('fleet.noDrift')}</small>}
			{worst && (
				<small>
					{worst.multiple.toFixed(1)} × {worst.feature}
				</small>
			)}
		</span>
	);
}

function Labels({windows, now}: {readonly windows: readonly QualityWindow[]; readonly now: number}) {
	const {say, formats} = useConsole();
	const {final} = newestWindows(windows);
	const end = final && Date.parse(final.end);
	return (
		<span class="labels" role="cell">
			<i class="caption">{say('fleet.labels')}</i>
			{end === undefined ? say('fleet.noneFinal') : formats.date(end)}
			{end !== undefined && <small>{say('fleet.behind', {age: formats.age(Math.max(0, now - end))})}</small>}
		</span>
	);
}

function Retrain({at, now}: {readonly at: string | undefined; readonly now: number}) {
	const {say, formats} = useConsole();
	return (
		<span class="next" role="cell">
			<i class="caption">{say('fleet.retrain')}</i>
			{at === undefined ? <small>{say('fleet.noSchedule')}</small> : formats.soon(Date.parse(at), now)}
		</span>
	);
}

function Edge({summary: {edge, champion}}: {readonly summary: ModelSummary}) {
	const {say} = useConsole();
	if (edge.agents === 0) {
		return (
			<span class="edgec" role="cell">
				<small>{say('fleet.noEdge')}</small>
			</span>
		);
	}

	const share = edge.onNewest / edge.agents;
	const text = say('fleet.onNewest', {share: percent(share), version: champion ? `v${champion.version}` : say('fleet.noVersion')});
	return (
		<span class="edgec" role="cell">
			<i class="meter">
				<i style={{width: `${share * 100}%`}} />
			</i>
			<small>{text}</small>
		</span>
	);
}
