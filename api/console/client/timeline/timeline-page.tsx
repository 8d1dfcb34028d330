/**
 * The model's timeline page: reads what stands on the axis, and what happens next.
 *
 * @module
 */
import {useMemo} from 'preact/hooks';
import {useConsole, useResource} from '../console-context.ts';
import type {ModelDetail} from '../data/resources.ts';
import {Empty, Failure, Skeleton} from '../widgets/notices.tsx';
import {NumbersTable} from './numbers-table.tsx';
import {joinTimeline} from './timeline-data.ts';
import {Timeline} from './timeline.tsx';
import {measureOf} from './use-timeline-view.ts';
import {WhatNext} from './what-next.tsx';

const NO_ITEMS: readonly never[] = [];

/** The page under /models/:m. */
export function TimelinePage({detail}: {readonly detail: ModelDetail}) {
	const {route} = useConsole();
	const model = detail.name;
	const quality = useResource('quality', model);
	const drift = useResource('drift', model);
	const alarms = useResource('alarms', model);
	const marks = useResource('marks', model);
	const live = useResource('moves', model, 'champion');
	const edge = useResource('moves', model, detail.spec.edge.channels[0] ?? 'edge-stable');
	const sources = [quality, drift, alarms, marks, live, edge].map(({value}) => value);
	const data = useMemo(
		() =>
			joinTimeline({
				quality: quality.value ?? NO_ITEMS,
				drift: drift.value ?? NO_ITEMS,
				alarms: alarms.value ?? NO_ITEMS,
				marks: marks.value ?? NO_ITEMS,
				live: live.value ?? NO_ITEMS,
				edge: edge.value ?? NO_ITEMS,
			}),
		sources,
	);
	const failures = (
		[
			[quality, 'what.quality'],
			[drift, 'what.drift'],
			[alarms, 'what.alarms'],
			[marks, 'what.marks'],
			[live, 'what.moves'],
		] as const
	).flatMap(([{failure}, what]) => (failure ? [{failure, what}] : []));
	const isLoading = [quality, drift, alarms, marks, live].some(({value, failure}) => value === undefined && !failure);
	return (
		<>
			{failures.map(({failure, what}) => (
				<Failure key={what} what={what} failure={failure} />
			))}
			{isLoading ? (
				<Skeleton tall rows={6} />
			) : data ? (
				<Timeline key={model} model={model} data={data} />
			) : (
				failures.length === 0 && <Empty title="empty.timeline" how="empty.timeline.how" values={{model}} />
			)}
			{data && <WhatNext detail={detail} data={data} />}
			{data && <NumbersTable data={data} measure={measureOf(route.query.get('measure'))} />}
		</>
	);
}
