/**
 * Vintages in rows, newest first, each figure with the bounds between which it will end.
 *
 * @module
 */
import type {MaturingFigure, Vintage} from '../../../../core/domain/index.ts';
import {useConsole} from '../console-context.ts';
import {fixed, percent} from '../formats.ts';

const COLUMNS = ['vintage', 'state', 'known', 'positives', 'auc', 'logLoss', 'calibration'] as const;

/** The chosen row is marked; each row's name chooses it. */
export function VintageTable({
	vintages,
	chosen,
	onChoose,
}: {
	readonly vintages: readonly Vintage[];
	readonly chosen: Vintage;
	readonly onChoose: (vintage: Vintage) => void;
}) {
	const {say, formats} = useConsole();
	const fine = (value: number): string => percent(value, 1);
	return (
		<div class="sideways" tabIndex={0} role="group" aria-label={say('vintages.table')}>
			<table class="tiers vintages">
				<thead>
					<tr>
						{COLUMNS.map(column => (
							<th key={column} scope="col">
								{say(`vintages.${column}`)}
							</th>
						))}
					</tr>
				</thead>
				<tbody>
					{vintages.toReversed().map(vintage => (
						<tr key={vintage.start} class={vintage === chosen ? 'on' : ''}>
							<th scope="row">
								<button
									type="button"
									aria-pressed={vintage === chosen}
									onClick={() => {
										onChoose(vintage);
									}}
								>
									{formats.date(Date.parse(vintage.start))}
								</button>
							</th>
							<td>{say(vintage.final ? 'vintages.final' : 'vintages.maturing')}</td>
							<td>{percent(vintage.decisions === 0 ? 0 : vintage.labelled / vintage.decisions)}</td>
							<Figure figure={vintage.figures.positives} text={fine} />
							<Figure figure={vintage.figures.auc} text={fixed} />
							<Figure figure={vintage.figures.logLoss} text={fixed} />
							<Figure figure={vintage.figures.calibration} text={fixed} />
						</tr>
					))}
				</tbody>
			</table>
		</div>
	);
}

function Figure({figure, text}: {readonly figure: MaturingFigure | null; readonly text: (value: number) => string}) {
	const {say} = useConsole();
	if (!figure) {
		return <td class="quiet">{say('vintages.untold')}</td>;
	}

	const {estimate, low, high} = figure;
	return (
		<td>
			{text(estimate)}
			{low < high && <small>{say('vintages.between', {low: text(low), high: text(high)})}</small>}
		</td>
	);
}
