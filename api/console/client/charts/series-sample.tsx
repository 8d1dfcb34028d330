/**
 * A piece of a series, for legends.
 *
 * @module
 */
import type {QualitySeries} from '../../../../core/domain/index.ts';
import {SERIES_STYLE} from './series-style.ts';

/** A piece of a series, for legends. */
export function SeriesSample({series}: {readonly series: QualitySeries}) {
	const {color, width, dash} = SERIES_STYLE[series];
	return (
		<svg width="26" height="10" aria-hidden="true">
			<line
				x1="1"
				x2="25"
				y1="5"
				y2="5"
				stroke={`var(--${color})`}
				stroke-width={width}
				stroke-dasharray={dash.length === 0 ? undefined : dash.join(' ')}
			/>
		</svg>
	);
}
