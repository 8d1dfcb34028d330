/**
 * What the answers of a policy are worth, block by block of labels: the first block after a training stands for what its report would have said, and
 * each later one is compared with it. What a trigger on performance looks at in a back-test.
 *
 * @module
 */
import {areaUnderRoc} from '../../core/numerics/index.ts';
import type {TriggerQuality} from '../../monitoring/index.ts';

/** A block, and the first one. */
export interface WatchedQuality {
	readonly now: TriggerQuality;
	readonly reported: TriggerQuality;
}

/** Quality by blocks. Memory: one block. */
export class QualityWatch {
	readonly #blockLabels: number;
	#losses: number[] = [];
	#scores: number[] = [];
	#labels: number[] = [];
	#reported: TriggerQuality | undefined;
	#newest: TriggerQuality | undefined;

	/** @param blockLabels - Labels of a block. */
	constructor(blockLabels: number) {
		this.#blockLabels = blockLabels;
	}

	/**
	 * A label came.
	 *
	 * @param loss - Log loss of what had been answered.
	 * @param score - Probability of class 1; undefined where there are more classes, and then there is no AUC.
	 */
	take(loss: number, label: number, score: number | undefined): void {
		this.#losses.push(loss);
		this.#labels.push(label);
		if (score !== undefined) {
			this.#scores.push(score);
		}

		if (this.#losses.length === this.#blockLabels) {
			const quality = this.#qualityOfBlock();
			if (this.#reported) {
				this.#newest = quality;
			} else {
				this.#reported = quality;
			}

			this.#losses = [];
			this.#scores = [];
			this.#labels = [];
		}
	}

	/** A newer block, once. */
	takeNewest(): WatchedQuality | undefined {
		const now = this.#newest;
		this.#newest = undefined;
		return now && this.#reported && {now, reported: this.#reported};
	}

	/** A model is trained: what it is worth begins anew. */
	restart(): void {
		this.#losses = [];
		this.#scores = [];
		this.#labels = [];
		this.#reported = undefined;
		this.#newest = undefined;
	}

	#qualityOfBlock(): TriggerQuality {
		const auc = this.#scores.length === this.#labels.length ? areaUnderRoc(this.#scores, this.#labels) : Number.NaN;
		return {
			logLoss: this.#losses.reduce((sum, loss) => sum + loss, 0) / this.#losses.length,
			auc: Number.isNaN(auc) ? null : auc,
		};
	}
}
