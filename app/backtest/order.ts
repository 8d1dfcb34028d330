/**
 * A back-test that was asked for as a job: what to replay, how, and where its report is kept.
 *
 * @module
 */
import {z} from 'zod';

/** Policies by name, all if absent; from and until are times of events, both included. */
export const backtestOrderSchema = z.object({
	policies: z.array(z.string()).optional(),
	from: z.number().optional(),
	until: z.number().optional(),
	/** Length of a window; the spec's, if absent. */
	window: z.string().optional(),
	/** Share of the rows before the first training, at least. */
	start: z.number().default(0.25),
	/** Newest rows that one training takes, at most: fewer than the command's, for a job shares its machine. */
	rows: z.number().default(20_000),
	/** What a missed positive costs, where a false alarm costs 1. */
	missCost: z.number().default(10),
});

/** See {@link backtestOrderSchema}. */
export type BacktestJobOrder = z.output<typeof backtestOrderSchema>;

/**
 * Where the report of a job is kept in the object store, as JSON and as a page.
 *
 * @example
 * reportKeysOf({tenant: 'default', name: 'loans'}, 'j1').page; //=> 'backtests/default/loans/j1.html'
 */
export function reportKeysOf(
	{tenant, name}: {readonly tenant: string; readonly name: string},
	job: string,
): {readonly json: string; readonly page: string} {
	const stem = `backtests/${tenant}/${name}/${job}`;
	return {json: `${stem}.json`, page: `${stem}.html`};
}
