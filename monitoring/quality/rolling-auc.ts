/**
 * Area under the ROC curve over the newest labels, with its state in a checkpoint.
 *
 * @module
 */
import {WindowAuc, type WindowAucState} from '../../core/numerics/index.ts';
import {corruptState} from '../state-bytes.ts';

/** State of a {@link RollingAuc}: the rows it holds, oldest first. */
export type RollingAucState = WindowAucState;

/**
 * A {@link WindowAuc} that comes back from a checkpoint.
 *
 * @throws AssertionError - on a score that is NaN.
 * @example
 * const auc = new RollingAuc({rowsMax: 4});
 * for (const [score, label] of [[0.9, 0], [0.1, 0], [0.4, 0], [0.35, 1], [0.8, 1]]) auc.update(score, label === 1);
 * auc.value; //=> 0.75
 */
export class RollingAuc extends WindowAuc {
	/** One that holds the rows of `state`. @throws PerennialError - CHECKPOINT_CORRUPT if they do not fit. */
	static restore({scores, labels}: RollingAucState, options: {readonly rowsMax?: number} = {}): RollingAuc {
		const rolling = new RollingAuc(options);
		if (scores.length !== labels.length || scores.length > rolling.rowsMax || scores.some(score => Number.isNaN(score))) {
			throw corruptState('a rolling AUC does not fit its window');
		}

		for (const [index, score] of scores.entries()) {
			rolling.update(score, labels[index] === 1);
		}

		return rolling;
	}
}
