/**
 * Merchants and cards: the world in which payments, honest and fraudulent, happen.
 *
 * @module
 */
import {drawInteger, drawNormal, type Rng} from '../../core/numerics/index.ts';
import {drawExponential, drawName, drawWhole} from './draws.ts';

/** A merchant. */
export interface Merchant {
	readonly id: string;
	readonly category: string;
	/** ISO 3166 code; the lender's country is {@link HOME}. */
	readonly country: string;
	readonly isOnline: boolean;
	/** Median amount of a payment, EUR. */
	readonly medianAmount: number;
}

/** A card. */
export interface Card {
	readonly id: string;
	/** How often it is used, 1 on average. */
	readonly activity: number;
	/** Factor on amounts. */
	readonly generosity: number;
	readonly device: string;
	/** Days before the start of the simulation on which it was issued. */
	readonly issuedDaysBefore: number;
	/** Merchants that the holder goes to. */
	readonly favourites: readonly Merchant[];
}

/** The lender's country. */
export const HOME = 'DE';
const ABROAD = {FR: 4, NL: 3, AT: 3, IT: 2, GB: 3, US: 2, CN: 1, TR: 1} as const;
/** Category -> how many merchants, the median amount in EUR, and the share of them that sell online. */
const CATEGORIES = {
	groceries: {weight: 24, amount: 32, online: 0.06},
	fuel: {weight: 9, amount: 48, online: 0},
	restaurants: {weight: 18, amount: 26, online: 0.12},
	pharmacy: {weight: 8, amount: 17, online: 0.2},
	fashion: {weight: 12, amount: 52, online: 0.5},
	electronics: {weight: 7, amount: 120, online: 0.6},
	travel: {weight: 6, amount: 160, online: 0.7},
	gaming: {weight: 5, amount: 19, online: 1},
	gift_cards: {weight: 3, amount: 40, online: 0.8},
	services: {weight: 8, amount: 30, online: 0.5},
} as const;
const ABROAD_SHARE = 0.18;
const FAVOURITES = 12;

/** Everything that can be paid with and at. */
export interface CardWorld {
	readonly merchants: readonly Merchant[];
	readonly cards: readonly Card[];
}

/** Draw a world. */
export function drawCardWorld(rng: Rng, {cards, merchants}: {cards: number; merchants: number}): CardWorld {
	const weights = Object.fromEntries(Object.entries(CATEGORIES).map(([name, {weight}]) => [name, weight]));
	const all = Array.from({length: merchants}, (_, index): Merchant => {
		const category = drawName(rng, weights) as keyof typeof CATEGORIES;
		const {amount, online} = CATEGORIES[category];
		return {
			id: `M${String(index + 1).padStart(5, '0')}`,
			category,
			isOnline: rng() < online,
			country: rng() < ABROAD_SHARE ? drawName(rng, ABROAD) : HOME,
			medianAmount: amount * Math.exp(0.35 * drawNormal(rng)),
		};
	});
	const atHome = all.filter(({country}) => country === HOME);
	return {
		merchants: all,
		cards: Array.from({length: cards}, (_, index): Card => ({
			id: `K${String(index + 1).padStart(6, '0')}`,
			activity: 0.15 + drawExponential(rng, 0.85),
			generosity: Math.exp(0.4 * drawNormal(rng)),
			device: `P${String(index + 1).padStart(6, '0')}`,
			issuedDaysBefore: drawWhole(rng, 1, 1400),
			favourites: Array.from({length: FAVOURITES}, () => drawOne(rng, atHome.length > 0 ? atHome : all)),
		})),
	};
}

/** One of several, all equally likely. */
export function drawOne<Item>(rng: Rng, items: readonly Item[]): Item {
	return items[drawInteger(rng, items.length)]!;
}
