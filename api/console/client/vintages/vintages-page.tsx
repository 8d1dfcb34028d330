/**
 * What each window's answers turned into as their labels came in, and what the young ones will turn into.
 *
 * @module
 */
import type {Vintage} from '../../../../core/domain/index.ts';
import {useConsole, useResource} from '../console-context.ts';
import {percent} from '../formats.ts';
import {Empty, Shown, Skeleton} from '../widgets/notices.tsx';
import {VintageCurves} from './vintage-curves.tsx';
import {VintageTable} from './vintage-table.tsx';

/** Newest vintages shown. */
const VINTAGES_MAX = 60;

/** The page under /models/:m/vintages. */
export function VintagesPage({model}: {readonly model: string}) {
	const vintages = useResource('vintages', model);
	return (
		<Shown entry={vintages} what="what.vintages" outline={<Skeleton tall rows={6} />}>
			{all =>
				all.length === 0 ? (
					<Empty title="empty.vintages" how="empty.vintages.how" />
				) : (
					<Vintages vintages={all.slice(-VINTAGES_MAX)} />
				)
			}
		</Shown>
	);
}

function Vintages({vintages}: {readonly vintages: readonly Vintage[]}) {
	const {
		say,
		router,
		route: {query},
	} = useConsole();
	const chosen =
		vintages.find(({start}) => start === query.get('vintage')) ??
		vintages.findLast(({final, figures}) => !final && figures.positives) ??
		vintages.at(-1)!;
	return (
		<div class="stacked">
			<section class="card">
				<h2>
					{say('vintages.title')} <small>{say('vintages.unit')}</small>
				</h2>
				<VintageCurves vintages={vintages} chosen={chosen} />
			</section>
			<section class="card">
				<VintageTable
					vintages={vintages}
					chosen={chosen}
					onChoose={({start}) => {
						router.keep({vintage: start});
					}}
				/>
				<p class="quiet">{say('vintages.rule', {level: percent(chosen.level)})}</p>
			</section>
		</div>
	);
}
