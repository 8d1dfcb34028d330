/**
 * One decision or alarm in full, with what can be done about it.
 *
 * @module
 */
import {useState} from 'preact/hooks';
import type {Alarm, AlarmCause} from '../../../../core/domain/index.ts';
import {useConsole} from '../console-context.ts';
import {fixed, percent} from '../formats.ts';
import {pathOf} from '../router.ts';
import {Glyph} from '../widgets/glyph.tsx';
import {Link} from '../widgets/link.tsx';
import {eventText, eventTitle} from './event-words.ts';
import type {TimelineEvent} from './timeline-data.ts';

/** The details; `model` is the model that it is about. */
export function EventDetails({
	event,
	model,
	onClose,
}: {
	readonly event: TimelineEvent;
	readonly model: string;
	readonly onClose: () => void;
}) {
	const {say, formats} = useConsole();
	return (
		<div class={`event details is-box-${event.kind}`} aria-live="polite">
			<p>
				<Glyph kind={event.kind} />{' '}
				<b>
					{formats.date(event.from)}: {eventTitle(event, say)}
				</b>{' '}
				{event.kind === 'alarm' && <AlarmState alarm={event.alarm} />}
			</p>
			<p>{eventText(event)}</p>
			{event.kind === 'alarm' && (
				<p class="quiet">
					{say('alarm.effect', {
						effect: fixed(event.alarm.effect),
						threshold: fixed(event.alarm.threshold),
						detector: event.alarm.detector,
					})}
				</p>
			)}
			{event.kind === 'alarm' && event.alarm.causes && <AlarmCauses causes={event.alarm.causes} alarm={event.alarm} model={model} />}
			<p class="actions">
				{event.kind === 'alarm' && <AlarmActions alarm={event.alarm} model={model} />}
				<Link to={pathOf('timeline', model)} query={{open: event.id}}>
					{say('mark.link')}
				</Link>
				<button type="button" class="textual" onClick={onClose}>
					{say('mark.close')}
				</button>
			</p>
		</div>
	);
}

function AlarmState({alarm}: {readonly alarm: Alarm}) {
	const {say, formats} = useConsole();
	return (
		<span class="chip">
			{say(`alarm.${alarm.state}`, {time: alarm.resolvedAt === undefined ? '' : formats.date(Date.parse(alarm.resolvedAt))})}
		</span>
	);
}

/** Fields of the source that explain an alarm, best first; each leads to the drift of its feature that explains most. */
function AlarmCauses({causes, alarm, model}: {readonly causes: readonly AlarmCause[]; readonly alarm: Alarm; readonly model: string}) {
	const {say} = useConsole();
	return (
		<>
			<p>{say('alarm.causes')}</p>
			<ol class="causes">
				{causes.map(({field, share, features, moved, of}) => (
					<li key={field}>
						<Link to={pathOf('drift', model)} query={{feature: features[0] ?? field, at: beforeText(alarm.openedAt)}}>
							{field}
						</Link>{' '}
						{say(of === 1 ? 'alarm.cause' : 'alarm.cause.group', {share: percent(share), moved: String(moved), of: String(of)})}
					</li>
				))}
			</ol>
		</>
	);
}

function AlarmActions({alarm, model}: {readonly alarm: Alarm; readonly model: string}) {
	const {say, store} = useConsole();
	const [problem, setProblem] = useState('');
	const acknowledge = async (): Promise<void> => {
		try {
			await store.acknowledgeAlarm(model, alarm.id);
			setProblem('');
		} catch (error) {
			setProblem(error instanceof Error ? error.message : String(error));
		}
	};

	return (
		<>
			{alarm.state === 'open' && (
				<button type="button" class="button" onClick={() => void acknowledge()}>
					{say('alarm.acknowledge')}
				</button>
			)}
			{problem !== '' && (
				<span role="alert" class="is-alarm">
					{problem}
				</span>
			)}
			{alarm.subject === 'feature' && (
				<Link to={pathOf('drift', model)} query={{feature: alarm.name, at: beforeText(alarm.openedAt)}}>
					{say('alarm.drift')}
				</Link>
			)}
		</>
	);
}

/** A moment before: an alarm is raised where the window that it is about ends. */
function beforeText(time: string): string {
	return new Date(Date.parse(time) - 1).toISOString();
}
