/**
 * What a set of the teacher benchmark is: rows to learn from, newer rows that validate, and rows that are looked at once, when all is decided.
 *
 * @module
 */
import type {TrainingFrame} from '../../core/domain/index.ts';

/** One cut of a set. */
export interface TeacherFold {
	/** Rows to learn from, then the rows that validate. */
	readonly frame: TrainingFrame;
	/** First row that validates. */
	readonly trainRows: number;
	/** Rows on which a fitted teacher is measured. */
	readonly test: TrainingFrame;
}

/** A set with its cuts. */
export interface TeacherSet {
	readonly name: TeacherSetName;
	/** One, save for cross-validation. */
	readonly folds: readonly TeacherFold[];
	/** Added to each logit of a test row before probabilities are measured: undoes that non-events were sampled for learning. */
	readonly logitShift: number;
	/** True where the rows that validate only decide when to stop: every teacher is fitted again with them, as the published ones were. */
	readonly refits: boolean;
}

/** The eight sets, in the order of the tables. */
export const TEACHER_SETS = ['lending_club', 'sba', 'uci', 'german', 'card', 'noaa', 'elec2', 'flights'] as const;

/** Name of a set. */
export type TeacherSetName = (typeof TEACHER_SETS)[number];
