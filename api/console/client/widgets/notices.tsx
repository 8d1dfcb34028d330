/**
 * What a page says when it has nothing to show: not yet, nothing, or not to be had.
 *
 * @module
 */
import type {ComponentChildren} from 'preact';
import {useConsole} from '../console-context.ts';
import type {Entry} from '../data/console-store.ts';
import type {WordKey, WordValues} from '../words.ts';

/** Nothing is there: what will appear, and the command that makes it. */
export function Empty({
	title,
	how,
	values = {},
	command = 'make demo',
}: {
	readonly title: WordKey;
	readonly how: WordKey;
	readonly values?: WordValues;
	readonly command?: string;
}) {
	const {say} = useConsole();
	return (
		<section class="card empty">
			<h2>{say(title)}</h2>
			<p>{say(how, values)}</p>
			<pre>
				<code>{command}</code>
			</pre>
		</section>
	);
}

/** The outline of what will come; drawn after 300 ms, so that a fast answer never flickers. */
export function Skeleton({rows = 4, tall = false}: {readonly rows?: number; readonly tall?: boolean}) {
	const {say} = useConsole();
	return (
		<section class={`card skeleton ${tall ? 'tall' : ''}`} role="status" aria-label={say('loading')}>
			{Array.from({length: rows}, (_, row) => (
				<i key={row} />
			))}
		</section>
	);
}

/** Something cannot be read: what, since when, why, and a way to try again. */
export function Failure({what, failure}: {readonly what: WordKey; readonly failure: NonNullable<Entry<unknown>['failure']>}) {
	const {say, formats, store} = useConsole();
	return (
		<section class="card failure" role="alert">
			<h2>{say('failed.title', {what: say(what)})}</h2>
			<p>
				{say('failed.since', {time: formats.wallTime(failure.since), reason: failure.error.message})} {say('failed.rest')}
			</p>
			<button
				type="button"
				class="button"
				onClick={() => {
					store.retry();
				}}
			>
				{say('retry')}
			</button>
		</section>
	);
}

/** Shows a resource once it is there, its outline before, its failure instead; says so when what is shown could not be read again. */
export function Shown<Value>({
	entry,
	what,
	outline,
	children,
}: {
	readonly entry: Entry<Value>;
	readonly what: WordKey;
	readonly outline?: ComponentChildren;
	readonly children: (value: Value) => ComponentChildren;
}) {
	const {say, formats, store} = useConsole();
	const {value, failure} = entry;
	if (value === undefined) {
		return failure ? <Failure what={what} failure={failure} /> : <>{outline ?? <Skeleton />}</>;
	}

	return (
		<>
			{failure && (
				<p class="notice" role="status">
					{say('failed.old', {what: say(what), time: formats.wallTime(failure.since)})}{' '}
					<button
						type="button"
						class="textual"
						onClick={() => {
							store.retry();
						}}
					>
						{say('retry')}
					</button>
				</p>
			)}
			{children(value)}
		</>
	);
}
