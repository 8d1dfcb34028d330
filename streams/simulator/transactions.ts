/**
 * Card transactions as an authorisation system sees them: payments in order of time, with what it counts up along the way.
 *
 * @module
 */
import type {Millis} from '../../core/domain/index.ts';
import {forkRng, type Rng} from '../../core/numerics/index.ts';
import {daysOf, drawArrivals} from './calendar.ts';
import {drawCardWorld} from './card-world.ts';
import {clamp, drawLogNormal} from './draws.ts';
import {DAY, parametersAt, WEEK} from './parameters.ts';
import {PaymentSource, type Payment} from './payments.ts';
import {RecentCounter} from './recent-counter.ts';
import {ringSpan, ringsWithin} from './rings.ts';
import type {Scenario} from './scenario.ts';

/** A payment with everything that the authorisation system knows at that moment, and when its label is known. */
export interface Transaction extends Payment {
	readonly id: string;
	readonly week: number;
	readonly cardAgeDays: number;
	/** Undefined for the card's first one. */
	readonly minutesSincePrevious: number | undefined;
	/** Of this card, this one included. */
	readonly transactions24h: number;
	/** Amount over the card's usual amount; undefined until the card has been used three times. */
	readonly amountToUsual: number | undefined;
	/** Different cards on this device; undefined offline. */
	readonly deviceCards7d: number | undefined;
	readonly merchantTransactions24h: number;
	readonly knownAt: Millis;
}

/** Days after which a payment that nobody disputed counts as honest. */
export const DISPUTE_DAYS = 21;
const REPORTED_DAYS_MIN = 3;
const REPORTED_DAYS_MAX = 20;
/** Weight of the newest payment in a card's usual amount. */
const USUAL_STEP = 0.15;
const USUAL_COUNT_MIN = 3;

/** All transactions of a scenario, in order of time. */
export function* drawTransactions(scenario: Scenario, seed: number): Generator<Transaction, undefined> {
	const start = Date.parse(scenario.start);
	const ledger = new Ledger(start, forkRng(seed, 'disputes'));
	const end = start + scenario.weeks * WEEK;
	for (const payment of drawPayments(scenario, seed).sort((a, b) => a.time - b.time)) {
		if (payment.time < end) {
			yield ledger.enter(payment);
		}
	}
}

function drawPayments(scenario: Scenario, seed: number): Payment[] {
	const {transactions, calendar} = scenario;
	const source = new PaymentSource(forkRng(seed, 'payments'), drawCardWorld(forkRng(seed, 'cards'), transactions));
	const arrivals = forkRng(seed, 'payment-times');
	const payments: Payment[] = [];
	for (const day of daysOf(scenario)) {
		const parameters = parametersAt(scenario, day.week);
		for (const time of drawArrivals(arrivals, day, transactions.perWeek, calendar.hours)) {
			payments.push(source.honest(time, parameters));
		}

		payments.push(...source.attacks(day, parameters, calendar.hours));
	}

	for (const ring of ringsWithin(transactions.rings, scenario)) {
		payments.push(...source.ring(ring, ringSpan(scenario, ring)));
	}

	return payments;
}

interface CardState {
	count: number;
	usual: number;
	last: Millis;
}

/** Counts up what an authorisation system counts up. */
class Ledger {
	readonly #start: Millis;
	readonly #rng: Rng;
	readonly #cards = new Map<string, CardState>();
	readonly #ofCard = new RecentCounter(DAY);
	readonly #ofMerchant = new RecentCounter(DAY);
	readonly #ofDevice = new RecentCounter(7 * DAY);
	#count = 0;

	constructor(start: Millis, rng: Rng) {
		this.#start = start;
		this.#rng = rng;
	}

	enter(payment: Payment): Transaction {
		const {card, time, amount, device, merchant, scheme} = payment;
		const before = this.#cards.get(card.id);
		const usual = before && before.count >= USUAL_COUNT_MIN ? before.usual : undefined;
		this.#cards.set(card.id, {
			count: (before?.count ?? 0) + 1,
			usual: before ? before.usual + USUAL_STEP * (amount - before.usual) : amount,
			last: time,
		});
		this.#count++;
		const reported = clamp(drawLogNormal(this.#rng, 6, 0.6), REPORTED_DAYS_MIN, REPORTED_DAYS_MAX);
		return {
			...payment,
			id: `T${String(this.#count).padStart(7, '0')}`,
			week: Math.floor((time - this.#start) / WEEK),
			cardAgeDays: card.issuedDaysBefore + Math.floor((time - this.#start) / DAY),
			minutesSincePrevious: before && Math.round((time - before.last) / 60_000),
			transactions24h: this.#ofCard.add(card.id, time).count,
			amountToUsual: usual === undefined ? undefined : Math.round((amount / usual) * 100) / 100,
			deviceCards7d: device === undefined ? undefined : this.#ofDevice.add(device, time, card.id).distinct,
			merchantTransactions24h: this.#ofMerchant.add(merchant.id, time).count,
			knownAt: time + Math.round(((scheme ? reported : DISPUTE_DAYS) * DAY) / 1000) * 1000,
		};
	}
}
