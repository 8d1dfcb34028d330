/**
 * Maturity curves: known positives by age, a line for each vintage, and where the chosen one will end.
 *
 * @module
 */
import type {Vintage} from '../../../../core/domain/index.ts';
import {useConsole} from '../console-context.ts';
import {percent} from '../formats.ts';
import {useWidth} from '../widgets/use-width.ts';

const HEIGHT = 300;
/** Room for the axes: left, right, top, bottom. */
const [LEFT, RIGHT, TOP, BOTTOM] = [44, 16, 10, 26];
/** Steps of age that make up the time until a label is final. */
const STEPS = 24;
const TICKS = [0, 0.25, 0.5, 0.75, 1] as const;
/** Space above the highest line. */
const HEADROOM = 1.1;
const DAY_SECONDS = 86_400;

/** Older vintages fainter. */
export function VintageCurves({vintages, chosen}: {readonly vintages: readonly Vintage[]; readonly chosen: Vintage}) {
	const {say, formats} = useConsole();
	const [ref, width] = useWidth<HTMLDivElement>();
	const {positives: end} = chosen.figures;
	const highest = Math.max(1e-3, end?.high ?? 0, ...vintages.map(({curve}) => curve.positives.at(-1) ?? 0)) * HEADROOM;
	const x = (step: number): number => LEFT + (step / STEPS) * (width - LEFT - RIGHT);
	const y = (share: number): number => TOP + (1 - share / highest) * (HEIGHT - TOP - BOTTOM);
	const line = ({curve}: Vintage): string =>
		`M${x(0).toFixed(1)} ${y(0).toFixed(1)}${curve.positives.map((share, step) => `L${x(step + 1).toFixed(1)} ${y(share).toFixed(1)}`).join('')}`;
	const known = chosen.curve.positives.at(-1) ?? 0;
	const at = chosen.curve.positives.length;
	const label = {vintage: formats.date(Date.parse(chosen.start)), known: percent(known, 1)};
	const description = end
		? say('vintages.chart', {...label, low: percent(end.low, 1), high: percent(end.high, 1)})
		: say('vintages.chart.open', label);
	return (
		<div ref={ref} class="curves">
			{width > 0 && (
				<svg width={width} height={HEIGHT} role="img" aria-label={description}>
					{TICKS.map(share => (
						<g key={share}>
							<path class="grid" d={`M${LEFT} ${y(share * highest)}H${width - RIGHT}`} />
							<text x={LEFT - 6} y={y(share * highest) + 4} text-anchor="end">
								{percent(share * highest, highest < 0.05 ? 1 : 0)}
							</text>
							<text x={x(share * STEPS)} y={HEIGHT - 6} text-anchor={share === 1 ? 'end' : 'middle'}>
								{say('vintages.age', {days: formats.count((share * STEPS * chosen.stepSeconds) / DAY_SECONDS)})}
							</text>
						</g>
					))}
					{vintages.map((vintage, index) => (
						<path
							key={vintage.start}
							class="curve"
							d={line(vintage)}
							style={{opacity: 0.25 + (0.5 * index) / vintages.length}}
						/>
					))}
					{end && end.low < end.high && (
						<path class="ahead" d={`M${x(at)} ${y(known)}L${x(STEPS)} ${y(end.high)}V${y(end.low)}Z`} />
					)}
					<path class="curve chosen" d={line(chosen)} />
					{end && <path class="curve chosen open" d={`M${x(at)} ${y(known)}L${x(STEPS)} ${y(end.estimate)}`} />}
					<circle class="chosen" cx={x(at)} cy={y(known)} r="3.5" />
				</svg>
			)}
		</div>
	);
}
