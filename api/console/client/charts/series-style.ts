/**
 * Chart grammar: how each series looks, in every chart and every legend.
 *
 * @module
 */
import type {QualitySeries} from '../../../../core/domain/index.ts';
import type {ColorName} from './color-names.ts';

/** How a series is drawn. */
export interface SeriesStyle {
	readonly color: ColorName;
	readonly width: number;
	readonly dash: readonly number[];
}

/** Later ones are drawn over earlier ones. */
export const SERIES: readonly QualitySeries[] = ['frozen', 'online', 'teacher', 'student', 'loop'];

/** What answered is thick; teacher and student thin; the online learner in long dashes; the never-updated model grey, in short ones. */
export const SERIES_STYLE: Readonly<Record<QualitySeries, SeriesStyle>> = {
	loop: {color: 'champion', width: 2.5, dash: []},
	student: {color: 'ok', width: 1.4, dash: [7, 2, 1.5, 2]},
	teacher: {color: 'shadow1', width: 1.4, dash: []},
	online: {color: 'shadow2', width: 1.5, dash: [9, 3]},
	frozen: {color: 'frozen', width: 1.6, dash: [3, 3]},
};
