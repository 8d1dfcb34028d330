/**
 * Drift of a model in a line: the input that moved most in each window.
 *
 * @module
 */
import type {DriftWindow} from '../../../../core/domain/index.ts';
import {heatLevel, worstInput} from '../model/drift-level.ts';

/** A cell for each window, oldest first. Says nothing to a screen reader: the newest value stands below it as text. */
export function DriftStrip({windows}: {readonly windows: readonly DriftWindow[]}) {
	return (
		<svg class="strip" viewBox={`0 0 ${windows.length} 1`} preserveAspectRatio="none" aria-hidden="true">
			{windows.map((window, index) => {
				const worst = worstInput(window);
				return (
					worst && <rect key={window.start} x={index + 0.06} width="0.88" height="1" class={`h${heatLevel(worst.multiple)}`} />
				);
			})}
		</svg>
	);
}
