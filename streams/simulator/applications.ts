/**
 * Loan applications: what a lender asks, knows and is told, and the true probability that an early instalment is missed.
 *
 * @module
 */
import type {Millis} from '../../core/domain/index.ts';
import {drawNormal, forkRng, sigmoid, type Rng} from '../../core/numerics/index.ts';
import {daysOf, drawArrivals, type SimulatedDay} from './calendar.ts';
import {CustomerPool, type Customer} from './customers.ts';
import {clamp, drawIndex, drawLogNormal, drawName, drawPoisson, drawWhole} from './draws.ts';
import {DAY, parametersAt} from './parameters.ts';
import {ringSpan, ringsWithin} from './rings.ts';
import {defaultProbability, type RiskDrivers} from './risk.ts';
import type {Parameters, Scenario} from './scenario.ts';

/** One application. */
export interface Application extends RiskDrivers {
	readonly id: string;
	readonly time: Millis;
	readonly week: number;
	readonly customer: Customer;
	/** EUR. */
	readonly amount: number;
	readonly termMonths: number;
	readonly openCredits: number;
	readonly monthsSinceDelinquency: number | undefined;
	readonly device: string;
	/** Applications from this device in seven days, this one included. */
	readonly deviceApplications: number;
	/** Fields that the applicant or a feed failed to give, although the truth depends on them. */
	readonly lost: ReadonlySet<string>;
	readonly ring: string | undefined;
	readonly withdrawn: boolean;
	/** True probability of the risk event. */
	readonly probability: number;
	readonly defaulted: boolean;
}

/** From this many applications of one device on it is a ring: households have at most two. */
const RING_DEVICE_COUNT_MIN = 3;
const TERMS = [12, 24, 36, 48, 60, 72] as const;
/** Of all loans: no field then carries the judgement of the lender. */
const YEARLY_RATE = 0.119;
const INSTALMENTS_PER_YEAR = 26;

/** The fortnightly instalment of a loan, EUR. */
export function instalmentOf(amount: number, termMonths: number): number {
	const rate = YEARLY_RATE / INSTALMENTS_PER_YEAR;
	return (amount * rate) / (1 - (1 + rate) ** ((-termMonths * INSTALMENTS_PER_YEAR) / 12));
}

/** A request that is about to become an application. */
interface Arrival {
	readonly time: Millis;
	readonly ring?: {readonly id: string; readonly device: string; readonly count: number};
}

/** All applications of a scenario, in order of time. */
export function* drawApplications(scenario: Scenario, seed: number): Generator<Application, undefined> {
	const rng = forkRng(seed, 'applications');
	const pool = new CustomerPool(forkRng(seed, 'customers'));
	const rings = ringArrivals(scenario, forkRng(seed, 'application-rings'));
	let count = 0;
	for (const day of daysOf(scenario)) {
		const parameters = parametersAt(scenario, day.week);
		const arrivals: Arrival[] = drawArrivals(rng, day, scenario.applications.perWeek, scenario.calendar.hours).map(time => ({time}));
		arrivals.push(...rings.filter(({time}) => time >= day.start && time < day.start + DAY));
		for (const arrival of arrivals.sort((a, b) => a.time - b.time)) {
			const {customer, isReturning} = pool.draw(parameters, arrival.ring ? 0 : scenario.applications.returningShare);
			const application = drawApplication({rng, arrival, customer, isReturning, parameters, scenario, day, number: ++count});
			if (!application.defaulted && !application.withdrawn) {
				pool.remember(customer);
			}

			yield application;
		}
	}
}

/** The members of each ring apply one after the other; the device counts them. */
function ringArrivals(scenario: Scenario, rng: Rng): Arrival[] {
	return ringsWithin(scenario.applications.rings, scenario).flatMap(ring => {
		const {from, to} = ringSpan(scenario, ring);
		const device = `D9${String(drawWhole(rng, 0, 99_999)).padStart(5, '0')}`;
		const times = Array.from({length: ring.size}, () => from + Math.floor((rng() * (to - from)) / 1000) * 1000).sort((a, b) => a - b);
		return times.map((time, index) => ({time, ring: {id: ring.id, device, count: index + 1}}));
	});
}

