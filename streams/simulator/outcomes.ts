/**
 * What becomes of an application: the first three fortnightly instalments, and the day on which the outcome is known.
 *
 * @module
 */
import type {Millis} from '../../core/domain/index.ts';
import type {Rng} from '../../core/numerics/index.ts';
import {instalmentOf, type Application} from './applications.ts';
import {drawIndex, drawWhole} from './draws.ts';
import {DAY} from './parameters.ts';

/** One instalment that fell due. */
export interface Instalment {
	/** Counts from 1. */
	readonly number: number;
	/** Midnight of the due day. */
	readonly dueAt: Millis;
	/** EUR. */
	readonly amountDue: number;
	/** Undefined where nothing was paid inside the window. */
	readonly paidAt: Millis | undefined;
}

/** Outcome of an application that was not withdrawn. */
export interface Outcome {
	readonly instalments: readonly Instalment[];
	/** Bad: two days after the missed due date. Good: when the third instalment was paid. */
	readonly knownAt: Millis;
	/** Whole days by which the worst instalment was late, at most until the window closed. */
	readonly daysPastDueMax: number;
}

const INSTALMENTS = 3;
const FORTNIGHT = 14;
/** The window in which a missed instalment counts, days after the application. */
export const WINDOW_DAYS = 45;
/** Days after the due date from which an instalment counts as missed. */
const GRACE_DAYS = 2;
/** How often the first, second and third instalment is the one that a bad payer misses first. */
const MISSED_WEIGHTS = [0.45, 0.33, 0.22] as const;

/**
 * Draw what happened. Instalments fall due 13 to 15, 27 to 29 and 41 to 43 days after the application, so that bad outcomes are known after 14 to
 * 45 days and good ones after 37 to 45.
 */
export function drawOutcome(rng: Rng, application: Pick<Application, 'time' | 'amount' | 'termMonths' | 'defaulted'>): Outcome {
	const midnight = Math.floor(application.time / DAY) * DAY;
	const firstDue = drawWhole(rng, 13, 15);
	const amountDue = Math.round(instalmentOf(application.amount, application.termMonths) * 100) / 100;
	const missed = application.defaulted ? drawIndex(rng, MISSED_WEIGHTS) : INSTALMENTS;
	const instalments = Array.from({length: INSTALMENTS}, (_, index): Instalment => {
		const dueAt = midnight + (firstDue + index * FORTNIGHT) * DAY;
		const isPaid = index < missed || (index > missed && rng() < 0.2);
		const paidAt = dueAt + drawWhole(rng, -3, 1) * DAY + drawWhole(rng, 6 * 3600, 22 * 3600) * 1000;
		return {number: index + 1, dueAt, amountDue, paidAt: isPaid ? paidAt : undefined};
	});
	const windowEnd = application.time + WINDOW_DAYS * DAY;
	const late = instalments.map(({dueAt, paidAt}) => Math.max(0, Math.floor(((paidAt ?? windowEnd) - dueAt) / DAY)));
	return {
		instalments,
		knownAt: missed < INSTALMENTS ? instalments[missed]!.dueAt + GRACE_DAYS * DAY : instalments[INSTALMENTS - 1]!.paidAt!,
		daysPastDueMax: Math.max(...late),
	};
}
