/**
 * The series of matured labels: for each tier and for what answered, the newest AUC and whether the answers have become worse.
 *
 * @module
 */
import type {Millis, QualitySeries} from '../../core/domain/index.ts';
import type {Finding} from '../finding.ts';
import {ConceptWatch, type ConceptWatchOptions, type ConceptWatchState} from './concept-watch.ts';
import {QUALITY_SERIES, seriesStart} from './quality-point.ts';
import {RollingAuc, type RollingAucState} from './rolling-auc.ts';

/** One world, one alarm: what was answered is watched, and the tiers scored beside it would only repeat what it says. */
const WATCHED: readonly QualitySeries[] = ['loop'];

/** State of {@link MaturedSeries}, each list in the order of its series. */
export interface MaturedSeriesState {
	readonly watches: readonly ConceptWatchState[];
	readonly rolling: readonly RollingAucState[];
}

/** Takes each matured label once, in the order in which labels mature. Corrections that come later are not taken: the windows show them. */
export class MaturedSeries {
	readonly #outputCount: number;
	readonly #watches: ReadonlyMap<QualitySeries, ConceptWatch>;
	/** Binary only. */
	readonly #rolling: ReadonlyMap<QualitySeries, RollingAuc>;
	/** All series with what takes their labels: looked up once, since every label goes through all of them. */
	readonly #takers: ReadonlyArray<{
		readonly series: QualitySeries;
		readonly watch: ConceptWatch | undefined;
		readonly rolling: RollingAuc | undefined;
	}>;
	/** Probabilities of one series, copied here for its watch: a view for each label would be garbage. */
	readonly #probabilities: Float64Array;

	constructor({rollingRowsMax, ...concept}: ConceptWatchOptions & {readonly rollingRowsMax: number}, state?: MaturedSeriesState) {
		const {outputCount} = concept;
		const ranked = outputCount === 1 ? QUALITY_SERIES : [];
		this.#outputCount = outputCount;
		this.#watches = new Map(WATCHED.map((series, index) => [series, new ConceptWatch(series, concept, state?.watches[index])]));
		this.#rolling = new Map(
			ranked.map((series, index) => [
				series,
				state?.rolling[index]
					? RollingAuc.restore(state.rolling[index], {rowsMax: rollingRowsMax})
					: new RollingAuc({rowsMax: rollingRowsMax}),
			]),
		);
		this.#takers = QUALITY_SERIES.map(series => ({series, watch: this.#watches.get(series), rolling: this.#rolling.get(series)}));
		this.#probabilities = new Float64Array(outputCount);
	}

	/** Findings of one label, at most one a series and detector. `time` is that of the event; `lapsesAt` is asked only if there is a finding. */
	add(
		{now, time}: {readonly now: Millis; readonly time: Millis},
		{scores, answeredBy, label}: {readonly scores: Float64Array; readonly answeredBy: number; readonly label: number},
		lapsesAt: () => Millis,
	): Finding[] {
		const findings: Finding[] = [];
		for (const {series, watch, rolling} of this.#takers) {
			const start = seriesStart(answeredBy, series, this.#outputCount);
			if (Number.isNaN(scores[start]!)) {
				continue;
			}

			rolling?.update(scores[start]!, label === 1);
			if (watch) {
				for (let output = 0; output < this.#outputCount; output++) {
					this.#probabilities[output] = scores[start + output]!;
				}

				findings.push(...watch.update({now, time}, this.#probabilities, label, lapsesAt));
			}
		}

		return findings;
	}

	/** AUC of a series over the newest matured labels; null for several classes, and where there is one class only. */
	rollingAuc(series: QualitySeries): number | null {
		const value = this.#rolling.get(series)?.value ?? Number.NaN;
		return Number.isNaN(value) ? null : value;
	}

	state(): MaturedSeriesState {
		return {
			watches: [...this.#watches.values()].map(watch => watch.state()),
			rolling: [...this.#rolling.values()].map(rolling => rolling.state()),
		};
	}
}