interface Draft {
	readonly rng: Rng;
	readonly arrival: Arrival;
	readonly customer: Customer;
	readonly isReturning: boolean;
	readonly parameters: Parameters;
	readonly scenario: Scenario;
	readonly day: SimulatedDay;
	readonly number: number;
}

function drawApplication({rng, arrival, customer, isReturning, parameters, scenario, day, number}: Draft): Application {
	const channel = arrival.ring ? 'web' : drawName(rng, parameters.channelShare);
	const request = drawRequest(rng, customer, parameters);
	const credit = drawCreditHistory(rng, customer, channel, parameters);
	const {age, region, employment, employmentYears, housing} = customer;
	const drivers: RiskDrivers = {
		channel,
		region,
		employment,
		employmentYears,
		housing,
		age,
		purpose: request.purpose,
		existingCustomer: isReturning,
		...credit,
		instalmentToIncome:
			Math.round(((instalmentOf(request.amount, request.termMonths) * INSTALMENTS_PER_YEAR) / 12 / customer.monthlyIncome) * 1000) /
			1000,
	};
	const deviceApplications = arrival.ring?.count ?? (rng() < 0.05 ? 2 : 1);
	const probability =
		deviceApplications >= RING_DEVICE_COUNT_MIN
			? scenario.applications.ringDefaultProbability
			: defaultProbability(drivers, parameters);
	const {missingShare} = parameters;
	return {
		...drivers,
		...request,
		customer,
		deviceApplications,
		probability,
		id: `A${String(number).padStart(7, '0')}`,
		time: arrival.time,
		week: Math.floor(day.week),
		openCredits: drawPoisson(rng, 0.8 + (age - 18) / 25),
		monthsSinceDelinquency: credit.priorDelinquencies > 0 ? drawWhole(rng, 1, 24) : undefined,
		device: arrival.ring?.device ?? customer.device,
		lost: new Set((Object.keys(missingShare) as (keyof typeof missingShare)[]).filter(field => rng() < missingShare[field])),
		ring: arrival.ring?.id,
		withdrawn: rng() < scenario.applications.withdrawnShare,
		defaulted: rng() < probability,
	};
}

function drawRequest(rng: Rng, customer: Customer, parameters: Parameters): {purpose: string; amount: number; termMonths: number} {
	const purpose = drawName(rng, parameters.purposeShare);
	const median =
		(parameters.purposeAmount[purpose] ?? 5000) * (customer.monthlyIncome / parameters.population.monthlyIncomeMedian) ** 0.55;
	const amount = Math.round(clamp(drawLogNormal(rng, median, 0.5), 500, 50_000) / 50) * 50;
	const longest = amount < 2000 ? 2 : amount < 6000 ? 4 : TERMS.length;
	const weights = TERMS.map((_, index) => (index < longest ? 1 + index : 0));
	return {purpose, amount, termMonths: TERMS[drawIndex(rng, weights)]!};
}

type CreditHistory = Pick<Application, 'bureauScore' | 'creditUtilisation' | 'priorDelinquencies' | 'enquiries6m'>;

function drawCreditHistory(rng: Rng, {prudence, age}: Customer, channel: string, parameters: Parameters): CreditHistory {
	const {bureauScoreMean, bureauScoreDeviation, utilisationShift, enquiriesMean} = parameters.population;
	const ofPerson = bureauScoreDeviation * (0.75 * prudence + 0.66 * drawNormal(rng)) + 1.1 * (age - 40);
	const score = bureauScoreMean + ofPerson + (parameters.channelScore[channel] ?? 0);
	const isKnown = rng() >= (age < 24 ? 0.2 : 0.045);
	return {
		bureauScore: isKnown ? Math.round(clamp(score, 300, 850)) : undefined,
		creditUtilisation: Math.round(110 * sigmoid(-0.25 - 0.45 * prudence + drawNormal(rng) + utilisationShift)) / 100,
		priorDelinquencies: isKnown ? drawPoisson(rng, Math.exp(-1.3 - 0.6 * prudence)) : 0,
		enquiries6m: drawPoisson(rng, enquiriesMean * Math.exp(-0.25 * prudence) * (channel === 'partner' ? 1.35 : 1)),
	};
}
