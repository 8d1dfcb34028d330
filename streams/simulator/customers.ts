/**
 * Who applies: people with lasting traits, some of whom come back.
 *
 * @module
 */
import {drawNormal, type Rng} from '../../core/numerics/index.ts';
import {clamp, drawExponential, drawLogNormal, drawName, drawWhole} from './draws.ts';
import type {Parameters} from './scenario.ts';

/** A customer. */
export interface Customer {
	readonly id: string;
	readonly age: number;
	readonly region: string;
	readonly employment: string;
	/** Undefined for those without a job. */
	readonly employmentYears: number | undefined;
	readonly housing: string;
	/** EUR. */
	readonly monthlyIncome: number;
	/** How well this person handles credit, a standard normal number that no field shows. */
	readonly prudence: number;
	readonly device: string;
}

/** Returning customers are drawn from this many of the latest; older ones do not come back. */
const RETURNING_MAX = 20_000;
const RETIREMENT_AGE = 64;
const INCOME_SIGMA = 0.42;

/** Makes customers, and remembers those who may come back. */
export class CustomerPool {
	readonly #rng: Rng;
	readonly #known: Customer[] = [];
	#next = 0;
	#count = 0;

	constructor(rng: Rng) {
		this.#rng = rng;
	}

	/** A new customer, or (with probability `returningShare`) one who has been here. */
	draw(parameters: Parameters, returningShare: number): {customer: Customer; isReturning: boolean} {
		if (this.#rng() < returningShare && this.#known.length > 0) {
			return {customer: this.#known[drawWhole(this.#rng, 0, this.#known.length - 1)]!, isReturning: true};
		}

		return {customer: this.#create(parameters), isReturning: false};
	}

	/** The customer paid, and may come back. At the bound the one who came longest ago is forgotten. */
	remember(customer: Customer): void {
		this.#known[this.#next] = customer;
		this.#next = (this.#next + 1) % RETURNING_MAX;
	}

	#create(parameters: Parameters): Customer {
		const rng = this.#rng;
		const number = String(++this.#count);
		const age = Math.round(clamp(21 + drawExponential(rng, 9) + Math.abs(drawNormal(rng)) * 12, 18, 82));
		const region = drawName(rng, parameters.regionShare);
		const employment = age >= RETIREMENT_AGE ? 'retired' : drawName(rng, parameters.employmentShare);
		const hasJob = employment !== 'retired' && employment !== 'unemployed';
		const ageFactor = 1 + 0.012 * clamp(age - 30, -10, 20);
		const placeFactor = (parameters.regionIncome[region] ?? 1) * (parameters.employmentIncome[employment] ?? 1);
		const median = parameters.population.monthlyIncomeMedian * placeFactor * ageFactor;
		return {
			id: `C${number.padStart(6, '0')}`,
			age,
			region,
			employment,
			employmentYears: hasJob ? Math.round(clamp(drawExponential(rng, 6), 0, age - 17) * 10) / 10 : undefined,
			housing: age < 26 && rng() < 0.4 ? 'parents' : drawName(rng, parameters.housingShare),
			monthlyIncome: Math.round(clamp(drawLogNormal(rng, median, INCOME_SIGMA), 450, 30_000) / 10) * 10,
			prudence: drawNormal(rng),
			device: `D${number.padStart(6, '0')}`,
		};
	}
}
