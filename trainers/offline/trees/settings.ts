/**
 * Settings of boosted trees, their defaults, and what a search may vary.
 *
 * @module
 */
import type {SettingRange, TeacherSettings} from '../../../core/domain/index.ts';
import {FitSettings} from '../teacher-settings.ts';

/** Name of the teacher. */
export const TREES = 'boosted-trees';

/** How trees are boosted. The names of LightGBM for the same settings are given where they differ. */
export interface TreeSettings {
	/** Share of a tree's answer that is added. */
	readonly learningRate: number;
	/** Leaves of a tree, at most (num_leaves). */
	readonly leaves: number;
	/** Splits from the root to a leaf, at most (max_depth). */
	readonly depthMax: number;
	/** Rows that a leaf holds at least (min_data_in_leaf); never more than a tenth of the rows that are learnt from. */
	readonly minimumLeafRows: number;
	/** Sum of second derivatives that a leaf holds at least (min_sum_hessian_in_leaf). */
	readonly minimumLeafHessian: number;
	/** Pulls the answers of leaves to 0 (lambda_l2). */
	readonly l2: number;
	/** Rows a category needs to be told apart, and a constant that pulls the order of rare categories to the middle (cat_smooth). */
	readonly categorySmoothing: number;
	/** Added to l2 where several categories go left (cat_l2). */
	readonly categoryL2: number;
	/** Share of the features that a tree may use, drawn for each tree; at least two (feature_fraction). */
	readonly featureFraction: number;
	/** Share of the rows that a tree learns from, drawn for each round (bagging_fraction with bagging_freq 1). */
	readonly baggingFraction: number;
	/** Rounds, at most (num_iterations). */
	readonly roundsMax: number;
	/** Rounds without a better loss on the newest rows before it stops (early_stopping_round). */
	readonly patience: number;
}

/**
 * Defaults of {@link TreeSettings}. Of the settings tried on six data sets, small trees on part of the features and rows had the least loss on the
 * newest rows.
 */
export const TREE_DEFAULTS: TreeSettings = {
	learningRate: 0.05,
	leaves: 15,
	depthMax: 64,
	minimumLeafRows: 50,
	minimumLeafHessian: 1e-3,
	l2: 1,
	categorySmoothing: 10,
	categoryL2: 10,
	featureFraction: 0.6,
	baggingFraction: 0.8,
	roundsMax: 600,
	patience: 30,
};

/** What a search may vary. */
export const TREE_SPACE: Readonly<Record<string, SettingRange>> = {
	learningRate: {kind: 'log', from: 0.03, to: 0.15},
	leaves: {kind: 'integer', from: 4, to: 96},
	minimumLeafRows: {kind: 'integer', from: 10, to: 300},
	l2: {kind: 'log', from: 0.01, to: 30},
	categorySmoothing: {kind: 'log', from: 5, to: 100},
	featureFraction: {kind: 'uniform', from: 0.4, to: 1},
	baggingFraction: {kind: 'uniform', from: 0.6, to: 1},
};

/**
 * All settings, with defaults for those not given.
 *
 * @throws PerennialError - PARAMETER_INVALID on an unknown name or a value out of bounds.
 * @example
 * treeSettingsOf({leaves: 7}).leaves; //=> 7
 * treeSettingsOf().patience; //=> 30
 */
export function treeSettingsOf(given: TeacherSettings = {}): TreeSettings {
	const settings = new FitSettings(TREES, {...TREE_DEFAULTS}, given);
	return {
		learningRate: settings.number('learningRate', 1e-4, 1),
		leaves: settings.integer('leaves', 2, 1024),
		depthMax: settings.integer('depthMax', 1, 1024),
		minimumLeafRows: settings.integer('minimumLeafRows', 1, 1e9),
		minimumLeafHessian: settings.number('minimumLeafHessian', 1e-12, 1e9),
		l2: settings.number('l2', 0, 1e9),
		categorySmoothing: settings.number('categorySmoothing', 0, 1e9),
		categoryL2: settings.number('categoryL2', 0, 1e9),
		featureFraction: settings.number('featureFraction', 0, 1),
		baggingFraction: settings.number('baggingFraction', 0.01, 1),
		roundsMax: settings.integer('roundsMax', 1, 10_000),
		patience: settings.integer('patience', 1, 10_000),
	};
}
