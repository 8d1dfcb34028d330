/** Days, months, what does not fit, and what is kept. */
import test from 'ava';
import fc from 'fast-check';
import {PerennialError} from '../../core/domain/index.ts';
import {quotaHeadersOf, TenantQuotas, type QuotaLimits} from './tenant-quotas.ts';

const START = Date.UTC(2026, 0, 31, 12);
const HOUR = 3_600_000;

function makeQuotas(limits: Readonly<Record<string, QuotaLimits>>) {
	const clock = {time: START};
	const quotas = new TenantQuotas({limits, now: () => clock.time});
	const isLetIn = (tenant: string, rows: number): boolean => {
		try {
			quotas.take(tenant, rows);
			return true;
		} catch (error) {
			if (error instanceof PerennialError && error.code === 'RATE_LIMITED') {
				return false;
			}

			throw error;
		}
	};

	return {clock, quotas, isLetIn};
}

test('a day begins at midnight in UTC, a month on its first day', t => {
	const {clock, isLetIn} = makeQuotas({a: {requestsPerDay: 2, requestsPerMonth: 3}});
	t.deepEqual([isLetIn('a', 1), isLetIn('a', 1), isLetIn('a', 1)], [true, true, false]);
	clock.time = Date.UTC(2026, 1, 1) - 1;
	t.false(isLetIn('a', 1));
	clock.time++;
	t.deepEqual([isLetIn('a', 1), isLetIn('a', 1), isLetIn('a', 1)], [true, true, false]);
	clock.time += 24 * HOUR;
	t.deepEqual([isLetIn('a', 1), isLetIn('a', 1)], [true, false]);
});

test('tenants are counted apart; one without a line of its own has that of *, and without that no limit', t => {
	const starred = makeQuotas({a: {requestsPerDay: 1}, '*': {requestsPerDay: 2}});
	t.deepEqual(
		['a', 'a', 'b', 'b', 'b', 'c'].map(tenant => starred.isLetIn(tenant, 1)),
		[true, false, true, true, false, true],
	);
	const {isLetIn, quotas} = makeQuotas({a: {requestsPerDay: 1}});
	t.true(isLetIn('b', 1e9));
	t.deepEqual(quotas.standings(), []);
});

test('a request of unknown size is let in while anything is left, and its rows count', t => {
	const {quotas, isLetIn} = makeQuotas({a: {rowsPerDay: 10}});
	t.true(isLetIn('a', 0));
	quotas.add('a', 25);
	t.is(quotas.standings()[0]?.used, 25);
	t.deepEqual([isLetIn('a', 0), isLetIn('a', 1)], [false, false]);
});

test('headers say which quota, what is left and when it begins anew; other errors have none', t => {
	const {quotas} = makeQuotas({a: {rowsPerDay: 10}});
	quotas.take('a', 7);
	const error = t.throws(
		() => {
			quotas.take('a', 4);
		},
		{code: 'RATE_LIMITED'},
	);
	t.deepEqual(quotaHeadersOf(error), {
		'Retry-After': String((12 * HOUR) / 1000),
		RateLimit: '"rowsPerDay";r=3;t=43200',
		'RateLimit-Policy': '"rowsPerDay";q=10;w=86400',
	});
	t.deepEqual(quotaHeadersOf(new PerennialError('RATE_LIMITED', 'too often')), {});
	t.deepEqual(quotaHeadersOf(new Error('no')), {});
});

test('what is kept and read again goes on where it was, whatever was asked', t => {
	fc.assert(
		fc.property(fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.nat({max: 9}), fc.nat({max: 30})), {maxLength: 40}), asked => {
			const limits = {'*': {rowsPerDay: 40, requestsPerMonth: 25}};
			const [once, again] = [makeQuotas(limits), makeQuotas(limits)];
			let restored = again.quotas;
			for (const [tenant, rows, hours] of asked) {
				once.clock.time += hours * HOUR;
				const counts = JSON.parse(JSON.stringify(restored.changed() ?? {})) as object;
				restored = new TenantQuotas({limits, counts: counts as never, now: () => once.clock.time});
				let isLetIn = true;
				try {
					restored.take(tenant, rows);
				} catch (error) {
					isLetIn = !(error instanceof PerennialError);
					restored.add(tenant, 0);
				}

				if (isLetIn !== once.isLetIn(tenant, rows)) {
					return false;
				}
			}

			return once.quotas.standings().every(({limit, used}) => used <= limit);
		}),
		{seed: 1},
	);
	t.pass();
});
