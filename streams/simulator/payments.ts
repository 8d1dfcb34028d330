/**
 * Card payments as they happen: honest ones, and attacks by four schemes.
 *
 * @module
 */
import type {Millis} from '../../core/domain/index.ts';
import {drawInteger, type Rng} from '../../core/numerics/index.ts';
import {drawTimeOfDay, type SimulatedDay} from './calendar.ts';
import {drawOne, HOME, type Card, type CardWorld, type Merchant} from './card-world.ts';
import {clamp, drawLogNormal, drawPoisson, drawWhole} from './draws.ts';
import type {Parameters, Ring} from './scenario.ts';

/** How a fraud is done. */
export const SCHEMES = ['lostCard', 'cardTesting', 'takeover', 'ring'] as const;

/** One of {@link SCHEMES}. */
export type Scheme = (typeof SCHEMES)[number];

/** A payment, before anything is counted up. */
export interface Payment {
	readonly time: Millis;
	readonly card: Card;
	readonly merchant: Merchant;
	/** EUR. */
	readonly amount: number;
	readonly entryMode: 'chip' | 'contactless' | 'stripe' | 'online';
	/** Online only. */
	readonly device: string | undefined;
	/** Undefined for honest payments. */
	readonly scheme: Scheme | undefined;
	readonly ring: string | undefined;
}

const MINUTE = 60_000;
const CENT = 100;
/** A stolen card is used a second time within this. */
const RETURN_MINUTES_MAX = 20;
/** Thieves without the secret number use the magnetic stripe. */
const STRIPE_SHARE_FRAUD = 0.3;
const STRIPE_SHARE_HONEST = 0.015;
const EASY_TO_SELL = new Set(['electronics', 'gift_cards', 'travel']);

interface PaymentDraft extends Pick<Payment, 'time' | 'card' | 'merchant' | 'amount'> {
	/** Up to which a card need not be put in. */
	readonly limit?: number;
	readonly device?: string;
	readonly scheme?: Scheme;
	readonly ring?: string;
	/** Where the merchant sells both ways. */
	readonly isOnline?: boolean;
}

/** Draws the payments of a world. */
export class PaymentSource {
	readonly #rng: Rng;
	readonly #world: CardWorld;
	readonly #activity: Float64Array;
	readonly #online: readonly Merchant[];
	readonly #inPerson: readonly Merchant[];
	readonly #sellers: readonly Merchant[];
	#strangers = 0;

