/**
 * What others reach on the sets, and the bars that follow. LightGBM is not at hand in this project: its figures were measured once, on these very
 * cuts, and stand in ../shared/research/teacher-baselines.md, sections 4 (figures) and 8 (bars).
 *
 * @module
 */
import type {TeacherSetName} from './teacher-set.ts';

/** Figures of the others on the test rows of a set. */
export interface Baseline {
	/** LightGBM 4.7, the best of 25 trials by validation log loss; on german, settings that were fixed beforehand. One thread. */
	readonly lightgbm: {readonly auc: number; readonly prAuc: number; readonly ece: number; readonly seconds: number};
	/** LightGBM with the library's defaults, learning rate 0.1, and early stopping; on german the same as above. */
	readonly lightgbmDefaultAuc: number;
	/** Tuned LightGBM fitted again with the rows that validate; on german it always learns from all. */
	readonly lightgbmRefitAuc: number;
	/** Logistic regression of scikit-learn. */
	readonly logisticAuc: number;
	/** Highest calibration error, where a bar makes sense: the prior moves on the other sets, and german has 200 test rows a fold. */
	readonly eceMax?: number;
	/** True where PR-AUC has a bar: the credit sets, and card. */
	readonly isRisk: boolean;
}

/** By set. */
export const BASELINES: Readonly<Record<TeacherSetName, Baseline>> = {
	lending_club: {
		lightgbm: {auc: 0.6878, prAuc: 0.2891, ece: 0.014, seconds: 0.5},
		lightgbmDefaultAuc: 0.6784,
		lightgbmRefitAuc: 0.6923,
		logisticAuc: 0.692,
		eceMax: 0.02,
		isRisk: true,
	},
	sba: {
		lightgbm: {auc: 0.6282, prAuc: 0.4233, ece: 0.1126, seconds: 0.2},
		lightgbmDefaultAuc: 0.5963,
		lightgbmRefitAuc: 0.6333,
		logisticAuc: 0.6005,
		isRisk: true,
	},
	uci: {
		lightgbm: {auc: 0.7876, prAuc: 0.5504, ece: 0.0217, seconds: 0.5},
		lightgbmDefaultAuc: 0.7876,
		lightgbmRefitAuc: 0.7913,
		logisticAuc: 0.7117,
		eceMax: 0.025,
		isRisk: true,
	},
	german: {
		lightgbm: {auc: 0.7899, prAuc: 0.6202, ece: 0.0963, seconds: 0.03},
		lightgbmDefaultAuc: 0.7899,
		lightgbmRefitAuc: 0.7899,
		logisticAuc: 0.7828,
		isRisk: true,
	},
	card: {
		lightgbm: {auc: 0.9057, prAuc: 0.7608, ece: 0.00067, seconds: 2.7},
		lightgbmDefaultAuc: 0.903,
		lightgbmRefitAuc: 0.9054,
		logisticAuc: 0.8961,
		eceMax: 0.001,
		isRisk: true,
	},
	noaa: {
		lightgbm: {auc: 0.8569, prAuc: 0.7788, ece: 0.028, seconds: 1},
		lightgbmDefaultAuc: 0.8476,
		lightgbmRefitAuc: 0.8606,
		logisticAuc: 0.827,
		eceMax: 0.03,
		isRisk: false,
	},
	elec2: {
		lightgbm: {auc: 0.8454, prAuc: 0.7956, ece: 0.1107, seconds: 0.1},
		lightgbmDefaultAuc: 0.8435,
		lightgbmRefitAuc: 0.847,
		logisticAuc: 0.854,
		isRisk: false,
	},
	flights: {
		lightgbm: {auc: 0.5883, prAuc: 0.2052, ece: 0.0614, seconds: 0.4},
		lightgbmDefaultAuc: 0.5875,
		lightgbmRefitAuc: 0.5899,
		logisticAuc: 0.5779,
		isRisk: false,
	},
};

/** AUC that the default teacher may lie below the better of logistic regression and tuned LightGBM. */
export const AUC_TOLERANCE = 0.005;

/** PR-AUC that the default teacher may lie below tuned LightGBM. */
export const PR_AUC_TOLERANCE = 0.005;

/** AUC that our trees may lie below LightGBM with like settings. */
export const TREES_TOLERANCE = 0.004;

/**
 * The lowest difference in AUC to tuned LightGBM that is good enough.
 *
 * @example
 * differenceMin('uci'); //=> -0.005
 * differenceMin('elec2'); //=> 0.0036
 */
export function differenceMin(set: TeacherSetName): number {
	const {lightgbm, logisticAuc} = BASELINES[set];
	return Number((Math.max(lightgbm.auc, logisticAuc) - AUC_TOLERANCE - lightgbm.auc).toFixed(4));
}
