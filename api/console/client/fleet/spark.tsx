/**
 * The trend of a model in a line: what answered, and the model that was never updated.
 *
 * @module
 */
import type {QualitySeries, QualityWindow} from '../../../../core/domain/index.ts';
import {halfInterval} from '../model/intervals.ts';
import {useConsole} from '../console-context.ts';
import {fixed} from '../formats.ts';

const WIDTH = 190;
const HEIGHT = 44;
const INSET = 3;

/** Final windows solid, estimates dotted under an open band. Windows without a value leave a gap. */
export function Spark({model, windows}: {readonly model: string; readonly windows: readonly QualityWindow[]}) {
	const {say} = useConsole();
	const valueOf = (window: QualityWindow, series: QualitySeries): number | null => window.series[series].auc;
	const values = windows.flatMap(window => [valueOf(window, 'loop'), valueOf(window, 'frozen')]).filter(value => value !== null);
	if (values.length === 0) {
		return null;
	}

	const [low, high] = [Math.min(...values) - 0.003, Math.max(...values) + 0.003];
	const x = (index: number): number => INSET + (index / (windows.length - 1)) * (WIDTH - 2 * INSET);
	const y = (value: number): number =>
		HEIGHT - INSET - ((Math.min(high, Math.max(low, value)) - low) / (high - low)) * (HEIGHT - 2 * INSET);
	const open = windows.findIndex(({final}) => !final);
	const cut = open === -1 ? windows.length : open;
	const line = (series: QualitySeries, from: number, to: number): string =>
		pathOf(
			windows.map((window, index) => (index >= from && index < to ? valueOf(window, series) : null)),
			x,
			y,
		);
	return (
		<svg
			class="spark"
			viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
			preserveAspectRatio="none"
			role="img"
			aria-label={`${model}: ${say('series.loop')} ${fixed(values.at(-2))}, ${say('series.frozen')} ${fixed(values.at(-1))}`}
		>
			<path class="band" d={bandOf(windows, Math.max(0, cut - 1), x, y)} />
			<path class="frozen" d={line('frozen', 0, windows.length)} />
			<path class="loop" d={line('loop', 0, cut)} />
			<path class="loop open" d={line('loop', Math.max(0, cut - 1), windows.length)} />
		</svg>
	);
}

function pathOf(values: readonly (number | null)[], x: (index: number) => number, y: (value: number) => number): string {
	return values
		.map((value, index) =>
			value === null ? '' : `${(values[index - 1] ?? null) === null ? 'M' : 'L'}${x(index).toFixed(1)} ${y(value).toFixed(1)}`,
		)
		.join('');
}

function bandOf(windows: readonly QualityWindow[], from: number, x: (index: number) => number, y: (value: number) => number): string {
	const edges = windows.flatMap((window, index) => {
		const [{auc}, half] = [window.series.loop, halfInterval(window, 'loop', 'auc')];
		return index < from || auc === null || half === null
			? []
			: [{x: x(index).toFixed(1), high: y(auc + half).toFixed(1), low: y(auc - half).toFixed(1)}];
	});
	return edges.length < 2
		? ''
		: `M${edges.map(edge => `${edge.x} ${edge.high}`).join('L')}L${edges
				.toReversed()
				.map(edge => `${edge.x} ${edge.low}`)
				.join('L')}z`;
}