	constructor(rng: Rng, world: CardWorld) {
		this.#rng = rng;
		this.#world = world;
		let sum = 0;
		this.#activity = Float64Array.from(world.cards, ({activity}) => (sum += activity));
		this.#online = withFallback(
			world.merchants.filter(({isOnline}) => isOnline),
			world.merchants,
		);
		this.#inPerson = withFallback(
			world.merchants.filter(({isOnline}) => !isOnline),
			world.merchants,
		);
		this.#sellers = withFallback(
			this.#online.filter(({category}) => EASY_TO_SELL.has(category)),
			this.#online,
		);
	}

	/** An honest payment at a time. */
	honest(time: Millis, {spending}: Parameters): Payment {
		const rng = this.#rng;
		const card = this.#drawCard();
		const isOnline = rng() < spending.onlineShare;
		const merchant = this.#drawMerchant(card, isOnline, spending.foreignShare);
		const amount = drawLogNormal(rng, merchant.medianAmount * card.generosity, 0.55);
		return this.#payment({
			time,
			card,
			merchant,
			amount,
			limit: spending.contactlessLimit,
			device: rng() < 0.94 ? card.device : this.#strangeDevice(),
		});
	}

	/** The attacks that begin on a day, rings apart. */
	attacks(day: SimulatedDay, {attacksPerWeek, spending}: Parameters, hours: readonly number[]): Payment[] {
		const payments: Payment[] = [];
		for (const scheme of ['lostCard', 'cardTesting', 'takeover'] as const) {
			const count = drawPoisson(this.#rng, attacksPerWeek[scheme] * day.share);
			for (let attack = 0; attack < count; attack++) {
				const time = day.start + drawTimeOfDay(this.#rng, hours);
				payments.push(...this.#attack(scheme, time, spending.contactlessLimit));
			}
		}

		return payments;
	}

	/** Stolen cards, each used once or twice at one merchant, from two devices. */
	ring({id, size}: Ring, {from, to}: {from: Millis; to: Millis}): Payment[] {
		const rng = this.#rng;
		const merchant = drawOne(rng, this.#sellers);
		const devices = [this.#strangeDevice(), this.#strangeDevice()];
		return Array.from({length: size}, () => this.#drawCard()).flatMap(card => {
			const first = from + Math.floor((rng() * (to - from - RETURN_MINUTES_MAX * MINUTE)) / 1000) * 1000;
			return Array.from({length: drawWhole(rng, 1, 2)}, (_, index) =>
				this.#payment({
					time: first + index * drawWhole(rng, 2, RETURN_MINUTES_MAX) * MINUTE,
					card,
					merchant,
					amount: 90 + 150 * rng(),
					device: drawOne(rng, devices),
					scheme: 'ring',
					ring: id,
					isOnline: true,
				}),
			);
		});
	}

	#attack(scheme: 'lostCard' | 'cardTesting' | 'takeover', start: Millis, limit: number): Payment[] {
		const rng = this.#rng;
		const card = this.#drawCard();
		if (scheme === 'lostCard') {
			return Array.from({length: drawWhole(rng, 2, 5)}, (_, index) =>
				this.#payment({
					time: start + index * drawWhole(rng, 10, 70) * MINUTE,
					card,
					merchant: drawOne(rng, this.#inPerson),
					amount: limit * (0.45 + 0.55 * rng()),
					limit,
					scheme,
				}),
			);
		}

		const device = this.#strangeDevice();
		const tests = scheme === 'cardTesting' ? drawWhole(rng, 3, 6) : 0;
		const harvest = scheme === 'cardTesting' ? drawWhole(rng, 1, 2) : drawWhole(rng, 1, 3);
		return Array.from({length: tests + harvest}, (_, index) =>
			this.#payment({
				time: start + index * drawWhole(rng, 1, 9) * MINUTE,
				card,
				device,
				scheme,
				isOnline: true,
				merchant: index < tests ? drawOne(rng, this.#online) : drawOne(rng, this.#sellers),
				amount: index < tests ? 0.5 + 2.5 * rng() : clamp(drawLogNormal(rng, 210 * card.generosity, 0.45), 60, 1500),
			}),
		);
	}

	#payment(draft: PaymentDraft): Payment {
		const {time, card, merchant, limit = 0, device, scheme, ring, isOnline = merchant.isOnline} = draft;
		const amount = Math.max(1, Math.round(draft.amount * CENT)) / CENT;
		const entryMode = isOnline
			? 'online'
			: amount <= limit && this.#rng() < 0.78
				? 'contactless'
				: this.#rng() < (scheme ? STRIPE_SHARE_FRAUD : STRIPE_SHARE_HONEST)
					? 'stripe'
					: 'chip';
		return {time, card, merchant, amount, entryMode, device: isOnline ? device : undefined, scheme, ring};
	}

	#drawCard(): Card {
		const at = this.#rng() * this.#activity.at(-1)!;
		let low = 0;
		let high = this.#activity.length - 1;
		while (low < high) {
			const middle = (low + high) >> 1;
			if (this.#activity[middle]! > at) {
				high = middle;
			} else {
				low = middle + 1;
			}
		}

		return this.#world.cards[low]!;
	}

	#drawMerchant(card: Card, isOnline: boolean, foreignShare: number): Merchant {
		const rng = this.#rng;
		const favourites = card.favourites.filter(merchant => merchant.isOnline === isOnline);
		if (favourites.length > 0 && rng() < 0.65) {
			return drawOne(rng, favourites);
		}

		const wantsAbroad = rng() < foreignShare;
		const all = isOnline ? this.#online : this.#inPerson;
		const first = drawOne(rng, all);
		return (first.country !== HOME) === wantsAbroad ? first : drawOne(rng, all);
	}

	#strangeDevice(): string {
		this.#strangers++;
		return `Q${String(this.#strangers).padStart(4, '0')}${String(drawInteger(this.#rng, 1000)).padStart(3, '0')}`;
	}
}

function withFallback<Item>(items: readonly Item[], fallback: readonly Item[]): readonly Item[] {
	return items.length > 0 ? items : fallback;
}
