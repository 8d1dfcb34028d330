/**
 * The newest decisions and alarms of all models.
 *
 * @module
 */
import {useConsole, useStore} from '../console-context.ts';
import type {ConsoleStore} from '../data/console-store.ts';
import {pathOf} from '../router.ts';
import {eventText, eventTitle} from '../timeline/event-words.ts';
import {joinEvents, type TimelineEvent} from '../timeline/timeline-data.ts';
import {Glyph} from '../widgets/glyph.tsx';
import {Link} from '../widgets/link.tsx';

/** Events listed. */
const EVENTS_MAX = 12;

interface RecentEvent {
	readonly model: string;
	readonly event: TimelineEvent;
}

/** Newest first. Reads nothing by itself: the rows above do. */
export function RecentEvents({models}: {readonly models: readonly string[]}) {
	const {say, formats, store} = useConsole();
	useStore(() =>
		recentOf(store, models)
			.map(({event}) => event.id)
			.join(' '),
	);
	const recent = recentOf(store, models);
	return (
		<section class="card feed">
			<h2>
				{say('fleet.recent')} <small>{say('fleet.recent.hint')}</small>
			</h2>
			{recent.length === 0 ? (
				<p class="quiet">{say('fleet.recent.none')}</p>
			) : (
				<ul>
					{recent.map(({model, event}) => (
						<li key={`${model} ${event.id}`}>
							<Glyph kind={event.kind} title={say(`mark.${event.kind}`)} />
							<time>{formats.date(event.from)}</time>
							<Link to={pathOf('timeline', model)} query={{open: event.id}}>
								{model}
							</Link>
							<span class="clamped" title={eventText(event)}>
								<b>{eventTitle(event, say)}</b> {eventText(event)}
							</span>
						</li>
					))}
				</ul>
			)}
		</section>
	);
}

function recentOf(store: ConsoleStore, models: readonly string[]): RecentEvent[] {
	const all = models.flatMap(model =>
		joinEvents(store.read('marks', model).value ?? [], store.read('alarms', model).value ?? [])
			.slice(-EVENTS_MAX)
			.map(event => ({model, event})),
	);
	return all.toSorted((a, b) => b.event.from - a.event.from).slice(0, EVENTS_MAX);
}
