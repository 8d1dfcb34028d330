/**
 * Who a model is right for: figures by segment, and gaps between protected groups, of one window.
 *
 * @module
 */
import type {SegmentWindow} from '../../../../core/domain/index.ts';
import {useConsole, useResource} from '../console-context.ts';
import {Empty, Shown, Skeleton} from '../widgets/notices.tsx';
import {GapTable} from './gap-table.tsx';
import {SegmentTable} from './segment-table.tsx';

/** Newest windows to choose from. */
const WINDOWS_MAX = 60;

/** The page under /models/:m/segments. */
export function SegmentsPage({model}: {readonly model: string}) {
	const windows = useResource('segments', model);
	return (
		<Shown entry={windows} what="what.segments" outline={<Skeleton tall rows={6} />}>
			{all =>
				all.length === 0 ? (
					<Empty title="empty.segments" how="empty.segments.how" />
				) : (
					<Segments windows={all.slice(-WINDOWS_MAX)} />
				)
			}
		</Shown>
	);
}

function Segments({windows}: {readonly windows: readonly SegmentWindow[]}) {
	const {
		say,
		formats,
		router,
		route: {query},
	} = useConsole();
	const chosen = windows.find(({start}) => start === query.get('window')) ?? windows.findLast(({final}) => final) ?? windows.at(-1)!;
	return (
		<div class="stacked">
			<section class="card">
				<h2>{say('segments.title')}</h2>
				<p>
					<label>
						{say('segments.window')}{' '}
						<select
							value={chosen.start}
							onChange={event => {
								router.keep({window: event.currentTarget.value});
							}}
						>
							{windows.toReversed().map(({start, final}) => (
								<option key={start} value={start}>
									{formats.date(Date.parse(start))} · {say(final ? 'segments.final' : 'segments.maturing')}
								</option>
							))}
						</select>
					</label>
				</p>
				<SegmentTable window={chosen} />
				<p class="quiet">{say('segments.rule')}</p>
			</section>
			{chosen.gaps.length > 0 && (
				<section class="card">
					<h2>{say('segments.gaps')}</h2>
					<GapTable gaps={chosen.gaps} />
				</section>
			)}
		</div>
	);
}
