/**
 * Who answers in the full loop: teacher or online learner, by their standing on labels as they come. The rule is that of serving.
 *
 * @module
 */
import type {ClassIndex} from '../../core/domain/index.ts';
import {TierRouter, TierStanding} from '../../serving/index.ts';

/** Labels whose count the base rates begin with, spread over the classes. */
const PRIOR_COUNT = 2;

/** Keeps the standing, and the base rates that answer where nothing has learnt. */
export class Routing {
	readonly #outputCount: number;
	readonly #standing: TierStanding;
	readonly #router = new TierRouter();
	readonly #counts: Float64Array;
	/** What the online learner said, for the label to come. */
	readonly #online = new Map<number, Float64Array>();
	readonly #pair: Float64Array;

	constructor(outputCount: number) {
		this.#outputCount = outputCount;
		this.#standing = new TierStanding(outputCount);
		const classes = Math.max(2, outputCount);
		this.#counts = new Float64Array(classes).fill(PRIOR_COUNT / classes);
		this.#pair = new Float64Array(4 * outputCount);
	}

	/** Share of each output's class among the labels so far. */
	get baseRates(): Float64Array {
		const total = this.#counts.reduce((sum, count) => sum + count, 0);
		const rates = this.#counts.map(count => count / total);
		return this.#outputCount === 1 ? rates.subarray(1) : rates;
	}

	/** Keep what the online learner said about a row. */
	keep(row: number, online: Float64Array): void {
		this.#online.set(row, online.slice());
	}

	/** Take a label; `teacher` is what the teacher said, NaN where it said nothing. */
	learn(row: number, teacher: Float64Array, label: ClassIndex): void {
		this.#counts[label]!++;
		const online = this.#online.get(row);
		if (online) {
			this.#online.delete(row);
			this.#pair.fill(Number.NaN);
			this.#pair.set(online, 0);
			this.#pair.set(teacher, this.#outputCount);
			this.#standing.learnOne(this.#pair, label);
			this.#router.update(this.#standing.value);
		}
	}

	/** Whether the teacher answers, if there is one. */
	prefersTeacher(hasTeacher: boolean): boolean {
		return this.#router.route({hasStudent: hasTeacher, hasOnline: true}).tier === 'student';
	}
}
